/**
 * A limit on bytes a second that allows a short burst. Time and waiting are passed in.
 */
import type { Clock } from '../../../base/clock.ts';

/** Ends early when the signal does. */
export type Wait = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface BucketOptions {
  /** Bytes a second; undefined: no limit. */
  readonly rate: number | undefined;
  readonly clock: Clock;
  readonly wait: Wait;
}

/** So much of a second may go out at once. */
const BURST_SECONDS = 0.5;

export class TokenBucket {
  readonly #options: BucketOptions;
  /** What may go out now, bytes; below 0 it is owed. */
  #level: number;
  #at: number;

  constructor(options: BucketOptions) {
    this.#options = options;
    this.#level = (options.rate ?? 0) * BURST_SECONDS;
    this.#at = options.clock.monotonic();
  }

  /** Resolves when `bytes` may go out. Whole blocks are granted, and what is too much is waited for afterwards. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const { rate, clock, wait } = this.#options;
    if (rate === undefined) return;
    const now = clock.monotonic();
    this.#level = Math.min(rate * BURST_SECONDS, this.#level + ((now - this.#at) * rate) / 1000);
    this.#at = now;
    this.#level -= bytes;
    if (this.#level < 0) await wait((-this.#level * 1000) / rate, signal);
    signal?.throwIfAborted();
  }
}
