/** The note of one spinner. By ppy/osu (MIT), `SpinnerPatternGenerator`. */
import type { SpinnerObject } from '../../read/beatmap.ts';
import { Pattern } from './pattern.ts';
import type { Stage } from './stage.ts';

const FINISH = 4;
/** Shorter, it is no long note. */
const LONG = 100;
/** Shorter, and with a finish, it is the turntable's. */
const SHORT = 1000;

export function patternOfSpinner(
  { time, endTime, sound, sample }: SpinnerObject,
  before: Pattern,
  stage: Stage,
): Pattern {
  const isTurntable = stage.first > 0 && (sound & FINISH) !== 0 && endTime - time < SHORT;
  const taken = before.width === stage.columns ? [] : [before];
  const column = isTurntable ? 0 : stage.freeColumn(stage.anyColumn(), { taken });
  const isLong = endTime - time >= LONG;
  const pattern = new Pattern();
  // Of a long note the head is heard plain.
  pattern.add({ time, endTime: isLong ? endTime : time, column, sound: isLong ? 0 : sound, sample });
  return pattern;
}
