/** What is heard of spinners while they turn. Pure. */
import type { PlayObject, PlaySpinner } from '../judge/play-object.ts';
import type { CursorPath } from '../scene/cursor-path.ts';
import { Spun } from '../scene/standard/spun.ts';
import { type LoopSound, OF_MAP } from './hit-sounds.ts';

/** Ms of the map: how often it is looked whether one turns, and for how long it must stand still to be silent. */
export const PITCH_EVERY = 20;
const STILL_STEPS = 6;
/** Radians in a step: less is no turning. */
const SLOWEST = 0.02;
/** Of the sound's own pitch, before it is turned; one higher when it is cleared (ppy/osu `DrawableSpinner`). */
const LOWEST = 0.5;
/** Steps of all spinners of a map: what comes later is heard as long as it lasts, at its own pitch. */
const MOST_STEPS = 1_000_000;
const VOLUME = 0.5;

export function spinnerSounds(objects: readonly PlayObject[], cursor: CursorPath): LoopSound[] {
  const spun = new Spun(cursor);
  let steps = 0;
  return objects.flatMap((object) => {
    if (object.kind !== 'spinner') return [];
    steps += Math.ceil((object.endTime - object.time) / PITCH_EVERY);
    return steps > MOST_STEPS ? [plain(object)] : turning(object, spun);
  });
}

const plain = ({ time, endTime }: PlaySpinner): LoopSound => ({
  ...{ time, until: endTime, sample: { name: 'spinnerspin', index: OF_MAP }, volume: VOLUME, pan: 0 },
});

/** From each beginning of turning until it stands still. */
function turning(spinner: PlaySpinner, spun: Spun): LoopSound[] {
  const { time, endTime, needed } = spinner;
  const loops: LoopSound[] = [];
  let begun: { readonly time: number; readonly pitches: number[] } | undefined;
  let still = 0;
  let before = 0;
  const end = (until: number): void => {
    if (begun) loops.push({ ...plain(spinner), time: begun.time, until, pitches: begun.pitches });
    begun = undefined;
  };
  for (let now = time + PITCH_EVERY; now < endTime; now += PITCH_EVERY) {
    const turned = Math.abs(spun.by(spinner, now));
    still = Math.abs(turned - before) < SLOWEST ? still + 1 : 0;
    before = turned;
    if (still >= STILL_STEPS) end(now);
    else if (still === 0) begun ??= { time: now - PITCH_EVERY, pitches: [] };
    begun?.pitches.push(LOWEST + (needed > 0 ? Math.min(1, turned / Math.PI / needed) : 1));
  }
  end(endTime);
  return loops;
}
