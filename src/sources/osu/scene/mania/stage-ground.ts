/** What of the stage never moves: columns, lines between them, keys that are up, the line where notes are hit. Painted onto the ground. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Size } from '../../../../media/codec/plan.ts';
import { css } from '../colours.ts';
import type { ManiaLayout } from './layout.ts';
import type { ManiaElements } from './mania-elements.ts';
import type { ManiaLook } from './mania-look.ts';

export function paintStage(
  context: SKRSContext2D,
  size: Size,
  layout: ManiaLayout,
  elements: ManiaElements,
  look: ManiaLook | undefined,
): void {
  const { columns, stages, hit, scale, upsideDown } = layout;
  for (const { x, width } of stages) {
    context.fillStyle = 'rgb(6 8 16 / 0.9)';
    if (!look) context.fillRect(x, 0, width, size.height);
  }
  for (const [index, { x, width }] of columns.entries()) {
    const [colour, alpha] = look?.colours[index] ?? [{ r: 0, g: 0, b: 0 }, look ? 1 : 0.25];
    context.fillStyle = css(colour, alpha);
    context.fillRect(x, 0, width, size.height);
  }
  const [lineColour, lineAlpha] = look?.lineColour ?? [{ r: 255, g: 255, b: 255 }, 0.16];
  context.fillStyle = css(lineColour, lineAlpha);
  for (const [index, { x, width }] of columns.entries()) {
    const left = (look ? (look.lineWidths[index] ?? 2) : 1) * scale * (look ? 0.625 : 1);
    if (left > 0) context.fillRect(x - left / 2, 0, left, size.height);
    if (index === columns.length - 1 && left > 0) context.fillRect(x + width - left / 2, 0, left, size.height);
  }
  for (const { x, width } of stages) {
    borders(context, x, width, size.height, elements, scale);
    const hint = elements.picture('hint');
    if (hint) {
      const height = (hint.image.height / hint.density) * (scale * 0.625);
      context.drawImage(hint.image, x, hit - height / 2, width, height);
    }
    if (!look || look.judgementLine) {
      context.fillStyle = css(look?.judgementColour ?? { r: 255, g: 255, b: 255 }, 0.75);
      context.fillRect(x, hit - scale * 0.75, width, Math.max(1, scale * 1.5));
    }
  }
  const rest = upsideDown ? hit : size.height - hit;
  for (const [index, { x, width }] of columns.entries()) {
    const key = elements.key(index, false, rest);
    context.drawImage(key.image, x, upsideDown ? 0 : size.height - key.height, width, key.height);
  }
}

function borders(
  context: SKRSContext2D,
  x: number,
  width: number,
  height: number,
  elements: ManiaElements,
  scale: number,
): void {
  const [left, right, bottom] = (['left', 'right', 'bottom'] as const).map((name) => elements.picture(name));
  const pixels = scale * 0.625;
  if (left) {
    const w = (left.image.width / left.density) * pixels;
    context.drawImage(left.image, x - w, 0, w, height);
  }
  if (right) context.drawImage(right.image, x + width, 0, (right.image.width / right.density) * pixels, height);
  if (bottom) {
    const [w, h] = [(bottom.image.width / bottom.density) * pixels, (bottom.image.height / bottom.density) * pixels];
    context.drawImage(bottom.image, x + width / 2 - w / 2, height - h, w, h);
  }
  if (left || right) return;
  context.fillStyle = 'rgb(255 255 255 / 0.5)';
  context.fillRect(x - 2 * scale, 0, 2 * scale, height);
  context.fillRect(x + width, 0, 2 * scale, height);
}
