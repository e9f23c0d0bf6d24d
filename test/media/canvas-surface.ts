/** Frames on a plain canvas, as a browser would draw them: what the planes of a picture must look like. */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { DrawnFrame, Surface } from '../../src/media/chunks/drawn-scene.ts';
import type { Sprite } from '../../src/media/overlay/kept-sprite.ts';
import type { Rect } from '../../src/media/overlay/overlay-scene.ts';

class CanvasSurface implements Surface {
  readonly context: SKRSContext2D;
  private clipped: Rect | undefined;

  constructor(canvas: Canvas) {
    this.context = canvas.getContext('2d');
  }

  touch(): void {
    // Nothing is to be remembered.
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
  // As the engine does.
  context.fillStyle = '#000000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  frame.ground.draw(context);
  frame.draw(new CanvasSurface(canvas));
  for (const { rect, draw } of frame.kept()) {
    context.save();
    context.beginPath();
    context.rect(rect.x, rect.y, rect.width, rect.height);
    context.clip();
    draw(context);
    context.restore();
  }
}
