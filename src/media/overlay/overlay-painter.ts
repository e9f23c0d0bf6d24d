/**
 * Draws a frame's overlay and lays it over the picture. What stays is drawn once and kept; of what changes only the rectangles that
 * the scene names are read back.
 */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import { apart, blendPixels, type ColourMatrix, evenRect, type Planes } from './blend.ts';
import { blendKept, type KeptPatch, keepPatch } from './kept-patch.ts';
import type { KeptDrawing, OverlayFrame, Rect } from './overlay-scene.ts';

/** Of kept drawings; those that were not used for the longest time go first. */
const MOST_KEPT_BYTES = 64_000_000;

export class OverlayPainter {
  private readonly size: Size;
  private readonly matrix: ColourMatrix;
  private readonly canvas: Canvas;
  private readonly context: SKRSContext2D;
  private readonly kept = new Map<string, KeptPatch | null>();
  private keptBytes = 0;

  constructor(size: Size, matrix: ColourMatrix) {
    this.size = size;
    this.matrix = matrix;
    this.canvas = createCanvas(size.width, size.height);
    this.context = this.canvas.getContext('2d');
  }

  paint(frame: OverlayFrame, target: Planes): void {
    const drawn = frame.draw(this.context).flatMap((rect) => evenRect(rect, this.size) ?? []);
    for (const rect of apart(drawn)) {
      const { data } = this.context.getImageData(rect.x, rect.y, rect.width, rect.height);
      blendPixels(target, new Int32Array(data.buffer, data.byteOffset, data.length >> 2), rect, this.matrix);
    }
    for (const drawing of frame.kept()) {
      const patch = this.patchOf(drawing);
      if (patch) blendKept(target, patch);
    }
  }

  private patchOf(drawing: KeptDrawing): KeptPatch | null {
    const known = this.kept.get(drawing.key);
    if (known !== undefined) {
      this.kept.delete(drawing.key);
      this.kept.set(drawing.key, known);
      return known;
    }
    const rect = evenRect(drawing.rect, this.size);
    const patch = rect ? this.drawOnce(drawing, rect) : null;
    this.kept.set(drawing.key, patch);
    this.keptBytes += patch?.bytes ?? 0;
    for (const [key, old] of this.kept) {
      if (this.keptBytes <= MOST_KEPT_BYTES || key === drawing.key) break;
      this.kept.delete(key);
      this.keptBytes -= old?.bytes ?? 0;
    }
    return patch;
  }

  private drawOnce(drawing: KeptDrawing, rect: Rect): KeptPatch {
    const context = createCanvas(rect.width, rect.height).getContext('2d');
    context.translate(-rect.x, -rect.y);
    context.beginPath();
    context.rect(drawing.rect.x, drawing.rect.y, drawing.rect.width, drawing.rect.height);
    context.clip();
    drawing.draw(context);
    return keepPatch(context.getImageData(0, 0, rect.width, rect.height).data, rect, this.matrix);
  }
}
