/**
 * How fast moving may go: pure. A budget that fills with time, up to a second's worth, and may go below zero by one piece.
 */
export class Throttle {
  readonly #perMs: number;
  #budget: number;
  #at: number;

  /** @param bytesPerSecond more than zero @param now monotonic ms */
  constructor(bytesPerSecond: number, now: number) {
    this.#perMs = bytesPerSecond / 1000;
    this.#budget = bytesPerSecond;
    this.#at = now;
  }

  /** Takes `bytes`. @returns ms to wait before the next */
  take(bytes: number, now: number): number {
    this.#budget = Math.min(this.#perMs * 1000, this.#budget + Math.max(0, now - this.#at) * this.#perMs) - bytes;
    this.#at = now;
    return this.#budget >= 0 ? 0 : -this.#budget / this.#perMs;
  }
}
