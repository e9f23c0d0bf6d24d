/**
 * Draws a frame's overlay and lays it over the picture. What stays is drawn once and kept; of what changes only the rectangles that
 * the scene names are read back.
 */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import type { ColourMatrix } from '../pixels/matrix.ts';
import { Picture, type Planes } from '../pixels/picture.ts';
import { evenRect, fewRects, type Rect } from '../pixels/rect.ts';
import { KeptDrawings } from './kept-drawings.ts';
import type { KeptDrawing, OverlayFrame } from './overlay-scene.ts';

export class OverlayPainter {
  private readonly size: Size;
  private readonly matrix: ColourMatrix;
  private readonly canvas: Canvas;
  private readonly context: SKRSContext2D;
  private readonly kept: KeptDrawings;
  private picture: Picture | undefined;

  constructor(size: Size, matrix: ColourMatrix) {
    this.size = size;
    this.matrix = matrix;
    this.canvas = createCanvas(size.width, size.height);
    this.context = this.canvas.getContext('2d');
    this.kept = new KeptDrawings(matrix);
  }

  paint(frame: Pick<OverlayFrame, 'draw' | 'kept'>, target: Planes): void {
    const drawn = fewRects(frame.draw(this.context).flatMap((one) => evenRect(one, this.size) ?? []));
    const kept = frame.kept().flatMap((drawing): { drawing: KeptDrawing; rect: Rect }[] => {
      const rect = evenRect(drawing.rect, this.size);
      return rect ? [{ drawing, rect }] : [];
    });
    this.picture ??= new Picture(this.size, target.strides);
    // Whole rows: copying them costs less than finding what of them is needed.
    const bands = bandsOf([...drawn, ...kept.map(({ rect }) => rect)]);
    for (const { first, last } of bands) this.picture.read(target, first, last);
    for (const rect of drawn) {
      const { data } = this.context.getImageData(rect.x, rect.y, rect.width, rect.height);
      this.picture.blend(data, rect, this.matrix);
    }
    for (const { drawing, rect } of kept) this.kept.lay(drawing, rect, this.picture);
    for (const { first, last } of bands) this.picture.write(target, first, last);
  }
}

interface Band {
  readonly first: number;
  /** Behind the last. */
  readonly last: number;
}

/** The rows of all rectangles, in order and without overlaps. */
function bandsOf(rects: readonly Rect[]): Band[] {
  const bands: Band[] = [];
  for (const { y, height } of rects.toSorted((a, b) => a.y - b.y)) {
    const before = bands.at(-1);
    if (before && y <= before.last)
      bands[bands.length - 1] = { first: before.first, last: Math.max(before.last, y + height) };
    else bands.push({ first: y, last: y + height });
  }
  return bands;
}
