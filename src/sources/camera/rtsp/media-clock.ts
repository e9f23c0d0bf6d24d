import type { MonotonicMs } from '../../../base/units.ts';

/** Further than this from the time that really passed, a step of RTP time is a fault of the camera. */
const TOLERANCE_MS = 10_000;
/** The same behind a step that was replaced: times that stood still and go on must not be counted twice. */
const DOUBTFUL_MS = 200;
/** B-frames step back; no camera reorders further. */
const BACK_MS = 2_000;
/** A clock that runs wrong: over so long, twice in a row, by more than this share and this much, in the same direction. */
const RATE_WINDOW_MS = 10_000;
const RATE_SHARE = 0.1;
const RATE_LEAST_MS = 800;
/** How quickly replaced times follow what is usual, and arrival. */
const PERIOD_GAIN = 1 / 32;
const ARRIVAL_GAIN = 1 / 8;

/**
 * Unwraps 32-bit RTP time into ticks since the first unit of a run. Times that stand still, jump or run at a wrong rate are replaced by the
 * time that passed between arrivals, evened out, so that media goes on.
 */
export class MediaClock {
  readonly #rate: number;
  #last = 0;
  #lastArrival = 0;
  #total = 0;
  #started = false;
  #repaired = 0;
  #doubtful = false;
  /** Where replaced times began, and the usual ticks from one to the next. */
  #replaced: { readonly total: number; readonly arrival: number; period: number } | undefined;
  /** Time by the camera and by arrival since the window began, in ms. */
  #window = { media: 0, passed: 0 };
  /** How much faster than arrival the camera's clock was in the window before, in ms. */
  #ahead = 0;
  #wrongRate = false;

  /** @param rate ticks per second */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** How many steps were replaced. */
  get repaired(): number {
    return this.#repaired;
  }

  /** The newest unit's time is by arrival. */
  get synthesised(): boolean {
    return this.#doubtful || this.#wrongRate;
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
    // One that only comes late has waited somewhere: a recorder that was paused reads its time from the burst that follows.
    this.#doubtful = step === 0 || stepMs <= -BACK_MS || stepMs - passed >= tolerance;
    this.#watchRate(this.#doubtful ? passed : stepMs, passed);
    if (!this.synthesised) {
      this.#total += step;
      this.#replaced = undefined;
    } else {
      this.#repaired += 1;
      this.#total = this.#replace(arrival, passed);
    }
    return this.#total;
  }

  /** Arrivals come in bursts; what is replaced goes on evenly, and follows them. */
  #replace(arrival: number, passed: number): number {
    const ticks = (passed / 1000) * this.#rate;
    this.#replaced ??= { total: this.#total, arrival: arrival - passed, period: ticks };
    const from = this.#replaced;
    from.period += (ticks - from.period) * PERIOD_GAIN;
    const next = this.#total + from.period;
    const arrived = from.total + ((arrival - from.arrival) / 1000) * this.#rate;
    return Math.max(this.#total + 1, Math.round(next + (arrived - next) * ARRIVAL_GAIN));
  }

  #watchRate(media: number, passed: number): void {
    const window = this.#window;
    window.media += media;
    window.passed += passed;
    if (window.passed < RATE_WINDOW_MS) return;
    const ahead = window.media - window.passed;
    const least = Math.max(RATE_LEAST_MS, window.passed * RATE_SHARE);
    const wrong = Math.abs(ahead) > least;
    if (wrong && Math.abs(this.#ahead) > RATE_LEAST_MS && ahead > 0 === this.#ahead > 0) this.#wrongRate = true;
    else if (!wrong) this.#wrongRate = false;
    this.#ahead = wrong ? ahead : 0;
    this.#window = { media: 0, passed: 0 };
  }
}
