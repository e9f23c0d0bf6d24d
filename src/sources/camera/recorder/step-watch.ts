/**
 * Notices that somebody has set this machine's clock: NTP after a start, an operator, or a machine that was asleep. Small corrections that
 * NTP makes by running the clock faster or slower are no steps.
 */
import type { Clock } from '../../../base/clock.ts';

const LEAST_MS = 100;

export class StepWatch {
  readonly #clock: Clock;
  #offset: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = this.#measure();
  }

  /** To be called about once a second. @returns by how many ms the clock was set, forward is positive; undefined when it was not */
  check(): number | undefined {
    const offset = this.#measure();
    const byMs = offset - this.#offset;
    this.#offset = offset;
    return Math.abs(byMs) >= LEAST_MS ? Math.round(byMs) : undefined;
  }

  /** Between two looks at one clock a process may have to wait for its turn: the quickest of three counts. */
  #measure(): number {
    let best = { took: Number.POSITIVE_INFINITY, offset: 0 };
    for (let tries = 0; tries < 3; tries += 1) {
      const before = this.#clock.monotonic();
      const wall = this.#clock.wall();
      const took = this.#clock.monotonic() - before;
      if (took < best.took) best = { took, offset: wall - before };
    }
    return best.offset;
  }
}
