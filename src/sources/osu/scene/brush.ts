/** Draws on the surface of a frame, by the middles of things. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Surface } from '../../../media/chunks/drawn-scene.ts';
import type { Size } from '../../../media/codec/plan.ts';
import type { Sprite } from '../../../media/overlay/kept-sprite.ts';
import type { Rect } from '../../../media/overlay/overlay-scene.ts';

export type { Sprite };

/** Wider ones are turned anew each time; of the others so many directions are kept. */
const SMALL = 160;
const DIRECTIONS = 512;
const MOST_TURNED = 64;

export class Brush {
  private readonly surface: Surface;
  private readonly size: Size;
  /** Nothing outside of it is drawn. */
  private window: Rect | undefined;

  constructor(surface: Surface, size: Size) {
    this.surface = surface;
    this.size = size;
  }

  /** For what is no sprite; {@link touch} says where, before. */
  get context(): SKRSContext2D {
    return this.surface.context;
  }

  /** @param x of its middle @param alpha 0 to 1 @param angle clockwise, in radians */
  sprite(sprite: Sprite, x: number, y: number, scale = 1, alpha = 1, angle = 0): void {
    this.lay(sprite, x, y, scale, alpha, angle, false);
  }

  /** As a sprite, also between pixels: for what moves slowly. */
  moving(sprite: Sprite, x: number, y: number, scale = 1, alpha = 1, angle = 0): void {
    this.lay(sprite, x, y, scale, alpha, angle, true);
  }

  /** A picture of this frame alone. @param x whole, of its left edge @param y whole */
  fresh(image: Canvas, x: number, y: number, alpha = 1): void {
    if (alpha > 0) this.surface.once(image, x, y, alpha);
  }

  /** Lays the ground down, in a frame that is dark but for it. */
  ground(): void {
    this.surface.ground();
  }

  /** What is seen in this frame alone: not worth keeping. */
  private once(sprite: Sprite, x: number, y: number, scale: number, alpha: number, angle: number): void {
    const [width, height] = [sprite.width * scale, sprite.height * scale];
    const reach = Math.hypot(width, height);
    if (!this.touch(x, y, angle === 0 ? width : reach, angle === 0 ? height : reach)) return;
    const { context } = this;
    context.globalAlpha = Math.min(1, alpha);
    if (angle === 0) context.drawImage(sprite.image, x - width / 2, y - height / 2, width, height);
    else {
      context.save();
      context.translate(x, y);
      context.rotate(angle);
      context.drawImage(sprite.image, -width / 2, -height / 2, width, height);
      context.restore();
    }
    context.globalAlpha = 1;
  }

  /** Draws in a part of the screen alone. @param rect whole numbers */
  within(rect: Rect, draw: () => void): void {
    const { context, surface } = this;
    const left = Math.max(0, rect.x);
    const top = Math.max(0, rect.y);
    const width = Math.min(this.size.width, rect.x + rect.width) - left;
    const height = Math.min(this.size.height, rect.y + rect.height) - top;
    if (width <= 0 || height <= 0) return;
    this.window = { x: left, y: top, width, height };
    surface.clip(this.window);
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    draw();
    context.restore();
    surface.clip(undefined);
    this.window = undefined;
  }

  /** Says that something is drawn with {@link context} around a middle. @returns whether any of it is on the screen */
  touch(x: number, y: number, width: number, height: number): boolean {
    const { x: fromX, y: fromY, width: w, height: h } = this.window ?? { x: 0, y: 0, ...this.size };
    const left = Math.max(fromX, Math.floor(x - width / 2) - 1);
    const top = Math.max(fromY, Math.floor(y - height / 2) - 1);
    const right = Math.min(fromX + w, Math.ceil(x + width / 2) + 1);
    const bottom = Math.min(fromY + h, Math.ceil(y + height / 2) + 1);
    if (right <= left || bottom <= top) return false;
    this.surface.touch({ x: left, y: top, width: right - left, height: bottom - top });
    return true;
  }

  private lay(
    sprite: Sprite,
    x: number,
    y: number,
    scale: number,
    alpha: number,
    angle: number,
    between: boolean,
  ): void {
    if (alpha <= 0 || scale <= 0) return;
    if (angle === 0) this.surface.sprite(sprite, x, y, scale, alpha, between);
    else if (Math.max(sprite.width, sprite.height) > SMALL) this.once(sprite, x, y, scale, alpha, angle);
    else this.surface.sprite(turned(sprite, angle), x, y, scale, alpha, between);
  }
}

/** Of each sprite: how it looks turned, by the number of the direction. */
const TURNED = new WeakMap<Sprite, Map<number, Sprite>>();

function turned(sprite: Sprite, angle: number): Sprite {
  const part = Math.round((angle / (2 * Math.PI)) * DIRECTIONS);
  const direction = ((part % DIRECTIONS) + DIRECTIONS) % DIRECTIONS;
  let known = TURNED.get(sprite);
  if (!known) {
    known = new Map();
    TURNED.set(sprite, known);
  }
  const found = known.get(direction);
  if (found) return found;
  const side = Math.ceil(Math.hypot(sprite.width, sprite.height));
  const image = createCanvas(side, side);
  const context = image.getContext('2d');
  context.translate(side / 2, side / 2);
  context.rotate((direction / DIRECTIONS) * 2 * Math.PI);
  context.drawImage(sprite.image, -sprite.width / 2, -sprite.height / 2, sprite.width, sprite.height);
  const made: Sprite = { image, width: side, height: side };
  if (known.size >= MOST_TURNED) known.clear();
  known.set(direction, made);
  return made;
}
