/**
 * Draws a frame's overlay and lays it over the picture. What stays is drawn once and kept; of what changes only the rectangles that
 * the scene names are read back.
 */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import { blendPixels, type ColourMatrix, evenRect, fewRects, type Planes } from './blend.ts';
import { KeptDrawings } from './kept-drawings.ts';
import type { OverlayFrame } from './overlay-scene.ts';

export class OverlayPainter {
  private readonly size: Size;
  private readonly matrix: ColourMatrix;
  private readonly canvas: Canvas;
  private readonly context: SKRSContext2D;
  private readonly kept: KeptDrawings;

  constructor(size: Size, matrix: ColourMatrix) {
    this.size = size;
    this.matrix = matrix;
    this.canvas = createCanvas(size.width, size.height);
    this.context = this.canvas.getContext('2d');
    this.kept = new KeptDrawings(matrix);
  }

  paint(frame: Pick<OverlayFrame, 'draw' | 'kept'>, target: Planes): void {
    for (const rect of fewRects(frame.draw(this.context).flatMap((one) => evenRect(one, this.size) ?? []))) {
      const { data } = this.context.getImageData(rect.x, rect.y, rect.width, rect.height);
      blendPixels(target, new Int32Array(data.buffer, data.byteOffset, data.length >> 2), rect, this.matrix);
    }
    for (const drawing of frame.kept()) {
      const rect = evenRect(drawing.rect, this.size);
      if (rect) this.kept.lay(drawing, rect, target);
    }
  }
}
