/** What lies behind everything, as planes: converted when it changes, and only where it does. */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import { BT709 } from '../pixels/matrix.ts';
import { Picture } from '../pixels/picture.ts';
import { evenRect, fewRects, type Rect } from '../pixels/rect.ts';
import type { Ground } from './drawn-scene.ts';

/** With more of the picture changed than this, all of it is drawn anew at once. */
const WHOLE = 0.7;
/** Rows that are read back at once; even. */
const STRIP = 64;

export class GroundLayer {
  readonly picture: Picture;
  private readonly size: Size;
  private readonly context: SKRSContext2D;
  private key: string | undefined;

  constructor(size: Size) {
    this.size = size;
    this.picture = new Picture(size);
    this.context = createCanvas(size.width, size.height).getContext('2d');
  }

  /** @returns what has changed: even, without overlaps */
  lay(ground: Ground): readonly Rect[] {
    if (ground.key === this.key) return [];
    const rects = this.changed(ground);
    this.key = ground.key;
    for (const rect of rects) this.draw(ground, rect);
    return rects;
  }

  close(): void {
    this.picture.close();
  }

  private changed({ differs }: Ground): readonly Rect[] {
    const whole: Rect = { x: 0, y: 0, ...this.size };
    const known = this.key === undefined ? undefined : differs?.(this.key);
    if (!known) return [whole];
    const rects = fewRects(known.flatMap((rect) => evenRect(rect, this.size) ?? []));
    const pixels = rects.reduce((sum, { width, height }) => sum + width * height, 0);
    return pixels > WHOLE * whole.width * whole.height ? [whole] : rects;
  }

  private draw(ground: Ground, rect: Rect): void {
    const { context } = this;
    const { x, y, width, height } = rect;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.fillStyle = '#000000';
    context.fillRect(x, y, width, height);
    ground.draw(context);
    context.restore();
    // In strips: each reading is a buffer of its own that waits for the garbage collector.
    for (let row = y; row < y + height; row += STRIP) {
      const strip: Rect = { x, y: row, width, height: Math.min(STRIP, y + height - row) };
      const { data } = context.getImageData(x, row, width, strip.height);
      this.picture.blend(data, strip, BT709);
    }
  }
}
