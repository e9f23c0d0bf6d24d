/** Frames on a plain canvas, as a browser would draw them: what the planes of a picture must look like. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { DrawnFrame, Surface } from '../../src/media/chunks/drawn-scene.ts';
import type { Sprite } from '../../src/media/overlay/kept-sprite.ts';
import type { Rect } from '../../src/media/overlay/overlay-scene.ts';

class CanvasSurface implements Surface {
  private readonly context: SKRSContext2D;
  private readonly behind: Canvas;
  private clipped: Rect | undefined;

  /** @param behind the ground */
  constructor(canvas: Canvas, behind: Canvas) {
    this.context = canvas.getContext('2d');
    this.behind = behind;
  }

  once(image: Canvas, x: number, y: number, alpha: number): void {
    this.context.globalAlpha = Math.min(1, alpha);
    this.context.drawImage(image, x, y);
    this.context.globalAlpha = 1;
  }

  ground(): void {
    const { width: w, height: h } = this.behind;
    const { x, y, width, height } = this.clipped ?? { x: 0, y: 0, width: w, height: h };
    this.context.drawImage(this.behind, x, y, width, height, x, y, width, height);
  }

  paint(rect: Rect, draw: (context: SKRSContext2D) => void): void {
    const { context } = this;
    for (const { x, y, width, height } of this.clipped ? [rect, this.clipped] : [rect]) {
      context.save();
      context.beginPath();
      context.rect(x, y, width, height);
      context.clip();
    }
    draw(context);
    for (let level = this.clipped ? 2 : 1; level > 0; level--) context.restore();
  }

  clip(rect: Rect | undefined): void {
    this.clipped = rect;
  }

  sprite({ image, width, height }: Sprite, x: number, y: number, scale: number, alpha: number, between: boolean): void {
    const { context, clipped } = this;
    const [w, h] = [width * scale, height * scale];
    const whole = scale === 1 && !between;
    const [left, top] = whole ? [Math.round(x - w / 2), Math.round(y - h / 2)] : [x - w / 2, y - h / 2];
    if (!clipped) {
      context.globalAlpha = Math.min(1, alpha);
      context.drawImage(image, left, top, w, h);
      context.globalAlpha = 1;
      return;
    }
    // Not by a clip: this canvas forgets what lies under a picture of its own size, even where a clip leaves it out.
    const part = createCanvas(clipped.width, clipped.height);
    const inside = part.getContext('2d');
    inside.globalAlpha = Math.min(1, alpha);
    inside.drawImage(image, left - clipped.x, top - clipped.y, w, h);
    context.drawImage(part, clipped.x, clipped.y);
  }
}

/** Draws a whole frame. */
export function canvasOf(canvas: Canvas, frame: DrawnFrame): void {
  const context = canvas.getContext('2d');
  const { width, height } = canvas;
  const ground = createCanvas(width, height);
  const behind = ground.getContext('2d');
  // As the engine does.
  behind.fillStyle = '#000000';
  behind.fillRect(0, 0, width, height);
  frame.ground.draw(behind);
  context.fillStyle = '#000000';
  context.fillRect(0, 0, width, height);
  if (!frame.dark) context.drawImage(ground, 0, 0);
  frame.draw(new CanvasSurface(canvas, ground));
  for (const { rect, draw } of frame.kept()) {
    context.save();
    context.beginPath();
    context.rect(rect.x, rect.y, rect.width, rect.height);
    context.clip();
    draw(context);
    context.restore();
  }
}
