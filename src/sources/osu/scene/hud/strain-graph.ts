/** How hard a map is along its length, as a hill of which the part that is over is lit. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Rect } from '../../../../media/overlay/overlay-scene.ts';

/** Of its height, where nothing is to be played. */
const LOWEST = 0.035;

/** @param strains 0 to 1, two and more @param done how many of them are over */
export function drawStrains(context: SKRSContext2D, strains: readonly number[], rect: Rect, done: number): void {
  const { x, y, width, height } = rect;
  const bottom = y + height;
  const curve = smoothed(strains);
  context.beginPath();
  context.moveTo(x, bottom);
  for (const [index, strain] of curve.entries())
    context.lineTo(x + (width * index) / (curve.length - 1), bottom - Math.max(LOWEST, strain) * height);
  context.lineTo(x + width, bottom);
  context.closePath();
  context.fillStyle = 'rgb(0 0 0 / 0.4)';
  context.fill();
  context.fillStyle = 'rgb(255 255 255 / 0.3)';
  context.fill();
  context.save();
  context.clip();
  context.fillStyle = 'rgb(255 214 90 / 0.8)';
  context.fillRect(x, y, (width * done) / strains.length, height);
  context.restore();
}

/** Each with its neighbours, the highest 1: one hard moment alone does not flatten the rest. */
function smoothed(strains: readonly number[]): number[] {
  const at = (index: number): number => strains[index] ?? 0;
  const soft = strains.map(
    (strain, index) => (strain * 3 + 2 * (at(index - 1) + at(index + 1)) + at(index - 2) + at(index + 2)) / 9,
  );
  const highest = Math.max(1e-9, ...soft);
  return soft.map((strain) => strain / highest);
}
