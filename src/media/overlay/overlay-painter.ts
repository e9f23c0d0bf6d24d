/**
 * Draws a frame's overlay and lays it over the picture. What stays is drawn once and kept; of what changes only the rectangles that
 * the scene names are read back.
 */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import { blendPixels, type ColourMatrix, evenRect, fewRects, type Planes } from './blend.ts';
import { blendKept, type KeptPatch, keepPatch } from './kept-patch.ts';
import type { KeptDrawing, OverlayFrame, Rect } from './overlay-scene.ts';

/** Of kept drawings; those that were not used for the longest time go first. */
const MOST_KEPT_BYTES = 64_000_000;

export class OverlayPainter {
  private readonly size: Size;
  private readonly matrix: ColourMatrix;
  private readonly canvas: Canvas;
  private readonly context: SKRSContext2D;
  private readonly kept = new Map<string, Kept>();
  private keptBytes = 0;

  constructor(size: Size, matrix: ColourMatrix) {
    this.size = size;
    this.matrix = matrix;
    this.canvas = createCanvas(size.width, size.height);
    this.context = this.canvas.getContext('2d');
  }

  paint(frame: Pick<OverlayFrame, 'draw' | 'kept'>, target: Planes): void {
    this.blend(this.drawn(frame), target);
    for (const drawing of frame.kept()) this.lay(drawing, target);
  }

  /** Draws what changes. @returns where there is anything to see now: even, and without overlaps */
  drawn(frame: Pick<OverlayFrame, 'draw'>): Rect[] {
    return fewRects(frame.draw(this.context).flatMap((rect) => evenRect(rect, this.size) ?? []));
  }

  /** What was drawn, over the picture. */
  blend(drawn: readonly Rect[], target: Planes): void {
    for (const rect of drawn) blendPixels(target, pixelsOf(this.context, rect), rect, this.matrix);
  }

  /** What changes with every frame is used once: only what comes again is worth its conversion. */
  lay(drawing: KeptDrawing, target: Planes): void {
    const known = this.kept.get(drawing.key) ?? this.drawOnce(drawing);
    this.kept.delete(drawing.key);
    this.kept.set(drawing.key, known);
    if (known.rect === undefined) return;
    if (known.uses++ === 0) blendPixels(target, known.pixels, known.rect, this.matrix);
    else {
      known.patch ??= keepPatch(bytesIn(known.pixels), known.rect, this.matrix);
      blendKept(target, known.patch);
    }
  }

  private drawOnce({ key, rect, draw }: KeptDrawing): Kept {
    const even = evenRect(rect, this.size);
    if (!even) return { rect: undefined };
    const context = createCanvas(even.width, even.height).getContext('2d');
    context.translate(-even.x, -even.y);
    context.beginPath();
    context.rect(rect.x, rect.y, rect.width, rect.height);
    context.clip();
    draw(context);
    const pixels = pixelsOf(context, { x: 0, y: 0, width: even.width, height: even.height });
    this.keptBytes += bytesOf(even);
    for (const [old, { rect: place }] of this.kept) {
      if (this.keptBytes <= MOST_KEPT_BYTES || old === key) break;
      this.kept.delete(old);
      if (place) this.keptBytes -= bytesOf(place);
    }
    return { rect: even, pixels, uses: 0, patch: undefined };
  }
}

/** Nothing of it is inside of the canvas, or: its pixels, how often it was used, and what it became when it was used again. */
type Kept =
  | { readonly rect: undefined }
  | { readonly rect: Rect; readonly pixels: Int32Array; uses: number; patch: KeptPatch | undefined };

/** Pixels, and a patch of them. */
const bytesOf = ({ width, height }: Rect): number => width * height * 7;

function pixelsOf(context: SKRSContext2D, { x, y, width, height }: Rect): Int32Array {
  const { data } = context.getImageData(x, y, width, height);
  return new Int32Array(data.buffer, data.byteOffset, data.length >> 2);
}

const bytesIn = (pixels: Int32Array): Uint8Array => new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
