/** Words and shapes of displays. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import { inter } from '../../../../media/scene/font.ts';

export type Align = 'left' | 'center' | 'right';
export type Weight = 400 | 500 | 600 | 700;

const SHADOW = 'rgb(0 0 0 / 0.55)';
const OUTLINE = 'rgb(0 0 0 / 0.34)';

export function line(
  context: SKRSContext2D,
  text: string,
  x: number,
  y: number,
  pixels: number,
  colour: string,
  align: Align,
  weight: Weight,
): void {
  context.font = inter(weight, pixels);
  context.textAlign = align;
  context.textBaseline = 'middle';
  context.fillStyle = SHADOW;
  context.fillText(text, x + pixels * 0.04, y + pixels * 0.06);
  // Read on bright pictures too.
  context.lineJoin = 'round';
  context.lineWidth = pixels * 0.13;
  context.strokeStyle = OUTLINE;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

export function pill(context: SKRSContext2D, x: number, y: number, width: number, height: number, fill: string): void {
  rounded(context, x, y, width, height, height / 2, fill);
}

export function rounded(
  context: SKRSContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
  fill: string,
): void {
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(radius, width / 2, height / 2));
  context.fill();
}
