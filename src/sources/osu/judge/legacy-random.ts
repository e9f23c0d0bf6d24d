/**
 * The game's own generator of random numbers (`FastRandom` of its time; xorshift of 128 bits): what it scatters by chance lies in the same place for everybody. By its
 * published description and ppy/osu, `LegacyRandom` (MIT).
 */

const INT_MASK = 0x7fffffff;
const TO_REAL = 1 / 2 ** 31;
const BITS = 32;

export class LegacyRandom {
  #x: number;
  #y = 842_502_087;
  #z = 3_579_807_591;
  #w = 273_326_509;
  #bits = 0;
  #bitsLeft = 0;

  constructor(seed: number) {
    this.#x = seed >>> 0;
  }

  #unsigned(): number {
    const t = this.#x ^ (this.#x << 11);
    this.#x = this.#y;
    this.#y = this.#z;
    this.#z = this.#w;
    this.#w = (this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return this.#w;
  }

  /** A whole number from 0 on, below 2³¹. */
  next(): number {
    return this.#unsigned() & INT_MASK;
  }

  /** From 0 on, below 1. */
  real(): number {
    return this.next() * TO_REAL;
  }

  /** A whole number, cut towards zero. */
  between(low: number, high: number): number {
    return Math.trunc(low + this.real() * (high - low));
  }

  /** One number gives 32 of them. */
  bool(): boolean {
    if (this.#bitsLeft === 0) {
      this.#bits = this.#unsigned();
      this.#bitsLeft = BITS;
    } else this.#bits >>>= 1;
    this.#bitsLeft--;
    return (this.#bits & 1) === 1;
  }
}
