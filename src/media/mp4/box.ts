/**
 * Boxes of ISO/IEC 14496-12, section 4.2: built from parts, and taken apart again within a buffer.
 */
import { InputError } from '../../base/errors.ts';

/** The track numbers of every file that Vidette records. */
export const VIDEO_TRACK = 1;
export const AUDIO_TRACK = 2;

/** A box of the given four-character type around its parts. */
export function box(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32BE(
    parts.reduce((sum, part) => sum + part.length, 8),
    0,
  );
  head.write(type, 4, 4, 'latin1');
  return Buffer.concat([head, ...parts]);
}

/** A box with version and flags in front of its parts (section 4.2, FullBox). */
export function fullBox(type: string, version: number, flags: number, ...parts: readonly Uint8Array[]): Buffer {
  return box(type, u32(version * 0x1000000 + flags), ...parts);
}

/** A `uuid` box: 16 bytes of extended type, then the parts. */
export function uuidBox(type: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  return box('uuid', type, ...parts);
}

export function u8(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

export function u16(...values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(values.length * 2);
  values.forEach((value, index) => {
    out.writeUInt16BE(value, index * 2);
  });
  return out;
}

export function u32(...values: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => {
    out.writeUInt32BE(value, index * 4);
  });
  return out;
}

export function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

/** Writes a whole number of up to 2^53 as 64 bits. */
export function putU64(target: Buffer, value: number, offset: number): void {
  target.writeUInt32BE(Math.floor(value / 0x100000000), offset);
  target.writeUInt32BE(value % 0x100000000, offset + 4);
}

/** Reads 64 bits as a number. @throws InputError above 2^53, which no honest file holds. */
export function getU64(source: Buffer, offset: number, name: string): number {
  const high = source.readUInt32BE(offset);
  if (high >= 0x200000) throw new InputError(name, 'a 64-bit number is too large', { offset });
  return high * 0x100000000 + source.readUInt32BE(offset + 4);
}

/** The 16 bytes of a UUID. */
export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

export interface BoxView {
  readonly type: string;
  /** What follows the header, as a view. */
  readonly body: Buffer;
  /** Of the box's first byte, in the buffer that was walked. */
  readonly start: number;
  readonly end: number;
}

/** Size and type of the box at `offset`, or undefined where fewer than a header's bytes are left. Size 0 ("to the end") is given as it stands. */
export function boxHead(
  source: Buffer,
  offset: number,
  name: string,
): { readonly type: string; readonly size: number; readonly head: number } | undefined {
  if (offset + 8 > source.length) return undefined;
  const size = source.readUInt32BE(offset);
  const type = source.toString('latin1', offset + 4, offset + 8);
  if (size !== 1) return { type, size, head: 8 };
  if (offset + 16 > source.length) return undefined;
  return { type, size: getU64(source, offset + 8, name), head: 16 };
}

/**
 * The boxes that fill `source`, in order.
 * @throws InputError when one is shorter than its header or reaches beyond the end.
 */
export function* boxes(source: Buffer, name: string, base = 0): Generator<BoxView> {
  let offset = 0;
  while (offset < source.length) {
    const head = boxHead(source, offset, name);
    if (!head || head.size < head.head || offset + head.size > source.length)
      throw new InputError(name, 'a box does not fit into the one around it', { offset: base + offset });
    const end = offset + head.size;
    yield { type: head.type, body: source.subarray(offset + head.head, end), start: offset, end };
    offset = end;
  }
}

/** The first box of a type directly inside `source`, or undefined. */
export function findBox(source: Buffer, type: string, name: string): Buffer | undefined {
  for (const found of boxes(source, name)) if (found.type === type) return found.body;
  return undefined;
}

/** Asserts that a body is long enough to be read at fixed offsets. */
export function needBytes(body: Buffer, length: number, what: string, name: string): void {
  if (body.length < length) throw new InputError(name, `the ${what} box is too short`);
}
