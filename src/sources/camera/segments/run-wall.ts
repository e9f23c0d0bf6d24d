/**
 * The time of day of one run: `wall = start + media`, where the start is slewed and never stepped (design 0002, invariant 1). The camera's
 * clock runs a little fast or slow for weeks, and so does ours; footage that is being recorded does not move for it, but each segment may
 * begin up to 500 ppm of the one before it earlier or later than its media says. The model is Moonfire NVR's design/time.md.
 */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';

/** Pictures come late by chance, but never early: of so many seconds the least delayed one counts. */
const WINDOW_TICKS = 30 * VIDEO_TIMESCALE;
/** Below this it is the network and not a clock. */
const DEAD_MS = 20;
const MOST_SLEW = 500e-6;
/** A run that would begin so much before the end of the one before it was only less delayed; beyond that, the clock was set back. */
const SEAM_MS = 1500;

export class RunWall {
  /** UTC ms of media time 0, slew included. */
  #start: number | undefined;
  /** A file carries the start in its name: it is slewed from now on. */
  #begun: number | undefined;
  #least = Number.POSITIVE_INFINITY;
  #from: number | undefined;
  #errorMs = 0;
  #before: { readonly end: number; readonly unbroken: boolean } | undefined;

  /** How far the time of day is ahead of the run's, by the newest pictures. */
  get errorMs(): number {
    return this.#errorMs;
  }

  /**
   * A picture has come.
   * @param arrival by the wall clock, ms
   * @param pts on the run's time line, 90 kHz
   */
  sample(arrival: number, pts: number): void {
    const start = arrival - (pts * 1000) / VIDEO_TIMESCALE;
    if (this.#begun === undefined && (this.#start === undefined || start < this.#start)) this.#start = start;
    this.#from ??= pts;
    this.#least = Math.min(this.#least, start);
    if (pts - this.#from < WINDOW_TICKS || this.#start === undefined) return;
    this.#errorMs = this.#least - this.#start;
    this.#from = pts;
    this.#least = Number.POSITIVE_INFINITY;
  }

  /**
   * The run before this one of the same track ended then, UTC ms: two pictures of a camera never stand at one place.
   * @param unbroken this one goes on exactly there, by the camera's own time. What waited in a socket while the recorder was paused comes all at
   *   once, and when a picture of it arrived says nothing.
   */
  follow(end: number, unbroken: boolean): void {
    this.#before = { end, unbroken };
  }

  /** Where the picture at `pts` stands, UTC ms; undefined before the first one. */
  at(pts: number): number | undefined {
    return this.#start === undefined ? undefined : this.#start + (pts * 1000) / VIDEO_TIMESCALE;
  }

  /**
   * The clock was set forward while nothing had been named yet: all that came by then came at the right time as well.
   * @returns false when a segment has begun, and cannot move any more
   */
  shift(byMs: number): boolean {
    if (this.#begun !== undefined || this.#start === undefined || byMs <= 0) return false;
    this.#start += byMs;
    this.#least = Number.POSITIVE_INFINITY;
    this.#from = undefined;
    return true;
  }

  /**
   * A segment begins with the picture at `pts`.
   * @returns UTC ms of media time 0 that holds for this segment, a whole number; undefined before the first picture
   */
  begin(pts: number): number | undefined {
    if (this.#start === undefined) return undefined;
    if (this.#begun === undefined && this.#before !== undefined) {
      const { end, unbroken } = this.#before;
      const overlap = end - (this.#start + (pts * 1000) / VIDEO_TIMESCALE);
      if (unbroken || (overlap > 0 && overlap <= SEAM_MS)) this.#start += overlap;
    }
    if (this.#begun !== undefined && Math.abs(this.#errorMs) > DEAD_MS) {
      const most = (Math.max(0, pts - this.#begun) / 90) * MOST_SLEW;
      const slew = Math.max(-most, Math.min(most, this.#errorMs));
      this.#start += slew;
      this.#errorMs -= slew;
    }
    this.#begun = Math.max(pts, this.#begun ?? pts);
    return Math.round(this.#start);
  }
}
