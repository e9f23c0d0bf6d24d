/**
 * Writes messages of Cap'n Proto (https://capnproto.org/encoding.html), unpacked, in one segment or in several with far pointers.
 * Written for tests: it shares no code with the reader that it tests.
 */

/** A struct that is being filled: its data by byte offsets, its pointers by index. */
export class StructNode {
  readonly data: DataView;
  readonly pointers: (Node | null)[];
  constructor(dataBytes: number, pointers: number) {
    this.data = new DataView(new ArrayBuffer(Math.ceil(dataBytes / 8) * 8));
    this.pointers = new Array<Node | null>(pointers).fill(null);
  }
  u8(at: number, value: number): this {
    this.data.setUint8(at, value);
    return this;
  }
  i8(at: number, value: number): this {
    this.data.setInt8(at, value);
    return this;
  }
  u16(at: number, value: number): this {
    this.data.setUint16(at, value, true);
    return this;
  }
  u32(at: number, value: number): this {
    this.data.setUint32(at, value, true);
    return this;
  }
  i32(at: number, value: number): this {
    this.data.setInt32(at, value, true);
    return this;
  }
  /** @param value a whole number; fractions are cut off */
  u64(at: number, value: number | bigint): this {
    this.data.setBigUint64(at, typeof value === 'bigint' ? value : BigInt(Math.trunc(value)), true);
    return this;
  }
  f32(at: number, value: number): this {
    this.data.setFloat32(at, value, true);
    return this;
  }
  f64(at: number, value: number): this {
    this.data.setFloat64(at, value, true);
    return this;
  }
  /** @param bit counted from the start of the data */
  bit(bit: number, value: boolean): this {
    const at = bit >> 3;
    const mask = 1 << (bit & 7);
    this.data.setUint8(at, value ? this.data.getUint8(at) | mask : this.data.getUint8(at) & ~mask);
    return this;
  }
  put(index: number, node: Node | null): this {
    this.pointers[index] = node;
    return this;
  }
}

/** Element size as the encoding counts it: 2 = one byte, 5 = eight bytes … */
interface BytesNode {
  readonly elementSize: 2 | 3 | 4 | 5;
  readonly count: number;
  readonly bytes: Uint8Array;
}

interface ListNode {
  readonly structs: readonly StructNode[];
}

interface PointersNode {
  readonly entries: readonly Node[];
}

export type Node = StructNode | BytesNode | ListNode | PointersNode;

export function text(value: string): Node {
  const bytes = Buffer.from(`${value}\0`);
  return { elementSize: 2, count: bytes.length, bytes };
}

export function data(bytes: Uint8Array): Node {
  return { elementSize: 2, count: bytes.length, bytes };
}

export function floats(values: ArrayLike<number>): Node {
  const list = Float32Array.from(values);
  return { elementSize: 4, count: list.length, bytes: new Uint8Array(list.buffer) };
}

export function doubles(values: ArrayLike<number>): Node {
  const list = Float64Array.from(values);
  return { elementSize: 5, count: list.length, bytes: new Uint8Array(list.buffer) };
}

/** All of one shape. */
export const structs = (list: readonly StructNode[]): Node => ({ structs: list });

export const pointerList = (entries: readonly Node[]): Node => ({ entries });

/** `single`: everything in one segment; `far`: each object in a segment of its own; `double-far`: and its tag in yet another. */
export type Layout = 'single' | 'far' | 'double-far';

/** A whole message with its table of segments. */
export function message(root: StructNode, layout: Layout = 'single'): Uint8Array {
  if (layout === 'single') {
    const words = 1 + wordsOf(root);
    const bytes = new Uint8Array(8 + words * 8);
    const view = new DataView(bytes.buffer);
    view.setUint32(4, words, true);
    new Single(bytes, view).place(root, 0);
    return bytes;
  }
  return scattered(root, layout);
}

/** Words that a node and all below it need. */
function wordsOf(node: Node): number {
  if (node instanceof StructNode) return bodyWords(node);
  if ('bytes' in node) return Math.ceil(node.bytes.length / 8);
  if ('entries' in node) return node.entries.reduce((sum, entry) => sum + 1 + wordsOf(entry), 0);
  return 1 + node.structs.reduce((sum, item) => sum + bodyWords(item), 0);
}

function bodyWords(node: StructNode): number {
  let words = node.data.byteLength / 8 + node.pointers.length;
  for (const child of node.pointers) if (child) words += wordsOf(child);
  return words;
}

/** A struct of no size is pointed at where its pointer stands, since a pointer of zeros is none. */
const isBare = (node: StructNode): boolean => node.data.byteLength === 0 && node.pointers.length === 0;

const structPointer = (offset: number, node: StructNode): bigint =>
  (BigInt(offset & 0x3fffffff) << 2n) |
  (BigInt(node.data.byteLength / 8) << 32n) |
  (BigInt(node.pointers.length) << 48n);

const listPointer = (offset: number, elementSize: number, count: number): bigint =>
  1n | (BigInt(offset & 0x3fffffff) << 2n) | (BigInt(elementSize) << 32n) | (BigInt(count) << 35n);

const copyStruct = (bytes: Uint8Array, word: number, node: StructNode): void =>
  bytes.set(new Uint8Array(node.data.buffer), word * 8);

/** Everything behind one another; words count from the start of the segment, which begins 8 bytes into the message. */
class Single {
  readonly #segment: Uint8Array;
  readonly #view: DataView;
  #next = 1;
  constructor(bytes: Uint8Array, view: DataView) {
    this.#segment = bytes.subarray(8);
    this.#view = new DataView(view.buffer, 8);
  }

  /** Writes a node behind what is there, and the pointer to it into word `at`. */
  place(node: Node, at: number): void {
    const start = this.#next;
    const offset = start - at - 1;
    if (node instanceof StructNode) {
      this.#point(at, structPointer(isBare(node) ? -1 : offset, node));
      this.#next += node.data.byteLength / 8 + node.pointers.length;
      this.#body(node, start);
    } else if ('bytes' in node) {
      this.#point(at, listPointer(offset, node.elementSize, node.count));
      this.#segment.set(node.bytes, start * 8);
      this.#next += Math.ceil(node.bytes.length / 8);
    } else if ('entries' in node) {
      this.#point(at, listPointer(offset, 6, node.entries.length));
      this.#next += node.entries.length;
      for (const [index, entry] of node.entries.entries()) this.place(entry, start + index);
    } else {
      const [first] = node.structs;
      const each = first ? first.data.byteLength / 8 + first.pointers.length : 0;
      this.#point(at, listPointer(offset, 7, each * node.structs.length));
      // The tag holds the count where a pointer holds its offset.
      this.#point(start, first ? structPointer(node.structs.length, first) : 0n);
      this.#next += 1 + each * node.structs.length;
      for (const [index, item] of node.structs.entries()) this.#body(item, start + 1 + index * each);
    }
  }

  #body(node: StructNode, word: number): void {
    copyStruct(this.#segment, word, node);
    const pointers = word + node.data.byteLength / 8;
    for (const [index, child] of node.pointers.entries()) if (child) this.place(child, pointers + index);
  }

  #point(word: number, pointer: bigint): void {
    this.#view.setBigUint64(word * 8, pointer, true);
  }
}

/** Each object in a segment of its own, reached by far pointers; the root pointer is alone in segment 0. */
function scattered(root: StructNode, layout: 'far' | 'double-far'): Uint8Array {
  const segments: DataView[] = [new DataView(new ArrayBuffer(8))];
  const allocate = (words: number): number => segments.push(new DataView(new ArrayBuffer(words * 8))) - 1;
  const viewOf = (segment: number): DataView => segments[segment] ?? new DataView(new ArrayBuffer(0));
  const set = (segment: number, word: number, value: bigint): void =>
    viewOf(segment).setBigUint64(word * 8, value, true);
  const far = (segment: number, word: number, double: boolean): bigint =>
    2n | (double ? 4n : 0n) | (BigInt(word) << 3n) | (BigInt(segment) << 32n);

  /** Points from (segment, word) to an object of `words` words; `pad` writes its pointer for an offset. Answers where it is. */
  const link = (from: number, word: number, words: number, pad: (offset: number) => bigint): [number, number] => {
    if (layout === 'far') {
      const target = allocate(words + 1);
      set(target, 0, pad(0));
      set(from, word, far(target, 0, false));
      return [target, 1];
    }
    const target = allocate(words);
    const landing = allocate(2);
    set(landing, 0, far(target, 0, false));
    set(landing, 1, pad(0));
    set(from, word, far(landing, 0, true));
    return [target, 0];
  };
  const body = (node: StructNode, segment: number, word: number): void => {
    const view = viewOf(segment);
    new Uint8Array(view.buffer).set(new Uint8Array(node.data.buffer), word * 8);
    const pointers = word + node.data.byteLength / 8;
    for (const [index, child] of node.pointers.entries()) if (child) place(child, segment, pointers + index);
  };
  const place = (node: Node, from: number, word: number): void => {
    if (node instanceof StructNode && isBare(node)) set(from, word, structPointer(-1, node));
    else if (node instanceof StructNode) {
      const words = node.data.byteLength / 8 + node.pointers.length;
      const [segment, at] = link(from, word, words, (offset) => structPointer(offset, node));
      body(node, segment, at);
    } else if ('bytes' in node) {
      const words = Math.ceil(node.bytes.length / 8);
      const [segment, at] = link(from, word, words, (offset) => listPointer(offset, node.elementSize, node.count));
      new Uint8Array(viewOf(segment).buffer).set(node.bytes, at * 8);
    } else if ('entries' in node) {
      const count = node.entries.length;
      const [segment, at] = link(from, word, count, (offset) => listPointer(offset, 6, count));
      for (const [index, entry] of node.entries.entries()) place(entry, segment, at + index);
    } else {
      const [first] = node.structs;
      const each = first ? first.data.byteLength / 8 + first.pointers.length : 0;
      const words = each * node.structs.length;
      const [segment, at] = link(from, word, words + 1, (offset) => listPointer(offset, 7, words));
      set(segment, at, first ? structPointer(node.structs.length, first) : 0n);
      for (const [index, item] of node.structs.entries()) body(item, segment, at + 1 + index * each);
    }
  };
  place(root, 0, 0);

  const table = Math.ceil((4 + segments.length * 4) / 8) * 8;
  const bytes = new Uint8Array(table + segments.reduce((sum, segment) => sum + segment.byteLength, 0));
  const head = new DataView(bytes.buffer);
  head.setUint32(0, segments.length - 1, true);
  let at = table;
  for (const [index, segment] of segments.entries()) {
    head.setUint32(4 + index * 4, segment.byteLength / 8, true);
    bytes.set(new Uint8Array(segment.buffer), at);
    at += segment.byteLength;
  }
  return bytes;
}
