/** What the pictures of a recording have in common: by it a single one between two damages is told from bytes that only look like one. */
import type { SlicePlace } from './parameters.ts';

/** So many pictures show how a recording counts. */
const ENOUGH = 30;
/** A group, or a picture, may be so much longer than all before. */
const LONGER_GROUP = 2;
const LONGER_PICTURE = 4;

export class Habit {
  #pictures = 0;
  #isTwice = 0;
  #mostNumber = 0;
  #longest = 0;

  /** Enough was seen. */
  get known(): boolean {
    return this.#pictures > ENOUGH;
  }

  /** @param length bytes of the picture */
  learn(place: SlicePlace | undefined, length: number): void {
    if (!place) return;
    this.#pictures += 1;
    if (place.twice === 2 * place.number) this.#isTwice += 1;
    this.#mostNumber = Math.max(this.#mostNumber, place.number);
    this.#longest = Math.max(this.#longest, length);
  }

  /** Whether a slice is one of this recording, by what its heads have been like; false as long as too few were seen. */
  fits(place: SlicePlace, length: number): boolean {
    if (!this.known || place.number > LONGER_GROUP * this.#mostNumber + 1 || length > LONGER_PICTURE * this.#longest)
      return false;
    return this.#isTwice < this.#pictures || place.twice === 2 * place.number;
  }
}
