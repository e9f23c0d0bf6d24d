/** What lies behind everything: converted when it changes, only where it does, and only where it is seen. */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import { BT709 } from '../pixels/matrix.ts';
import { Picture } from '../pixels/picture.ts';
import { common, evenRect, fewRects, type Rect, without } from '../pixels/rect.ts';
import type { Ground } from './drawn-scene.ts';

/** With more of the picture changed than this, all of it is drawn anew at once. */
const WHOLE = 0.7;
/** More than this part of the picture is drawn at once. */
const LARGE = 0.25;
/** What is drawn at once of all else; even. */
const PIECE: Size = { width: 512, height: 128 };
/** Rows that are read back at once: each reading is a buffer of its own that waits for the garbage collector. Even. */
const STRIP = 64;
/** What is brought up to date is made as large as whole cells: where a light moves it would be many narrow stripes otherwise. Even. */
const CELL: Size = { width: 256, height: 64 };

/** With more pieces that are not up to date, all around them counts as one. */
const MOST_STALE = 24;

export class GroundLayer {
  readonly picture: Picture;
  private readonly size: Size;
  /** For what is large. */
  private whole: SKRSContext2D | undefined;
  private readonly piece = createCanvas(PIECE.width, PIECE.height).getContext('2d');
  private ground: Ground | undefined;
  /** What of the picture is older than the ground; without overlaps. */
  private stale: readonly Rect[] = [];

  constructor(size: Size) {
    this.size = size;
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

  /** Reading a canvas back costs as much as copying all of it, so what is small is drawn on a small one. */
  private draw(rect: Rect): void {
    if (area(rect) > LARGE * area(this.size)) {
      this.whole ??= createCanvas(this.size.width, this.size.height).getContext('2d');
      paint(this.whole, rect, this.ground);
      for (const strip of piecesOf(rect, rect.width, STRIP)) this.take(this.whole, strip, 0, 0);
      return;
    }
    const { width, height } = this.piece.canvas;
    for (const part of piecesOf(rect, width, height)) {
      this.piece.save();
      this.piece.translate(-part.x, -part.y);
      paint(this.piece, part, this.ground);
      this.piece.restore();
      this.take(this.piece, part, part.x, part.y);
    }
  }

  /** @param left what of the picture the canvas shows: its left edge */
  private take(context: SKRSContext2D, { x, y, width, height }: Rect, left: number, top: number): void {
    const { data } = context.getImageData(x - left, y - top, width, height);
    this.picture.blend(data, { x, y, width, height }, BT709);
  }
}

function paint(context: SKRSContext2D, { x, y, width, height }: Rect, ground: Ground | undefined): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.fillStyle = '#000000';
  context.fillRect(x, y, width, height);
  ground?.draw(context);
  context.restore();
}

/** A rectangle in pieces of a size at most. */
function piecesOf({ x, y, width, height }: Rect, most: number, high: number): Rect[] {
  const pieces: Rect[] = [];
  for (let top = y; top < y + height; top += high)
    for (let left = x; left < x + width; left += most)
      pieces.push({
        x: left,
        y: top,
        width: Math.min(most, x + width - left),
        height: Math.min(high, y + height - top),
      });
  return pieces;
}

const area = ({ width, height }: Size): number => width * height;

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
