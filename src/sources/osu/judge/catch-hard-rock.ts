/** With Hard Rock fruits of osu!catch lie elsewhere: farther apart, and those in one place scattered. From ppy/osu, `CatchBeatmapProcessor` (MIT). */
import type { SliderObject } from '../read/beatmap.ts';
import type { LegacyRandom } from './legacy-random.ts';

const FIELD_WIDTH = 512;
/** Fruits this far apart in time, ms, have nothing to do with each other. */
const APART = 1000;
const FARTHEST = 20;

export class HardRockOffsets {
  readonly #random: LegacyRandom;
  #lastX: number | undefined;
  #lastTime = 0;

  constructor(random: LegacyRandom) {
    this.#random = random;
  }

  /** @returns where it falls */
  fruit(x: number, time: number): number {
    if (this.#lastX === undefined || time - this.#lastTime > APART) {
      this.#remember(x, time);
      return x;
    }
    const difference = x - this.#lastX;
    const gap = Math.trunc(time - this.#lastTime);
    // What lies in one place is measured against the first of it.
    if (difference === 0) return this.#thrown(x, gap / 4);
    const moved = Math.abs(difference) < Math.trunc(gap / 3) ? farther(x, difference) : x;
    this.#remember(moved, time);
    return moved;
  }

  /** The game takes the last point that the mapper drew, and the time at which the stream begins. */
  stream({ points, time }: SliderObject): void {
    this.#remember(points[points.length - 2] ?? 0, time);
  }

  #remember(x: number, time: number): void {
    this.#lastX = x;
    this.#lastTime = time;
  }

  #thrown(x: number, most: number): number {
    const right = this.#random.bool();
    const by = Math.min(FARTHEST, this.#random.between(0, Math.max(0, most)));
    if (right) return x + by <= FIELD_WIDTH ? x + by : x - by;
    return x - by >= 0 ? x - by : x + by;
  }
}

function farther(x: number, by: number): number {
  if (by > 0) return x + by < FIELD_WIDTH ? x + by : x;
  return x + by > 0 ? x + by : x;
}
