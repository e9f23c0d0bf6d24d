/** How the life went, as a line. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Rect } from '../../../../media/overlay/overlay-scene.ts';

const GOOD = '#8ce68c';
const LOW = '#ff6b6b';
const HALF = 0.5;

/** @param life at even distances, 0 to 1 */
export function drawLife(context: SKRSContext2D, life: readonly number[], rect: Rect, thickness: number): void {
  if (life.length < 2) return;
  const at = (index: number): readonly [number, number] => [
    rect.x + (rect.width * index) / (life.length - 1),
    rect.y + rect.height * (1 - (life[index] ?? 0)),
  ];
  context.lineWidth = thickness;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  // Above and below half in its own colour: the same line twice.
  for (const [colour, top, bottom] of [
    [GOOD, 0, HALF],
    [LOW, HALF, 1],
  ] as const) {
    context.save();
    context.beginPath();
    const edge = thickness;
    const [from, to] = [rect.y + rect.height * top, rect.y + rect.height * bottom];
    context.rect(
      rect.x - edge,
      top === 0 ? from - edge : from,
      rect.width + 2 * edge,
      to - from + (top === 0 ? edge : edge),
    );
    context.clip();
    context.beginPath();
    context.moveTo(...at(0));
    for (let index = 1; index < life.length; index++) context.lineTo(...at(index));
    context.strokeStyle = colour;
    context.stroke();
    context.restore();
  }
}
