/** A clock that only goes on when everybody waits for it. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';
import { monotonicMs, wallMs } from '../../src/base/units.ts';
import type { Wait } from '../../src/sources/dashcam/push/token-bucket.ts';

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

export class VirtualTime {
  /** UTC ms. */
  now: number;
  readonly clock: Clock;
  readonly #timers = new Set<Timer>();

  constructor(start: number) {
    this.now = start;
    this.clock = { wall: () => wallMs(this.now), monotonic: () => monotonicMs(this.now) };
  }

  readonly wait: Wait = (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const ring = (): void => {
        this.#timers.delete(timer);
        signal?.removeEventListener('abort', ring);
        resolve();
      };
      const timer = { at: this.now + Math.max(0, ms), ring };
      this.#timers.add(timer);
      signal?.addEventListener('abort', ring);
    });

  /** How many wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Goes on from one timer to the next. @param settled whether everybody waits */
  async run(until: number, settled: () => boolean): Promise<void> {
    for (;;) {
      for (let calm = 0; calm < 3; calm = settled() ? calm + 1 : 0) await setImmediate();
      let next: Timer | undefined;
      for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
      if (next === undefined || next.at > until) break;
      this.now = Math.max(this.now, next.at);
      next.ring();
    }
    this.now = until;
  }
}
