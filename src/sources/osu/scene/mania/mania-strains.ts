/** How hard a map of mania is along its length: how many keys go down, chords and quick repeats in one column most. Pure. */
import type { ManiaNote } from '../../judge/mania-play.ts';

/** @returns `count` values from 0 to 1 between two moments of the map */
export function maniaStrains(notes: readonly ManiaNote[], from: number, to: number, count: number): number[] {
  const sums = new Float64Array(count);
  const before = new Map<number, number>();
  for (const { time, endTime, column } of notes) {
    const gap = Math.max(40, time - (before.get(column) ?? Number.NEGATIVE_INFINITY));
    before.set(column, time);
    const cell = Math.min(count - 1, Math.max(0, Math.floor(((time - from) / Math.max(1, to - from)) * count)));
    sums[cell] = (sums[cell] ?? 0) + 1 + Math.min(2, 200 / gap) + (endTime > time ? 0.3 : 0);
  }
  const smooth = [...sums].map(
    (value, index) => value * 0.5 + ((sums[index - 1] ?? value) + (sums[index + 1] ?? value)) * 0.25,
  );
  const most = Math.max(1e-9, ...smooth);
  return smooth.map((value) => value / most);
}
