/**
 * Finds the blocks of a bzip2 file and makes of each a file of its own, so that they are decoded one by one: a file that is cut or damaged gives all
 * blocks in front of that place, and memory holds one block at a time. A block begins at any bit with 48 bits that are π, and the file ends with
 * 48 bits that are √π (format: https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf, section 2.2). Pure.
 */

/** 0x314159265359. */
const BLOCK = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59] as const;
/** 0x177245385090. */
const END = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90] as const;
const MAGIC_BITS = 48;

interface Mark {
  /** Of the magic's first bit. */
  readonly bit: number;
  readonly kind: 'block' | 'end';
}

/** Eight bits that begin at any bit; zeros behind the end. */
function byteAt(bytes: Uint8Array, bit: number): number {
  const at = bit >>> 3;
  const shift = bit & 7;
  const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return (pair >> (8 - shift)) & 0xff;
}

const isAt = (bytes: Uint8Array, bit: number, magic: readonly number[]): boolean =>
  magic.every((value, index) => byteAt(bytes, bit + index * 8) === value);

/** For the second byte that a magic touches: at which of the eight shifts it may begin in the byte before. */
function shiftsOf(magic: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (let shift = 0; shift < 8; shift++) {
    const [first = 0, second = 0] = magic;
    const value = (((first << 8) | second) >> shift) & 0xff;
    table[value] = (table[value] ?? 0) | (1 << shift);
  }
  return table;
}

function* marks(bytes: Uint8Array): Generator<Mark> {
  const block = shiftsOf(BLOCK);
  const end = shiftsOf(END);
  for (let at = 0; at + 6 < bytes.length + 1; at++) {
    const value = bytes[at + 1] ?? 0;
    const candidates = (block[value] ?? 0) | (end[value] ?? 0);
    if (candidates === 0) continue;
    for (let shift = 0; shift < 8; shift++) {
      if ((candidates & (1 << shift)) === 0) continue;
      const bit = at * 8 + shift;
      if (bit + MAGIC_BITS > bytes.length * 8) continue;
      if (isAt(bytes, bit, BLOCK)) yield { bit, kind: 'block' };
      else if (isAt(bytes, bit, END)) yield { bit, kind: 'end' };
    }
  }
}

export interface Bz2Block {
  /** Byte of the file in which it begins. */
  readonly at: number;
  /** A whole bzip2 file with this block alone. */
  readonly file: Uint8Array;
  /** Whether another block or the end of the file stands behind it; else it is the last of a file that is cut. */
  readonly whole: boolean;
}

/** In the order of the file; each is made when it is asked for. Files that were put behind one another count as one. */
export function* bz2Blocks(bytes: Uint8Array): Generator<Bz2Block> {
  let open: Mark | null = null;
  for (const mark of marks(bytes)) {
    if (open?.kind === 'block') yield { at: open.bit >>> 3, file: alone(bytes, open.bit, mark.bit), whole: true };
    open = mark;
  }
  if (open?.kind === 'block')
    yield { at: open.bit >>> 3, file: alone(bytes, open.bit, bytes.length * 8), whole: false };
}

/** Whether the file goes to its end mark. */
export function endsWhole(bytes: Uint8Array): boolean {
  // The mark, 32 bits of checksum, and up to seven bits of filling.
  const last = bytes.length * 8 - MAGIC_BITS - 32;
  for (let bit = last; bit > last - 8; bit--) if (bit >= 0 && isAt(bytes, bit, END)) return true;
  return false;
}

/** Head, the block's bits, the end mark, and the checksum of the file, which for one block is the block's own. */
function alone(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const bits = to - from;
  const whole = bits >>> 3;
  const rest = bits & 7;
  const file = new Uint8Array(4 + whole + 1 + 10 + 1);
  file.set([0x42, 0x5a, 0x68, 0x39]);
  const start = from >>> 3;
  const shift = from & 7;
  for (let index = 0; index < whole; index++)
    file[4 + index] = ((((bytes[start + index] ?? 0) << 8) | (bytes[start + index + 1] ?? 0)) >> (8 - shift)) & 0xff;
  const last = byteAt(bytes, from + whole * 8) & (0xff00 >> rest);
  const checksum = [0, 8, 16, 24].map((bit) => byteAt(bytes, from + MAGIC_BITS + bit));
  let carry = last;
  for (const [index, value] of [...END, ...checksum].entries()) {
    file[4 + whole + index] = carry | (value >> rest);
    carry = (value << (8 - rest)) & 0xff;
  }
  file[4 + whole + 10] = carry;
  return file;
}
