import type { MonotonicMs } from '../../../base/units.ts';

/** Further than this from the time that really passed, a step of RTP time is a fault of the camera. */
const TOLERANCE_MS = 10_000;
/** The same behind a step that was replaced: times that stood still and go on must not be counted twice. */
const DOUBTFUL_MS = 200;
/** B-frames step back; no camera reorders further. */
const BACK_MS = 2_000;

/**
 * Unwraps 32-bit RTP time into ticks since the first unit of a run. A stuck or jumping time is replaced by the time that passed
 * between arrivals, so that media goes on.
 */
export class MediaClock {
  readonly #rate: number;
  #last = 0;
  #lastArrival = 0;
  #total = 0;
  #started = false;
  #repaired = 0;
  #doubtful = false;

  /** @param rate ticks per second */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** How many steps were replaced. */
  get repaired(): number {
    return this.#repaired;
  }

  /** Ticks since the first call, for the next unit. */
  next(rtp: number, arrival: MonotonicMs): number {
    if (!this.#started) {
      this.#started = true;
      this.#last = rtp;
      this.#lastArrival = arrival;
      return 0;
    }
    const step = (rtp - this.#last) | 0;
    const stepMs = (step / this.#rate) * 1000;
    const passed = arrival - this.#lastArrival;
    this.#last = rtp;
    this.#lastArrival = arrival;
    const tolerance = this.#doubtful ? DOUBTFUL_MS : TOLERANCE_MS;
    this.#doubtful = step === 0 || stepMs <= -BACK_MS || Math.abs(stepMs - passed) >= tolerance;
    if (!this.#doubtful) this.#total += step;
    else {
      this.#repaired += 1;
      this.#total += Math.max(1, Math.round((passed / 1000) * this.#rate));
    }
    return this.#total;
  }
}
