/** Draws on the canvas of a scene and remembers where, so that only that is read back, and cleared before the next frame. */
import type { Canvas, Image, SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../../../media/codec/plan.ts';
import type { Rect } from '../../../media/overlay/overlay-scene.ts';

/** A drawing of its own, laid down by its middle. */
export interface Sprite {
  readonly image: Canvas | Image;
  /** Of its place on the screen at scale 1. */
  readonly width: number;
  readonly height: number;
}

export class Brush {
  readonly context: SKRSContext2D;
  private readonly size: Size;
  private rects: Rect[] = [];
  /** Nothing outside of it is drawn, and all of it counts as drawn. */
  private window: Rect | undefined;

  constructor(context: SKRSContext2D, size: Size) {
    this.context = context;
    this.size = size;
  }

  /** Clears what was drawn since the last time. */
  begin(): void {
    for (const { x, y, width, height } of this.rects) this.context.clearRect(x, y, width, height);
    this.rects = [];
  }

  get drawn(): readonly Rect[] {
    return this.rects;
  }

  /** @param x of its middle @param alpha 0 to 1 @param angle clockwise, in radians */
  sprite(sprite: Sprite, x: number, y: number, scale = 1, alpha = 1, angle = 0): void {
    if (alpha <= 0 || scale <= 0) return;
    const { context } = this;
    const width = sprite.width * scale;
    const height = sprite.height * scale;
    if (
      !this.touch(
        x,
        y,
        angle === 0 ? width : Math.hypot(width, height),
        angle === 0 ? height : Math.hypot(width, height),
      )
    )
      return;
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
    const { context } = this;
    const left = Math.max(0, rect.x);
    const top = Math.max(0, rect.y);
    const width = Math.min(this.size.width, rect.x + rect.width) - left;
    const height = Math.min(this.size.height, rect.y + rect.height) - top;
    if (width <= 0 || height <= 0) return;
    this.window = { x: left, y: top, width, height };
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    draw();
    context.restore();
    this.rects.push(this.window);
    this.window = undefined;
  }

  /** Says that something is drawn around a middle. @returns whether any of it is on the screen */
  touch(x: number, y: number, width: number, height: number): boolean {
    const left = Math.max(0, Math.floor(x - width / 2) - 1);
    const top = Math.max(0, Math.floor(y - height / 2) - 1);
    const right = Math.min(this.size.width, Math.ceil(x + width / 2) + 1);
    const bottom = Math.min(this.size.height, Math.ceil(y + height / 2) + 1);
    if (right <= left || bottom <= top) return false;
    const { window } = this;
    if (!window) this.rects.push({ x: left, y: top, width: right - left, height: bottom - top });
    else if (left >= window.x + window.width || right <= window.x) return false;
    else if (top >= window.y + window.height || bottom <= window.y) return false;
    return true;
  }
}
