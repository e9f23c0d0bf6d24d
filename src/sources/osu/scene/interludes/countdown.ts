/** The countdown before the first object. Pure; by ppy/osu `LegacyCountdown`. */
import type { Beatmap } from '../../read/beatmap.ts';

export interface Countdown {
  /** Of “Go!”, ms of the map. */
  readonly go: number;
  /** Ms of the map from one number to the next. */
  readonly beat: number;
}

/** Ms: faster beats are counted in pairs; and what is no tempo. */
const FAST = 333;
const SHORTEST = 6;
const AHEAD = 5;
/** Beats: from “Ready?” on, and how many there must be room for. */
export const READY = 6;
const ROOM = 4;
/** By the number that a map gives for its speed. */
const SPEEDS: readonly number[] = [0, 1, 2, 0.5];

type Counted = Pick<Beatmap, 'countdown' | 'countdownOffset' | 'timing'>;

/** @param first ms of the first object @returns undefined where there is none, or no time for it */
export function countdownOf({ countdown, countdownOffset, timing }: Counted, first: number): Countdown | undefined {
  const tempos = timing.filter(({ uninherited, beatLength }) => uninherited && beatLength >= SHORTEST);
  const tempo = tempos.findLast(({ time }) => time <= first) ?? tempos[0];
  const speed = SPEEDS[countdown] ?? 0;
  if (!tempo || speed === 0) return undefined;
  const own = tempo.beatLength;
  const beat = (own <= FAST ? 2 * own : own) * speed;
  const start = first - beat * countdownOffset;
  // Within a bar it ends on the half where the bar is at its second or third beat.
  const room = (go: number): number => {
    const place = ((((go - tempo.time) / own) % 4) + 4) % 4;
    return place > 1.5 && place < 3.5 ? beat / 2 : beat;
  };
  const whole = Math.floor((start - beat - (tempo.time - AHEAD)) / beat) - 1;
  let go = tempo.time - AHEAD + whole * beat;
  do go += beat;
  while (go < start - room(go));
  go -= beat;
  return go - ROOM * beat > 0 ? { go, beat } : undefined;
}
