/**
 * LZMA as it stands in a replay: the "alone" format (13 bytes of properties and length, then one stream), by the public-domain specification that comes
 * with the LZMA SDK (`lzma-specification.txt`). Bounded: no more is written than the caller allows, whatever the head claims.
 */
import { InputError } from '../../../base/errors.ts';

const HEAD = 13;
const STATES = 12;
const POSITION_STATES = 16;
const END_POSITION_MODEL = 14;
const FULL_DISTANCES = 128;
const HALF = 1024;
const TOP = 2 ** 24;
/** Bytes of output that are reserved at first; more as they come, so that a head cannot claim memory. */
const FIRST_ROOM = 1 << 20;

const probabilities = (length: number): Uint16Array => new Uint16Array(length).fill(HALF);

/** Lengths of matches: a choice of three trees. */
class LengthModel {
  readonly choice = probabilities(2);
  readonly low = probabilities(POSITION_STATES << 3);
  readonly middle = probabilities(POSITION_STATES << 3);
  readonly high = probabilities(256);
}

/** The arithmetic decoder. Reads zeros past the end, and says so. */
class RangeDecoder {
  readonly #bytes: Uint8Array;
  #position: number;
  #range = 0xffffffff;
  #code = 0;
  /** Bytes that were asked for and are not there. */
  missing = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#position = start;
    this.#next();
    for (let i = 0; i < 4; i++) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  get position(): number {
    return this.#position;
  }

  #next(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) {
      this.missing++;
      return 0;
    }
    this.#position++;
    return byte;
  }

  bit(model: Uint16Array, index: number): number {
    const probability = model[index] ?? HALF;
    const bound = (this.#range >>> 11) * probability;
    let bit: number;
    if (this.#code < bound) {
      this.#range = bound;
      model[index] = probability + ((2048 - probability) >> 5);
      bit = 0;
    } else {
      this.#range -= bound;
      this.#code -= bound;
      model[index] = probability - (probability >> 5);
      bit = 1;
    }
    if (this.#range < TOP) {
      this.#range = (this.#range << 8) >>> 0;
      this.#code = ((this.#code << 8) | this.#next()) >>> 0;
    }
    return bit;
  }

  direct(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = ((value << 1) | bit) >>> 0;
      if (this.#range < TOP) {
        this.#range = (this.#range << 8) >>> 0;
        this.#code = ((this.#code << 8) | this.#next()) >>> 0;
      }
    }
    return value;
  }

  tree(model: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | this.bit(model, offset + node);
    return node - (1 << bits);
  }

  reverseTree(model: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(model, offset + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  length(model: LengthModel, positionState: number): number {
    if (this.bit(model.choice, 0) === 0) return 2 + this.tree(model.low, positionState << 3, 3);
    if (this.bit(model.choice, 1) === 0) return 10 + this.tree(model.middle, positionState << 3, 3);
    return 18 + this.tree(model.high, 0, 8);
  }
}

export interface Unpacked {
  readonly bytes: Uint8Array;
  /** False where the stream ended before the length that its head names: what was there is in `bytes`. */
  readonly whole: boolean;
}

/**
 * @param name of the input, for errors
 * @param most bytes of output
 * @param place offset of the stream in its file, for errors
 * @throws InputError where it is no LZMA, or makes more than `most`
 */
export function unpackLzma(packed: Uint8Array, name: string, most: number, place = 0): Unpacked {
  const fail = (reason: string, at = 0): never => {
    throw new InputError(name, `LZMA stream: ${reason}`, { offset: place + at });
  };
  if (packed.length < HEAD + 5) fail(`${packed.length} bytes are too few`);
  const properties = packed[0] ?? 0;
  if (properties >= 9 * 5 * 5) fail(`no such properties: ${properties}`);
  const literalContext = properties % 9;
  const literalPosition = Math.trunc(properties / 9) % 5;
  const positionBits = Math.trunc(properties / 45);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const claimed = view.getBigUint64(5, true);
  const open = claimed === 0xffff_ffff_ffff_ffffn;
  if (!open && claimed > BigInt(most)) fail(`would make ${claimed} bytes; ${most} are the most`, 5);
  const length = open ? most : Number(claimed);

  const literals = probabilities(0x300 << (literalContext + literalPosition));
  const isMatch = probabilities(STATES << 4);
  const isRepeat = probabilities(STATES);
  const isRepeat0 = probabilities(STATES);
  const isRepeat1 = probabilities(STATES);
  const isRepeat2 = probabilities(STATES);
  const isLongRepeat0 = probabilities(STATES << 4);
  const slots = [probabilities(64), probabilities(64), probabilities(64), probabilities(64)] as const;
  const special = probabilities(1 + FULL_DISTANCES - END_POSITION_MODEL);
  const align = probabilities(16);
  const matchLength = new LengthModel();
  const repeatLength = new LengthModel();

  const input = new RangeDecoder(packed, HEAD);
  let output = new Uint8Array(Math.min(length, FIRST_ROOM));
  let written = 0;
  let state = 0;
  let [distance0, distance1, distance2, distance3] = [0, 0, 0, 0];
  const positionMask = (1 << positionBits) - 1;
  const literalMask = (1 << literalPosition) - 1;
  const room = (needed: number): void => {
    if (needed <= output.length) return;
    const larger = new Uint8Array(Math.min(length, Math.max(needed, output.length * 2)));
    larger.set(output);
    output = larger;
  };

  let ended = false;
  while (written < length) {
    // The last bytes of a stream may still be in the decoder; a few more are asked for than there are.
    if (input.missing > 4) return { bytes: output.subarray(0, written), whole: false };
    const positionState = written & positionMask;
    if (input.bit(isMatch, (state << 4) + positionState) === 0) {
      room(written + 1);
      const before = written > 0 ? (output[written - 1] ?? 0) : 0;
      const at = 0x300 * (((written & literalMask) << literalContext) + (before >> (8 - literalContext)));
      let symbol = 1;
      if (state >= 7) {
        let match = output[written - distance0 - 1] ?? 0;
        do {
          const expected = (match >> 7) & 1;
          match <<= 1;
          const bit = input.bit(literals, at + ((1 + expected) << 8) + symbol);
          symbol = (symbol << 1) | bit;
          if (expected !== bit) break;
        } while (symbol < 0x100);
      }
      while (symbol < 0x100) symbol = (symbol << 1) | input.bit(literals, at + symbol);
      output[written++] = symbol;
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    let run: number;
    if (input.bit(isRepeat, state) === 1) {
      if (written === 0) fail('repeats what is not there', input.position);
      if (input.bit(isRepeat0, state) === 0) {
        if (input.bit(isLongRepeat0, (state << 4) + positionState) === 0) {
          if (distance0 >= written) fail(`reaches ${distance0 + 1} bytes back, to before the start`, input.position);
          room(written + 1);
          output[written] = output[written - distance0 - 1] ?? 0;
          written++;
          state = state < 7 ? 9 : 11;
          continue;
        }
      } else {
        let distance: number;
        if (input.bit(isRepeat1, state) === 0) distance = distance1;
        else {
          if (input.bit(isRepeat2, state) === 0) distance = distance2;
          else {
            distance = distance3;
            distance3 = distance2;
          }
          distance2 = distance1;
        }
        distance1 = distance0;
        distance0 = distance;
      }
      run = input.length(repeatLength, positionState);
      state = state < 7 ? 8 : 11;
    } else {
      [distance3, distance2, distance1] = [distance2, distance1, distance0];
      run = input.length(matchLength, positionState);
      state = state < 7 ? 7 : 10;
      const slot = input.tree(slots[Math.min(run - 2, 3) as 0 | 1 | 2 | 3], 0, 6);
      distance0 = slot;
      if (slot >= 4) {
        const bits = (slot >> 1) - 1;
        distance0 = ((2 | (slot & 1)) << bits) >>> 0;
        if (slot < END_POSITION_MODEL) distance0 += input.reverseTree(special, distance0 - slot, bits);
        else distance0 = (distance0 + input.direct(bits - 4) * 16 + input.reverseTree(align, 0, 4)) >>> 0;
      }
      if (distance0 === 0xffff_ffff) {
        ended = true;
        break;
      }
    }
    if (distance0 >= written) fail(`reaches ${distance0 + 1} bytes back, to before the start`, input.position);
    run = Math.min(run, length - written);
    room(written + run);
    for (let i = 0; i < run; i++, written++) output[written] = output[written - distance0 - 1] ?? 0;
  }
  if (open && !ended) fail(`makes more than ${most} bytes`, input.position);
  return { bytes: output.subarray(0, written), whole: input.missing <= 4 && (open || written === length) };
}
