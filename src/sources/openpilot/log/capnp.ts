/**
 * Reads messages of Cap'n Proto in place, by offsets (https://capnproto.org/encoding.html). No generated code: who reads knows where a field is.
 *
 * Whatever a message says, reading it costs bounded time: each pointer is checked against its segment, a far pointer is followed once (twice for a
 * double one), and all that is reached through pointers together may not be more than a few times what the message holds, so that pointers that
 * meet or run in circles come to an end.
 */

/** The message is not what it claims to be; it alone is passed over. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** A message may be reached through pointers this many times over; each field is read once, so a sound one needs one. */
const TRAVERSALS = 4;
/** Capn' Proto's own limit. */
const MOST_SEGMENTS = 512;
/** A log's own messages are far below a megabyte, a picture for debugging has a few. */
export const MOST_WORDS = 4 * 1024 * 1024;
const MOST_ITEMS = 4096;
const LONGEST_TEXT = 4096;

const utf8 = new TextDecoder('utf-8');

/** One memory with messages in it, seen in every width; begins at a multiple of eight. All machines that Vidette runs on are little-endian. */
class Memory {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  constructor(buffer: ArrayBuffer) {
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }
}

/** What a pointer leads to, where the last call of `follow` left it. All positions are words of the memory. */
interface Target {
  /** 0 struct, 1 list. */
  kind: number;
  word: number;
  segment: number;
  /** Sizes, as the upper half of the pointer holds them. */
  sizes: number;
}

/**
 * The message that is being looked at. One of these serves for all messages of a memory: what was read of one message is no longer valid when the
 * next is loaded.
 */
export class Message {
  memory: Memory;
  /** First word of each segment, and one behind its last. */
  readonly #starts = new Float64Array(MOST_SEGMENTS);
  readonly #ends = new Float64Array(MOST_SEGMENTS);
  #segments = 0;
  #budget = 0;
  readonly #target: Target = { kind: 0, word: 0, segment: 0, sizes: 0 };

  constructor(buffer: ArrayBuffer) {
    this.memory = new Memory(buffer);
  }

  /** The same messages have moved into a larger memory. */
  moved(buffer: ArrayBuffer): void {
    this.memory = new Memory(buffer);
  }

  /**
   * Looks at the message whose table of segments begins at byte `at`; a multiple of eight. Bytes behind `end` do not exist.
   * @returns its length in bytes with its table; 0 when it goes on behind `end`
   * @throws Malformed when there cannot be a message
   */
  load(at: number, end: number): number {
    const { u32 } = this.memory;
    if (end - at < 8) return 0;
    const first = at >> 2;
    const count = (u32[first] ?? 0) + 1;
    if (count > MOST_SEGMENTS) throw new Malformed(`${count} segments in one message`);
    const table = (4 + 4 * count + 7) & ~7;
    if (end - at < table) return 0;
    let word = (at + table) >> 3;
    const start = word;
    for (let index = 0; index < count; index++) {
      this.#starts[index] = word;
      word += u32[first + 1 + index] ?? 0;
      this.#ends[index] = word;
    }
    const words = word - start;
    if (words > MOST_WORDS) throw new Malformed(`a message of ${words * 8} bytes`);
    if (words === 0) throw new Malformed('a message of no bytes');
    const length = table + words * 8;
    if (end - at < length) return 0;
    this.#segments = count;
    this.#budget = words * TRAVERSALS + 64;
    return length;
  }

  root(): Struct {
    const first = this.#starts[0] ?? 0;
    if (first >= (this.#ends[0] ?? 0)) throw new Malformed('no root');
    const root = this.struct(first, 0);
    if (!root) throw new Malformed('no root');
    return root;
  }

  /** The struct that the pointer in this word leads to; null: none. */
  struct(word: number, segment: number): Struct | null {
    const target = this.#follow(word, segment);
    if (!target) return null;
    if (target.kind !== 0) throw new Malformed('a list where a struct belongs');
    const data = target.sizes & 0xffff;
    const pointers = target.sizes >>> 16;
    this.#claim(target.word, target.segment, data + pointers);
    return new Struct(this, target.segment, target.word, data, pointers);
  }

  /** Where the items of a list of 32-bit (4) or 64-bit (5) numbers or bytes (2) are: its first byte and how many; null: no list. */
  numbers(word: number, segment: number, size: 2 | 4 | 5): { at: number; count: number } | null {
    const target = this.#follow(word, segment);
    if (!target) return null;
    const count = target.sizes >>> 3;
    if (target.kind !== 1 || (target.sizes & 7) !== size) {
      // An empty list may have been written as a list of nothing.
      if (target.kind === 1 && count === 0) return null;
      throw new Malformed('a list of another kind');
    }
    const words = size === 5 ? count : size === 4 ? Math.ceil(count / 2) : Math.ceil(count / 8);
    this.#claim(target.word, target.segment, words);
    return { at: target.word * 8, count };
  }

  structs(word: number, segment: number): Struct[] {
    const target = this.#follow(word, segment);
    if (!target) return [];
    const { word: tagWord, segment: where } = target;
    if (target.kind !== 1 || (target.sizes & 7) !== 7) {
      if (target.kind === 1 && target.sizes >>> 3 === 0) return [];
      throw new Malformed('a list of another kind');
    }
    const words = target.sizes >>> 3;
    this.#claim(tagWord, where, words + 1);
    const count = (this.memory.u32[tagWord * 2] ?? 0) >>> 2;
    const sizes = this.memory.u32[tagWord * 2 + 1] ?? 0;
    const data = sizes & 0xffff;
    const pointers = sizes >>> 16;
    if (count * (data + pointers) > words || count > MOST_ITEMS)
      throw new Malformed('a list that is longer than itself');
    this.#spend(count);
    const items: Struct[] = [];
    for (let index = 0; index < count; index++)
      items.push(new Struct(this, where, tagWord + 1 + index * (data + pointers), data, pointers));
    return items;
  }

  #follow(from: number, inSegment: number): Target | null {
    const { u32, i32 } = this.memory;
    let word = from;
    let segment = inSegment;
    let low = u32[word * 2] ?? 0;
    let sizes = u32[word * 2 + 1] ?? 0;
    if (low === 0 && sizes === 0) return null;
    const target = this.#target;
    if ((low & 3) !== 2) {
      target.kind = low & 3;
      target.word = word + 1 + ((i32[word * 2] ?? 0) >> 2);
      target.segment = segment;
      target.sizes = sizes;
      if (target.kind === 3) throw new Malformed('a pointer of an unknown kind');
      return target;
    }
    // Far: the pointer, or two words that say where and what, are in another segment.
    const double = (low & 4) !== 0;
    segment = sizes;
    word = this.#within(segment, low >>> 3, double ? 2 : 1);
    low = u32[word * 2] ?? 0;
    sizes = u32[word * 2 + 1] ?? 0;
    if (double) {
      if ((low & 7) !== 2) throw new Malformed('a far pointer that leads nowhere');
      target.segment = sizes;
      target.word = this.#within(sizes, low >>> 3, 0);
      low = u32[word * 2 + 2] ?? 0;
      target.kind = low & 3;
      target.sizes = u32[word * 2 + 3] ?? 0;
    } else {
      if (low === 0 && sizes === 0) return null;
      target.segment = segment;
      target.kind = low & 3;
      target.word = word + 1 + ((i32[word * 2] ?? 0) >> 2);
      target.sizes = sizes;
    }
    if (target.kind > 1) throw new Malformed('a far pointer that leads to another');
    return target;
  }

  /** The word of the memory that is word `offset` of a segment, with `words` behind it. */
  #within(segment: number, offset: number, words: number): number {
    if (segment >= this.#segments) throw new Malformed('a pointer into a segment that is not there');
    const word = (this.#starts[segment] ?? 0) + offset;
    if (word + words > (this.#ends[segment] ?? 0)) throw new Malformed('a pointer out of its segment');
    return word;
  }

  #claim(word: number, segment: number, words: number): void {
    if (word < (this.#starts[segment] ?? 0) || word + words > (this.#ends[segment] ?? 0))
      throw new Malformed('a pointer out of its segment');
    this.#spend(words + 1);
  }

  #spend(words: number): void {
    this.#budget -= words;
    if (this.#budget < 0) throw new Malformed('pointers that run in circles');
  }
}

/** A struct of the message that is being looked at. Fields behind its end (of a later schema than the writer's) have their defaults. */
export class Struct {
  readonly #message: Message;
  readonly #segment: number;
  readonly #data: number;
  readonly #dataBytes: number;
  readonly #pointers: number;
  readonly #pointerCount: number;
  /** @param word of its data; its pointers are behind it */
  constructor(message: Message, segment: number, word: number, dataWords: number, pointerCount: number) {
    this.#message = message;
    this.#segment = segment;
    this.#data = word * 8;
    this.#dataBytes = dataWords * 8;
    this.#pointers = word + dataWords;
    this.#pointerCount = pointerCount;
  }

  /** All offsets are bytes from the start of the data, as the compiler of the schema lays them out. */
  i8(at: number): number {
    return at >= this.#dataBytes ? 0 : ((this.#message.memory.u8[this.#data + at] ?? 0) << 24) >> 24;
  }
  u16(at: number): number {
    return at >= this.#dataBytes ? 0 : (this.#message.memory.u16[(this.#data + at) >> 1] ?? 0);
  }
  u32(at: number): number {
    return at >= this.#dataBytes ? 0 : (this.#message.memory.u32[(this.#data + at) >> 2] ?? 0);
  }
  i32(at: number): number {
    return at >= this.#dataBytes ? 0 : (this.#message.memory.i32[(this.#data + at) >> 2] ?? 0);
  }
  f32(at: number): number {
    return at >= this.#dataBytes ? 0 : (this.#message.memory.f32[(this.#data + at) >> 2] ?? 0);
  }
  f64(at: number): number {
    return at >= this.#dataBytes ? 0 : (this.#message.memory.f64[(this.#data + at) >> 3] ?? 0);
  }
  /** Exact up to 2^53: a hundred days in nanoseconds. */
  u64(at: number): number {
    if (at >= this.#dataBytes) return 0;
    const { u32 } = this.#message.memory;
    const word = (this.#data + at) >> 2;
    return (u32[word] ?? 0) + (u32[word + 1] ?? 0) * 4_294_967_296;
  }
  i64(at: number): number {
    if (at >= this.#dataBytes) return 0;
    const { u32, i32 } = this.#message.memory;
    const word = (this.#data + at) >> 2;
    return (u32[word] ?? 0) + (i32[word + 1] ?? 0) * 4_294_967_296;
  }
  /** @param bit counted from the start of the data */
  bit(bit: number): boolean {
    const at = bit >> 3;
    return at < this.#dataBytes && (((this.#message.memory.u8[this.#data + at] ?? 0) >> (bit & 7)) & 1) === 1;
  }

  struct(pointer: number): Struct | null {
    return pointer >= this.#pointerCount ? null : this.#message.struct(this.#pointers + pointer, this.#segment);
  }
  structs(pointer: number): Struct[] {
    return pointer >= this.#pointerCount ? [] : this.#message.structs(this.#pointers + pointer, this.#segment);
  }
  /** A copy. */
  floats(pointer: number): Float32Array<ArrayBuffer> {
    const list = this.#list(pointer, 4);
    if (!list) return new Float32Array(0);
    return this.#message.memory.f32.slice(list.at >> 2, (list.at >> 2) + list.count) as Float32Array<ArrayBuffer>;
  }
  doubles(pointer: number): Float64Array<ArrayBuffer> {
    const list = this.#list(pointer, 5);
    if (!list) return new Float64Array(0);
    return this.#message.memory.f64.slice(list.at >> 3, (list.at >> 3) + list.count) as Float64Array<ArrayBuffer>;
  }
  /** A copy of at most `most` bytes; empty where there are more or none. */
  bytes(pointer: number, most: number): Uint8Array<ArrayBuffer> {
    const list = pointer >= this.#pointerCount ? null : this.#numbers(pointer, 2);
    if (!list || list.count > most) return new Uint8Array(0);
    return this.#message.memory.u8.slice(list.at, list.at + list.count) as Uint8Array<ArrayBuffer>;
  }
  /** UTF-8; cut where it is very long. */
  text(pointer: number): string {
    const list = pointer >= this.#pointerCount ? null : this.#numbers(pointer, 2);
    // The last byte is a zero.
    if (!list || list.count <= 1) return '';
    return utf8.decode(this.#message.memory.u8.subarray(list.at, list.at + Math.min(list.count - 1, LONGEST_TEXT)));
  }

  #list(pointer: number, size: 4 | 5): { at: number; count: number } | null {
    if (pointer >= this.#pointerCount) return null;
    const list = this.#numbers(pointer, size);
    if (list && list.count > MOST_ITEMS) throw new Malformed(`a list of ${list.count} numbers`);
    return list;
  }
  #numbers(pointer: number, size: 2 | 4 | 5): { at: number; count: number } | null {
    return this.#message.numbers(this.#pointers + pointer, this.#segment, size);
  }
}
