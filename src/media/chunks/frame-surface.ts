/** What a frame is drawn on, over planes: sprites at once, the canvas when something lies over it or the frame is done. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import { KeptSprite, type Sprite } from '../overlay/kept-sprite.ts';
import type { PlacedSprite } from '../overlay/overlay-scene.ts';
import { BT709 } from '../pixels/matrix.ts';
import type { Picture } from '../pixels/picture.ts';
import { common, evenRect, fewRects, overlap, type Rect } from '../pixels/rect.ts';
import type { Surface } from './drawn-scene.ts';

/** Of the whole process: what becomes of a sprite depends on nothing else, and lives as long as it. */
const KEPT = new WeakMap<Sprite, KeptSprite>();

function keptOf(sprite: Sprite): KeptSprite {
  const known = KEPT.get(sprite);
  if (known) return known;
  const made = new KeptSprite(sprite, BT709);
  KEPT.set(sprite, made);
  return made;
}

export class FrameSurface implements Surface {
  readonly context: SKRSContext2D;
  private readonly size: Size;
  private readonly onTouch: (rect: Rect) => void;
  private readonly layGround: (rect: Rect) => void;
  private readonly canvas: Canvas;
  private target: Picture | undefined;
  private clipped: Rect;
  /** Drawn on the canvas, and not yet on the picture. */
  private waiting: Rect[] = [];

  /** @param onTouch is told of each even rectangle of the picture before it changes @param layGround brings the ground there */
  constructor(size: Size, onTouch: (rect: Rect) => void, layGround: (rect: Rect) => void) {
    this.size = size;
    this.onTouch = onTouch;
    this.layGround = layGround;
    this.canvas = createCanvas(size.width, size.height);
    this.context = this.canvas.getContext('2d');
    this.clipped = { x: 0, y: 0, ...size };
  }

  begin(target: Picture): void {
    this.target = target;
    this.clip(undefined);
  }

  end(): void {
    this.flush();
  }

  clip(rect: Rect | undefined): void {
    this.flush();
    this.clipped = (rect && evenRect(rect, this.size)) ?? { x: 0, y: 0, ...this.size };
  }

  touch(rect: Rect): void {
    const even = evenRect(rect, this.size);
    if (!even) return;
    this.onTouch(even);
    this.waiting.push(even);
  }

  sprite(sprite: Sprite, x: number, y: number, scale: number, alpha: number, between: boolean): void {
    const strength = Math.round(Math.min(1, alpha) * 256);
    const { target } = this;
    if (strength <= 0 || !target) return;
    const [width, height] = [sprite.width * scale, sprite.height * scale];
    const whole = scale === 1 && !between;
    const left = whole ? Math.round(x - width / 2) : x - width / 2;
    const top = whole ? Math.round(y - height / 2) : y - height / 2;
    // Between pixels it reaches one farther.
    const edge = whole ? 0 : 1;
    const rect = this.take({ x: left - edge, y: top - edge, width: width + 2 * edge, height: height + 2 * edge });
    if (!rect) return;
    const kept = keptOf(sprite);
    if (whole) kept.lay(target, left, top, strength, rect);
    else kept.layScaled(target, left, top, scale, strength, rect);
  }

  once(image: Canvas, x: number, y: number, alpha: number): void {
    const rect = this.take({ x, y, width: image.width, height: image.height });
    const strength = Math.round(Math.min(1, alpha) * 256);
    if (!rect || strength <= 0) return;
    // Outside of the image it is transparent.
    const { data } = image.getContext('2d').getImageData(rect.x - x, rect.y - y, rect.width, rect.height);
    this.target?.blend(data, rect, BT709, strength);
  }

  ground(): void {
    this.flush();
    this.onTouch(this.clipped);
    this.layGround(this.clipped);
  }

  /** What lies over all that was drawn. @param rect even, inside of the picture */
  lay(sprites: readonly PlacedSprite[], rect: Rect): void {
    const { target } = this;
    if (!target) return;
    for (const { sprite, x, y, alpha } of sprites) keptOf(sprite).lay(target, x, y, Math.round(alpha * 256), rect);
  }

  /** Makes ready for something that comes without the canvas. @returns where: even, inside of the clip; undefined: nowhere */
  private take(rect: Rect): Rect | undefined {
    const even = evenRect(rect, this.size);
    const seen = even && common(even, this.clipped);
    if (!seen) return undefined;
    this.onTouch(seen);
    if (this.waiting.some((one) => overlap(one, seen))) this.flush();
    return seen;
  }

  private flush(): void {
    const { context, target } = this;
    if (this.waiting.length === 0 || !target) return;
    for (const rect of fewRects(this.waiting)) {
      const { x, y, width, height } = rect;
      const { data } = context.getImageData(x, y, width, height);
      target.blend(data, rect, BT709);
      context.clearRect(x, y, width, height);
    }
    this.waiting = [];
  }
}
