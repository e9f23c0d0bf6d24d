/**
 * Where notes are on their way: everything moves together, faster and slower as the map's tempo and its inherited points say, beside the tempo that lasts longest.
 * Pure; time in milliseconds of the map.
 */
import type { TimingPoint } from '../../read/beatmap.ts';
import { lastAtOrBefore } from '../cursor-path.ts';

/** What the game takes a tempo and a speed for at most. */
const BEAT = { least: 6, most: 60_000 } as const;
const SPEED = { least: 0.01, most: 10 } as const;
const USUAL_BEAT = 500;

export class Scroll {
  /** From each of these on it moves at the speed beside it; the first holds before it too. */
  private readonly times: Float64Array;
  private readonly speeds: Float64Array;
  /** How far it has moved at each, in milliseconds at speed 1. */
  private readonly places: Float64Array;

  /** @param last of the map: tempos are weighed up to it */
  constructor(timing: readonly TimingPoint[], last: number) {
    const usual = longestBeat(timing, last);
    const times: number[] = [];
    const speeds: number[] = [];
    let beat = usual;
    for (const point of timing) {
      if (point.uninherited && point.beatLength > 0) beat = beatOf(point);
      const inherited = point.beatLength < 0 ? 100 / -point.beatLength : 1;
      const speed = (usual / beat) * Math.max(SPEED.least, Math.min(SPEED.most, inherited));
      if (times.at(-1) === point.time) speeds[speeds.length - 1] = speed;
      else if (speed !== speeds.at(-1)) {
        times.push(point.time);
        speeds.push(speed);
      }
    }
    if (times.length === 0) {
      times.push(0);
      speeds.push(1);
    }
    this.times = Float64Array.from(times);
    this.speeds = Float64Array.from(speeds);
    this.places = new Float64Array(times.length);
    for (let index = 1; index < times.length; index++)
      this.places[index] =
        (this.places[index - 1] ?? 0) + ((times[index] ?? 0) - (times[index - 1] ?? 0)) * (speeds[index - 1] ?? 1);
  }

  /** Rises with time. */
  at(time: number): number {
    const index = Math.max(0, lastAtOrBefore(this.times, this.times.length, time));
    return (this.places[index] ?? 0) + (time - (this.times[index] ?? 0)) * (this.speeds[index] ?? 1);
  }
}

const beatOf = ({ beatLength }: TimingPoint): number => Math.max(BEAT.least, Math.min(BEAT.most, beatLength));

/** Of the tempo that holds for the longest time together. */
function longestBeat(timing: readonly TimingPoint[], last: number): number {
  const tempos = timing.filter(({ uninherited, beatLength }) => uninherited && beatLength > 0);
  const lengths = new Map<number, number>();
  for (const [index, point] of tempos.entries()) {
    const from = index === 0 ? Math.min(0, point.time) : point.time;
    const until = Math.min(last, tempos[index + 1]?.time ?? last);
    // Tempos that differ by a hair are one.
    const beat = Math.round(beatOf(point) * 1000) / 1000;
    lengths.set(beat, (lengths.get(beat) ?? 0) + Math.max(0, until - from));
  }
  let longest = USUAL_BEAT;
  let most = -1;
  for (const [beat, length] of lengths)
    if (length > most) {
      most = length;
      longest = beat;
    }
  return longest;
}
