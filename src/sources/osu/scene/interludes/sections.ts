/** Whether the player passes, told in the middle of long breaks. Pure. */
import type { Break } from '../../read/beatmap.ts';

export interface Section {
  /** Ms of the map. */
  readonly time: number;
  readonly passed: boolean;
}

/** Ms of the map; shorter breaks tell nothing. */
const SHORTEST = 2880;
const HALF = 0.5;

/** @param hpAt life at a moment, 0 to 1 */
export function sectionsOf(breaks: readonly Break[], hpAt: (time: number) => number): readonly Section[] {
  return breaks.flatMap(({ start, end }) =>
    end - start >= SHORTEST ? [{ time: (start + end) / 2, passed: hpAt(start) >= HALF }] : [],
  );
}
