/** How hard a map is along its length: how far and how fast the cursor must go. For the graph and for highlights. Pure. */
import type { PlayObject } from '../../judge/play-object.ts';

/** Distances are worth this in milliseconds: a jump over the field is as hard as three more clicks a second. */
const JUMP = 1 / 180;

/** @returns `count` values from 0 to 1 between two moments of the map */
export function strainsOf(objects: readonly PlayObject[], from: number, to: number, count: number): number[] {
  const sums = new Float64Array(count);
  for (const [index, object] of objects.entries()) {
    const before = objects[index - 1];
    if (!before || object.kind === 'spinner') continue;
    const gap = Math.max(40, object.time - before.time);
    const distance = Math.hypot(object.x - before.x, object.y - before.y);
    const cell = Math.min(count - 1, Math.max(0, Math.floor(((object.time - from) / Math.max(1, to - from)) * count)));
    sums[cell] = (sums[cell] ?? 0) + (1 + distance * JUMP) * Math.sqrt(200 / gap);
  }
  // A little of the neighbours, so that the line is calm.
  const smooth = [...sums].map(
    (value, index) => value * 0.5 + ((sums[index - 1] ?? value) + (sums[index + 1] ?? value)) * 0.25,
  );
  const most = Math.max(1e-9, ...smooth);
  return smooth.map((value) => value / most);
}
