/**
 * The coded pictures since the last key frame, numbered. They are held, not copied, and no more than a bound.
 */
import type { AccessUnit } from '../../../media/access-unit.ts';

interface Entry {
  readonly serial: number;
  readonly unit: AccessUnit;
}

const MOST_UNITS = 300;
const MOST_BYTES = 16_000_000;
/** From key frame to key frame, before it is known. */
const USUAL_GOP_MS = 2000;
const LONGEST_GOP_MS = 30_000;

export class PictureGroup {
  #entries: Entry[] = [];
  #bytes = 0;
  #next = 0;
  #lastKey: number | undefined;
  #gopMs = USUAL_GOP_MS;

  /** The first is the key frame. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }
  get key(): Entry | undefined {
    return this.#entries[0];
  }
  /** As long as the longer of the last two; falls slowly, so that one short group does not make pictures look old. */
  get gopMs(): number {
    return this.#gopMs;
  }

  push(unit: AccessUnit): void {
    const serial = this.#next++;
    if (unit.key) {
      if (this.#lastKey !== undefined && unit.arrival > this.#lastKey) {
        const length = Math.min(LONGEST_GOP_MS, unit.arrival - this.#lastKey);
        this.#gopMs = Math.max(length, this.#gopMs - (this.#gopMs - length) / 2);
      }
      this.#lastKey = unit.arrival;
      this.#forget(0);
      this.#keep({ serial, unit });
      this.#bytes = unit.size;
      return;
    }
    const first = this.#entries[0];
    if (first === undefined) return;
    if (this.#entries.length >= MOST_UNITS || this.#bytes + unit.size > MOST_BYTES) {
      // Too long to be decoded whole: the key frame stays, and nothing newer can be had until the next.
      this.#forget(1);
      this.#bytes = Number.POSITIVE_INFINITY;
      return;
    }
    this.#keep({ serial, unit });
    this.#bytes += unit.size;
  }

  /** The stream begins anew, or is coded in another way. */
  clear(): void {
    this.#forget(0);
    this.#bytes = 0;
    this.#lastKey = undefined;
  }

  #keep(entry: Entry): void {
    entry.unit.memory?.hold();
    this.#entries.push(entry);
  }

  /** All but the first so many. */
  #forget(from: number): void {
    for (const { unit } of this.#entries.slice(from)) unit.memory?.letGo();
    this.#entries = this.#entries.slice(0, from);
  }
}
