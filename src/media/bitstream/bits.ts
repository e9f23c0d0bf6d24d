import { InputError } from '../../base/errors.ts';

/**
 * Reads bits, most significant first, from an RBSP (emulation prevention already removed).
 * Every method throws InputError when the data ends too early.
 */
export class BitReader {
  readonly #data: Uint8Array;
  readonly #name: string;
  #position = 0;

  /** @param name what is read, for the error text */
  constructor(data: Uint8Array, name: string) {
    this.#data = data;
    this.#name = name;
  }

  /** Bits read so far. */
  get position(): number {
    return this.#position;
  }

  /** u(1) as a boolean. */
  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** u(n), 0 ≤ n ≤ 32. */
  bits(count: number): number {
    if (this.#position + count > this.#data.length * 8) throw this.error('the data ends too early');
    let value = 0;
    for (let left = count; left > 0; ) {
      const byte = this.#data[this.#position >> 3] ?? 0;
      const offset = this.#position & 7;
      const take = Math.min(left, 8 - offset);
      value = value * 2 ** take + ((byte >> (8 - offset - take)) & ((1 << take) - 1));
      this.#position += take;
      left -= take;
    }
    return value;
  }

  skip(count: number): void {
    if (this.#position + count > this.#data.length * 8) throw this.error('the data ends too early');
    this.#position += count;
  }

  /** ue(v), ITU-T H.264 section 9.1. Refuses values above `most`. */
  ue(most = 0xffff_fffe): number {
    let zeros = 0;
    while (!this.flag()) if (++zeros > 32) throw this.error('an Exp-Golomb code is too long');
    const value = 2 ** zeros - 1 + this.bits(zeros);
    if (value > most) throw this.error(`a value of ${value} where at most ${most} is allowed`);
    return value;
  }

  /** se(v), ITU-T H.264 section 9.1.1. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  error(reason: string): InputError {
    return new InputError(this.#name, reason, { offset: this.#position >> 3 });
  }
}

/** Writes bits, most significant first. */
export class BitWriter {
  #data: Uint8Array;
  #position = 0;

  constructor(capacity = 256) {
    this.#data = new Uint8Array(capacity);
  }

  /** Low `count` bits of a non-negative integer, 0 ≤ count ≤ 32. */
  bits(value: number, count: number): void {
    this.#room(count);
    for (let left = count; left > 0; ) {
      const offset = this.#position & 7;
      const take = Math.min(left, 8 - offset);
      const part = Math.floor(value / 2 ** (left - take)) & ((1 << take) - 1);
      const at = this.#position >> 3;
      this.#data[at] = (this.#data[at] ?? 0) | (part << (8 - offset - take));
      this.#position += take;
      left -= take;
    }
  }

  /** Two's complement in `count` bits. */
  signed(value: number, count: number): void {
    this.bits(value < 0 ? value + 2 ** count : value, count);
  }

  /** `zeros` zero bits and a one. */
  unary(zeros: number): void {
    this.#room(zeros + 1);
    this.#position += zeros;
    this.bits(1, 1);
  }

  /** Zero bits up to the next whole byte. */
  align(): void {
    this.#position = (this.#position + 7) & ~7;
    this.#room(0);
  }

  /** What was written so far, padded to whole bytes. A view: valid until the next write. */
  bytes(): Uint8Array {
    return this.#data.subarray(0, (this.#position + 7) >> 3);
  }

  #room(bits: number): void {
    const need = ((this.#position + bits + 7) >> 3) + 1;
    if (need <= this.#data.length) return;
    const larger = new Uint8Array(Math.max(need, this.#data.length * 2));
    larger.set(this.#data);
    this.#data = larger;
  }
}
