/**
 * Whether a run's time of day is still right. A run counts from its first pictures by the camera's own clock; that clock runs a little
 * fast or slow for weeks, and this machine's clock is set right after a start without one, or stands still while it sleeps.
 */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';

/** Pictures come late by chance, but never early: of so many seconds the least delayed one counts. */
const WINDOW_TICKS = 30 * VIDEO_TIMESCALE;
const MOST_MS = 2000;

/** Of one run. */
export class WallDrift {
  /** Wall time of media time 0, by the least delayed picture of the first window. */
  #anchor: number | undefined;
  #least = Number.POSITIVE_INFINITY;
  #from: number | undefined;

  /**
   * @param arrival wall clock, ms
   * @param pts on the stream's time line, 90 kHz
   * @returns how many ms the clock is ahead of the run, when that has become too much
   */
  sample(arrival: number, pts: number): number | undefined {
    this.#from ??= pts;
    this.#least = Math.min(this.#least, arrival - (pts * 1000) / VIDEO_TIMESCALE);
    if (pts - this.#from < WINDOW_TICKS) return undefined;
    const least = this.#least;
    this.#from = pts;
    this.#least = Number.POSITIVE_INFINITY;
    this.#anchor ??= least;
    const drift = Math.round(least - this.#anchor);
    return Math.abs(drift) > MOST_MS ? drift : undefined;
  }
}
