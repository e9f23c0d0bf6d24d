/**
 * How often somebody may try something: a window for each address, and one for all together. Bounded in memory.
 */
import type { Clock } from '../../../base/clock.ts';

export interface TryLimits {
  /** From one address, and from all, in a window. */
  readonly each: number;
  readonly all: number;
  readonly windowMs: number;
}

/** Addresses that are remembered; when there are more, the window begins anew for all but the sum. */
const MOST_ADDRESSES = 1000;

export class Tries {
  readonly #clock: Clock;
  readonly #limits: TryLimits;
  readonly #each = new Map<string, number>();
  #all = 0;
  #since: number;

  constructor(clock: Clock, limits: TryLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#since = clock.monotonic();
  }

  /** Counts one more. @returns milliseconds to wait; 0: go on */
  take(address: string): number {
    const now = this.#clock.monotonic();
    if (now - this.#since >= this.#limits.windowMs) {
      this.#since = now;
      this.#all = 0;
      this.#each.clear();
    }
    const wait = this.#since + this.#limits.windowMs - now;
    const own = this.#each.get(address) ?? 0;
    if (own >= this.#limits.each || this.#all >= this.#limits.all) return Math.max(1, wait);
    if (this.#each.size >= MOST_ADDRESSES) this.#each.clear();
    this.#each.set(address, own + 1);
    this.#all += 1;
    return 0;
  }
}
