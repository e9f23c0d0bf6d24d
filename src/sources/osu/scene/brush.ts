/** Draws on the surface of a frame, by the middles of things. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { Surface } from '../../../media/chunks/drawn-scene.ts';
import type { Size } from '../../../media/codec/plan.ts';
import type { Sprite } from '../../../media/overlay/kept-sprite.ts';
import { common, evenRect, fewRects, type Rect } from '../../../media/pixels/rect.ts';

export type { Sprite };

/** Wider ones are turned anew each time; of the others so many directions are kept. */
const SMALL = 160;
const DIRECTIONS = 512;
const MOST_TURNED = 64;

export class Brush {
  private readonly surface: Surface;
  private readonly size: Size;

  constructor(surface: Surface, size: Size) {
    this.surface = surface;
    this.size = size;
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

  /** What is no sprite. @param rect nothing outside of it is seen @param draw on a canvas, in pixels of the screen; once or more */
  paint(rect: Rect, draw: (context: SKRSContext2D) => void): void {
    this.surface.paint(rect, draw);
  }

  /** Many things together: as {@link paint}, once for what lies near each other. @param rects where they are */
  paintAll(rects: readonly Rect[], draw: (context: SKRSContext2D) => void): void {
    const seen = rects.flatMap((rect) => evenRect(rect, this.size) ?? []);
    for (const rect of fewRects(seen)) this.surface.paint(rect, draw);
  }

  /** Draws in a part of the screen alone. @param rect whole numbers */
  within(rect: Rect, draw: () => void): void {
    const seen = common(rect, { x: 0, y: 0, ...this.size });
    if (!seen) return;
    this.surface.clip(seen);
    draw();
    this.surface.clip(undefined);
  }

  /** What is turned in so many ways that none is worth keeping. */
  private turned(sprite: Sprite, x: number, y: number, scale: number, alpha: number, angle: number): void {
    const [width, height] = [sprite.width * scale, sprite.height * scale];
    const reach = Math.hypot(width, height);
    this.paint(around(x, y, reach, reach), (context) => {
      context.save();
      context.globalAlpha = Math.min(1, alpha);
      context.translate(x, y);
      context.rotate(angle);
      context.drawImage(sprite.image, -width / 2, -height / 2, width, height);
      context.restore();
    });
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
    else if (Math.max(sprite.width, sprite.height) > SMALL) this.turned(sprite, x, y, scale, alpha, angle);
    else this.surface.sprite(turned(sprite, angle), x, y, scale, alpha, between);
  }
}

/** The rectangle around a middle, with its soft edges. */
export const around = (x: number, y: number, width: number, height: number): Rect => ({
  x: x - width / 2 - 1,
  y: y - height / 2 - 1,
  width: width + 2,
  height: height + 2,
});

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
