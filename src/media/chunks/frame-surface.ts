/** What a frame is drawn on: a picture. Sprites are laid on it as they are; all else is drawn on a canvas and read back. */
import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../codec/plan.ts';
import { KeptSprite, type Sprite } from '../overlay/kept-sprite.ts';
import type { PlacedSprite } from '../overlay/overlay-scene.ts';
import { BT709 } from '../pixels/matrix.ts';
import type { Picture } from '../pixels/picture.ts';
import { common, evenRect, type Rect } from '../pixels/rect.ts';
import type { Surface } from './drawn-scene.ts';
import type { Easel } from './easel.ts';

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
  private readonly size: Size;
  private readonly onTouch: (rect: Rect) => void;
  private readonly layGround: (rect: Rect) => void;
  private readonly easel: Easel;
  private target: Picture | undefined;
  /** Undefined: nothing is seen. */
  private clipped: Rect | undefined;

  /** @param onTouch is told of each even rectangle of the picture before it changes @param layGround brings the ground there */
  constructor(size: Size, onTouch: (rect: Rect) => void, layGround: (rect: Rect) => void, easel: Easel) {
    this.size = size;
    this.onTouch = onTouch;
    this.layGround = layGround;
    this.easel = easel;
    this.clipped = { x: 0, y: 0, ...size };
  }

  begin(target: Picture): void {
    this.target = target;
    this.clip(undefined);
  }

  clip(rect: Rect | undefined): void {
    const whole = { x: 0, y: 0, ...this.size };
    this.clipped = rect ? evenRect(rect, this.size) : whole;
  }

  paint(rect: Rect, draw: (context: SKRSContext2D) => void): void {
    const seen = this.take(rect);
    if (seen) this.easel.paint(seen, draw, (rgba, piece) => this.target?.blend(rgba, piece, BT709));
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
    if (!this.clipped) return;
    this.onTouch(this.clipped);
    this.layGround(this.clipped);
  }

  /** What lies over all that was drawn. @param rect even, inside of the picture */
  lay(sprites: readonly PlacedSprite[], rect: Rect): void {
    const { target } = this;
    if (!target) return;
    for (const { sprite, x, y, alpha } of sprites) keptOf(sprite).lay(target, x, y, Math.round(alpha * 256), rect);
  }

  /** Makes ready for something that comes. @returns where: even, inside of the clip; undefined: nowhere */
  private take(rect: Rect): Rect | undefined {
    const even = evenRect(rect, this.size);
    const seen = even && this.clipped && common(even, this.clipped);
    if (!seen) return undefined;
    this.onTouch(seen);
    return seen;
  }
}
