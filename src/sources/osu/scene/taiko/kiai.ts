/** How strongly the target glows: at the best places of the music, with its beat. Pure. */
import type { TimingPoint } from '../../read/beatmap.ts';
import { lastAtOrBefore } from '../cursor-path.ts';

const STRONG = 0.9;
const WEAK = 0.35;

export class Kiai {
  private readonly points: readonly TimingPoint[];
  private readonly times: Float64Array;
  private readonly tempos: readonly TimingPoint[];
  private readonly tempoTimes: Float64Array;

  /** @param points by time */
  constructor(points: readonly TimingPoint[]) {
    this.points = points;
    this.times = Float64Array.from(points, ({ time }) => time);
    this.tempos = points.filter(({ uninherited, beatLength }) => uninherited && beatLength > 0);
    this.tempoTimes = Float64Array.from(this.tempos, ({ time }) => time);
  }

  /** 0 to 1. @param now ms of the map */
  at(now: number): number {
    if (!this.points[lastAtOrBefore(this.times, this.times.length, now)]?.kiai) return 0;
    const tempo = this.tempos[Math.max(0, lastAtOrBefore(this.tempoTimes, this.tempoTimes.length, now))];
    if (!tempo) return WEAK;
    const beat = (now - tempo.time) / tempo.beatLength;
    return WEAK + (STRONG - WEAK) * (1 - (beat - Math.floor(beat)));
  }
}
