/** What lies behind everything: converted when it changes, only where it does, and only where it is seen. */
import type { Size } from '../codec/plan.ts';
import { BT709 } from '../pixels/matrix.ts';
import { Picture } from '../pixels/picture.ts';
import { common, evenRect, fewRects, type Rect, without } from '../pixels/rect.ts';
import type { Ground } from './drawn-scene.ts';
import type { Easel } from './easel.ts';

/** With more of the picture changed than this, all of it is drawn anew at once. */
const WHOLE = 0.7;
/** What is brought up to date is made as large as whole cells: where a light moves it would be many narrow stripes otherwise. Even. */
const CELL: Size = { width: 256, height: 64 };

/** With more pieces that are not up to date, all around them counts as one. */
const MOST_STALE = 24;

export class GroundLayer {
  readonly picture: Picture;
  private readonly size: Size;
  private readonly easel: Easel;
  private ground: Ground | undefined;
  /** What of the picture is older than the ground; without overlaps. */
  private stale: readonly Rect[] = [];

  constructor(size: Size, easel: Easel) {
    this.size = size;
    this.easel = easel;
    this.picture = new Picture(size);
  }

  /** What lies behind from now on. @returns what has changed: even, without overlaps; up to date when it was asked for ({@link show}) */
  lay(ground: Ground): readonly Rect[] {
    if (ground.key === this.ground?.key) return [];
    const rects = this.changed(ground);
    this.ground = ground;
    this.stale = fewRects([...this.stale, ...rects]);
    return rects;
  }

  /** Brings a part up to date. @param rect even, inside of the picture */
  show(rect: Rect): void {
    if (this.stale.length === 0) return;
    const left: Rect[] = [];
    const cells = cellsAround(rect);
    for (const stale of this.stale) {
      const part = common(stale, cells);
      if (part) this.draw(part);
      left.push(...(part ? without(stale, part) : [stale]));
    }
    this.stale = left.length > MOST_STALE ? [aroundAll(left)] : left;
  }

  close(): void {
    this.picture.close();
  }

  private changed({ differs }: Ground): readonly Rect[] {
    const whole: Rect = { x: 0, y: 0, ...this.size };
    const known = this.ground && differs?.(this.ground.key);
    if (!known) return [whole];
    const rects = fewRects(known.flatMap((rect) => evenRect(rect, this.size) ?? []));
    const pixels = rects.reduce((sum, { width, height }) => sum + width * height, 0);
    return pixels > WHOLE * whole.width * whole.height ? [whole] : rects;
  }

  private draw(rect: Rect): void {
    this.easel.paint(
      rect,
      (context) => {
        context.fillStyle = '#000000';
        context.fillRect(rect.x, rect.y, rect.width, rect.height);
        this.ground?.draw(context);
      },
      (rgba, piece) => this.picture.blend(rgba, piece, BT709),
    );
  }
}

function aroundAll(rects: readonly Rect[]): Rect {
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  const right = Math.max(...rects.map((rect) => rect.x + rect.width));
  const bottom = Math.max(...rects.map((rect) => rect.y + rect.height));
  return { x, y, width: right - x, height: bottom - y };
}

function cellsAround({ x, y, width, height }: Rect): Rect {
  const [left, top] = [Math.floor(x / CELL.width) * CELL.width, Math.floor(y / CELL.height) * CELL.height];
  const right = Math.ceil((x + width) / CELL.width) * CELL.width;
  const bottom = Math.ceil((y + height) / CELL.height) * CELL.height;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
