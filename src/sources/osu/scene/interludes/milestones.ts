/** Combos that skins celebrate. Pure. */
import type { JudgeEvent } from '../../judge/timeline.ts';

export interface Milestone {
  /** Ms of the map. */
  readonly time: number;
  readonly combo: number;
}

const FIRST = [30, 60];
const EVERY = 50;

const isMilestone = (combo: number): boolean => FIRST.includes(combo) || (combo >= 100 && combo % EVERY === 0);

/** @param events in the order of time @param counts which combos; the game's own where the skin says nothing */
export function milestonesOf(
  events: readonly JudgeEvent[],
  counts: (combo: number) => boolean = isMilestone,
): readonly Milestone[] {
  let last = 0;
  return events.flatMap(({ time, combo }) => {
    const grew = combo > last;
    last = combo;
    return grew && counts(combo) ? [{ time, combo }] : [];
  });
}
