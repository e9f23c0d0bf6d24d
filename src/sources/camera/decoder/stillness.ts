/**
 * Since when a picture has not changed at all. The noise of a sensor makes any two pictures of a real camera differ, so that
 * exactly equal ones mean that nothing new comes: a camera that repeats its last picture.
 */
import type { WallMs } from '../../../base/units.ts';

/** So long without any change is frozen. */
const FROZEN_AFTER_MS = 10_000;

export class Stillness {
  #since: WallMs | undefined;
  #until: WallMs | undefined;

  /** @param same whether it equals the one before exactly @param arrival of the picture */
  seen(same: boolean, arrival: WallMs): void {
    if (!same || this.#since === undefined || arrival < this.#since) this.#since = arrival;
    this.#until = arrival;
  }

  /** Pictures have stopped, or are coded in another way. */
  reset(): void {
    this.#since = undefined;
    this.#until = undefined;
  }

  /** Arrival of the first of the equal pictures; undefined while they change, or for the first ten seconds. */
  get frozenSince(): WallMs | undefined {
    if (this.#since === undefined || this.#until === undefined) return undefined;
    return this.#until - this.#since >= FROZEN_AFTER_MS ? this.#since : undefined;
  }
}
