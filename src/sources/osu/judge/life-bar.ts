/** The life bar of one play: it drains in stretches, is filled and emptied by what happens, and with EZ is filled again twice. */
import type { Break } from '../read/beatmap.ts';

/** Full. */
export const FULL = 200;
const EASY_LIVES = 2;

export class LifeBar {
  /** Stretches that drain, in order: from the end of a break to the start of the next. */
  readonly #stretches: readonly Break[];
  /** Taken each ms. */
  readonly #drain: number;
  #stretch = 0;
  #time: number;
  #life = FULL;
  /** How often it is filled again. */
  #lives: number;
  /** When it was empty for good. */
  failedAt: number | undefined;

  constructor(stretches: readonly Break[], drain: number, easy: boolean) {
    this.#stretches = stretches;
    this.#drain = drain;
    this.#time = stretches[0]?.start ?? 0;
    this.#lives = easy ? EASY_LIVES : 0;
  }

  /** 0 to 1. */
  get hp(): number {
    return this.#life / FULL;
  }

  /** Drains up to a moment; moments never fall. */
  goTo(time: number): void {
    let drained = 0;
    for (let stretch = this.#stretches[this.#stretch]; stretch; stretch = this.#stretches[this.#stretch]) {
      drained += Math.max(0, Math.min(time, stretch.end) - Math.max(this.#time, stretch.start));
      if (time < stretch.end) break;
      this.#stretch++;
    }
    this.#time = Math.max(this.#time, time);
    this.change(-drained * this.#drain);
  }

  protected change(by: number): void {
    this.#life = Math.max(0, Math.min(FULL, this.#life + by));
    if (this.#life > 0) return;
    if (this.#lives > 0) {
      this.#lives--;
      this.#life = FULL;
    } else this.failedAt ??= this.#time;
  }
}
