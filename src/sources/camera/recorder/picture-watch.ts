/**
 * Sees inside of a run that pictures are missing: a jump of the camera's time together with packets that were lost or could not be
 * used, or a long one by itself. A camera may change its rate of pictures as it likes.
 */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import type { AccessUnit } from '../../../media/access-unit.ts';

/** Without any other sign a jump this long, and so many times the usual, is a loss of pictures. */
const LONG_MS = 2500;
const UNUSUAL = 10;
/** Pictures come late, but never early: of so long the least delayed tells what a moment of the run's time is by the clock. */
const WINDOW_TICKS = 10 * VIDEO_TIMESCALE;

export interface Jump {
  /** Wall time of the picture before and of the one after, ms. */
  readonly from: number;
  readonly to: number;
  /** How many pictures are missing, at least one. */
  readonly frames: number;
  readonly missingMs: number;
  /** `lost`: packets did not come; `damaged`: what came was no picture; `nothing`: neither is known. */
  readonly why: 'lost' | 'damaged' | 'nothing';
}

/** Of one run. */
export class PictureWatch {
  #dts: number | undefined;
  /** Usual ticks between two pictures. */
  #interval: number | undefined;
  #least = Number.POSITIVE_INFINITY;
  #leastBefore = Number.POSITIVE_INFINITY;
  #windowFrom: number | undefined;

  /**
   * @param unit the next picture that is taken
   * @param patientMs a jump of less is none when no sign of a loss came with it
   */
  sample(unit: AccessUnit, patientMs = LONG_MS): Jump | undefined {
    const { dts, missing } = unit;
    const before = this.#dts;
    this.#dts = dts;
    this.#anchor(unit.arrival, dts);
    if (before === undefined) return undefined;
    const step = dts - before;
    const usual = this.#interval;
    const interval = Math.max(1, usual ?? VIDEO_TIMESCALE / 15);
    const isLong = step >= (patientMs * VIDEO_TIMESCALE) / 1000 && step > interval * UNUSUAL;
    // A camera that has changed its rate is believed after a few pictures.
    if (step > 0 && missing === undefined)
      this.#interval = usual === undefined ? step : usual + (step - usual) / (isLong ? 4 : 16);
    if (missing === undefined && !isLong) return undefined;
    const frames = Math.max(missing?.damaged ?? 0, Math.round(step / interval) - 1);
    if (frames < 1 || step <= 0) return undefined;
    const missingMs = Math.max(1, Math.round(((step - interval) * 1000) / VIDEO_TIMESCALE));
    const why = missing === undefined ? 'nothing' : missing.lost > 0 ? 'lost' : 'damaged';
    return { from: this.#wallOf(before), to: this.#wallOf(dts), frames, missingMs, why };
  }

  #anchor(arrival: number, dts: number): void {
    this.#windowFrom ??= dts;
    if (dts - this.#windowFrom > WINDOW_TICKS) {
      this.#leastBefore = this.#least;
      this.#least = Number.POSITIVE_INFINITY;
      this.#windowFrom = dts;
    }
    this.#least = Math.min(this.#least, arrival - (dts * 1000) / VIDEO_TIMESCALE);
  }

  #wallOf(dts: number): number {
    return Math.round(Math.min(this.#least, this.#leastBefore) + (dts * 1000) / VIDEO_TIMESCALE);
  }
}
