/**
 * When the parts of a slider are due. The game goes along the polyline piece by piece and adds up single-precision lengths, so an end that falls on a whole
 * millisecond by the map may be cut to the one before.
 */
import type { SliderObject } from '../read/beatmap.ts';
import { END, REPEAT, TICK } from './play-object.ts';

/** The end of a slider is checked this much early, but never in its first half. */
const END_EARLY = 36;
/** A tick that would come this close to the end of a way is left out, ms. */
const TICK_TO_END = 10;

export interface SliderChecks {
  readonly checkTimes: Float64Array;
  readonly checkKinds: Uint8Array;
  readonly endTime: number;
}

/**
 * @param lengths of its path
 * @param perSecond pixels
 * @param tickDistance pixels, at most the length of the path
 */
export function sliderChecks(
  slider: Pick<SliderObject, 'time' | 'spans'>,
  lengths: Float64Array,
  perSecond: number,
  tickDistance: number,
): SliderChecks {
  const times: number[] = [];
  const kinds: number[] = [];
  const check = (distance: number, kind: number): void => {
    times.push(Math.trunc(slider.time + (distance / perSecond) * 1000));
    kinds.push(kind);
  };
  const last = lengths.length - 1;
  const length = lengths[last] ?? 0;
  const nearEnd = (perSecond * TICK_TO_END) / 1000;
  let now = slider.time;
  /** Pixels to the last part, and from there. */
  let along = 0;
  let since = 0;
  for (let span = 0; span < slider.spans; span++) {
    let left = length;
    let skips = !(tickDistance > 0);
    for (let piece = 1; piece <= last; piece++) {
      const k = span % 2 === 1 ? last + 1 - piece : piece;
      const step = Math.fround((lengths[k] ?? 0) - (lengths[k - 1] ?? 0));
      now += (1000 * step) / perSecond;
      since += step;
      while (!skips && since >= tickDistance) {
        along += tickDistance;
        since -= tickDistance;
        left -= tickDistance;
        skips = left <= nearEnd;
        if (!skips) check(along, TICK);
      }
    }
    along += since;
    check(along, span === slider.spans - 1 ? END : REPEAT);
    // On the way back the ticks lie where they lay on the way there.
    since = skips ? 0 : tickDistance - since;
    along -= since;
  }
  const endTime = Math.trunc(now);
  const end = times.length - 1;
  times[end] = Math.max(Math.trunc(slider.time + (endTime - slider.time) / 2), (times[end] ?? 0) - END_EARLY);
  return { checkTimes: new Float64Array(times), checkKinds: new Uint8Array(kinds), endTime };
}
