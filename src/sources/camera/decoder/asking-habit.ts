/**
 * Who asks again and again for the same (a page that shows pictures, a program that polls) is served ahead: the next picture is made
 * when its key frame comes, and is there when it is asked for.
 */
import type { PictureWish } from './messages.ts';

/** Asked again within this is a habit, and lasts so long after the last time. */
const HABIT_MS = 10_000;

export class AskingHabit {
  #wish: PictureWish | undefined;
  #asked = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;

  /** @param now ms, on a clock that never steps */
  asked(wish: PictureWish, now: number): void {
    if (this.#wish !== undefined && sameWish(this.#wish, wish) && now - this.#asked < HABIT_MS)
      this.#until = now + HABIT_MS;
    this.#wish = wish;
    this.#asked = now;
  }

  /** What will be asked for soon; undefined when nobody has the habit. */
  expected(now: number): PictureWish | undefined {
    return now < this.#until ? this.#wish : undefined;
  }
}

export function sameWish(a: PictureWish, b: PictureWish): boolean {
  return a.width === b.width && a.height === b.height && a.quality === b.quality && a.mark === b.mark;
}
