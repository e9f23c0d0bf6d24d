/** The best places of the music, as the mapper marked them, and their beat. Pure. */
import type { TimingPoint } from '../read/beatmap.ts';
import { lastAtOrBefore } from './cursor-path.ts';

const STRONG = 0.9;
const WEAK = 0.35;
const FLASH = 0.3;

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

  /** Whether it is one. @param now ms of the map */
  is(now: number): boolean {
    return this.points[lastAtOrBefore(this.times, this.times.length, now)]?.kiai ?? false;
  }

  /** How strongly osu!taiko's target glows, 0 to 1. */
  glow(now: number): number {
    if (!this.is(now)) return 0;
    const tempo = this.tempoAt(now);
    return tempo ? WEAK + (STRONG - WEAK) * (1 - sinceBeat(tempo, now) / tempo.beatLength) : WEAK;
  }

  /** How strongly circles flash with the beat, 0 to 1 (ppy/osu `LegacyKiaiFlashingDrawable`). */
  flash(now: number): number {
    const tempo = this.is(now) ? this.tempoAt(now) : undefined;
    if (!tempo) return 0;
    const part = Math.min(1, sinceBeat(tempo, now) / Math.max(80, tempo.beatLength - 80));
    return FLASH * (1 - Math.sin((part * Math.PI) / 2));
  }

  private tempoAt(now: number): TimingPoint | undefined {
    return this.tempos[Math.max(0, lastAtOrBefore(this.tempoTimes, this.tempoTimes.length, now))];
  }
}

/** Ms. */
function sinceBeat({ time, beatLength }: TimingPoint, now: number): number {
  const beats = (now - time) / beatLength;
  return (beats - Math.floor(beats)) * beatLength;
}
