/** Drawings that look the same in many frames: drawn once for each key, converted when they are seen a second time. */
import { createCanvas } from '@napi-rs/canvas';
import { blendPixels, type ColourMatrix, type Planes } from './blend.ts';
import { blendKept, type KeptPatch, keepPatch } from './kept-patch.ts';
import type { KeptDrawing, Rect } from './overlay-scene.ts';

/** Of kept drawings; those that were not used for the longest time go first. */
const MOST_BYTES = 64_000_000;

/** Its pixels, how often it was used, and what it became when it was used again. */
interface Kept {
  readonly rect: Rect;
  readonly pixels: Int32Array;
  uses: number;
  patch: KeptPatch | undefined;
}

export class KeptDrawings {
  private readonly matrix: ColourMatrix;
  private readonly kept = new Map<string, Kept>();
  private bytes = 0;

  constructor(matrix: ColourMatrix) {
    this.matrix = matrix;
  }

  /**
   * What changes with every frame is used once: only what comes again is worth its conversion.
   * @param rect the even rectangle around the drawing, inside of the picture
   */
  lay(drawing: KeptDrawing, rect: Rect, target: Planes): void {
    const known = this.kept.get(drawing.key) ?? this.drawOnce(drawing, rect);
    this.kept.delete(drawing.key);
    this.kept.set(drawing.key, known);
    if (known.uses++ === 0) blendPixels(target, known.pixels, known.rect, this.matrix);
    else {
      const { buffer, byteOffset, byteLength } = known.pixels;
      known.patch ??= keepPatch(new Uint8Array(buffer, byteOffset, byteLength), known.rect, this.matrix);
      blendKept(target, known.patch);
    }
  }

  private drawOnce({ key, rect, draw }: KeptDrawing, even: Rect): Kept {
    const context = createCanvas(even.width, even.height).getContext('2d');
    context.translate(-even.x, -even.y);
    context.beginPath();
    context.rect(rect.x, rect.y, rect.width, rect.height);
    context.clip();
    draw(context);
    const { data } = context.getImageData(0, 0, even.width, even.height);
    this.bytes += bytesOf(even);
    for (const [old, { rect: place }] of this.kept) {
      if (this.bytes <= MOST_BYTES || old === key) break;
      this.kept.delete(old);
      this.bytes -= bytesOf(place);
    }
    const pixels = new Int32Array(data.buffer, data.byteOffset, data.length >> 2);
    return { rect: even, pixels, uses: 0, patch: undefined };
  }
}

/** Pixels, and a patch of them. */
const bytesOf = ({ width, height }: Rect): number => width * height * 7;
