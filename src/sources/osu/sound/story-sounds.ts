/** What is heard of a storyboard. Pure. */
import type { StorySample } from '../read/storyboard.ts';
import { type PassChange, PassState } from '../scene/storyboard/story-moments.ts';
import type { HitSound } from './hit-sounds.ts';

/** Sounds of the layers of passing and failing are heard in their state alone. */
export function storySounds(samples: readonly StorySample[], changes: readonly PassChange[]): HitSound[] {
  const passing = new PassState(changes);
  return samples
    .filter(({ layer, time }) => layer !== (passing.at(time) ? 'fail' : 'pass'))
    .map(({ time, file, volume }) => ({ time, sample: { name: '', index: 0, file }, volume, pan: 0 }));
}
