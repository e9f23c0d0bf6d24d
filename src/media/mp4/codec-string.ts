/**
 * RFC 6381 codec strings from what an MP4 says of its tracks.
 */
import { boxes, needBytes } from './box.ts';

/** `avc1.PPCCLL` (RFC 6381 section 3.3) from the body of `avcC`. */
export function avcCodecString(description: Buffer, name: string): string {
  needBytes(description, 4, 'avcC', name);
  return `avc1.${description.toString('hex', 1, 4)}`;
}

/** `hvc1.…` (ISO/IEC 14496-15 annex E.3) from the body of `hvcC`. */
export function hevcCodecString(description: Buffer, name: string): string {
  needBytes(description, 13, 'hvcC', name);
  const first = description.readUInt8(1);
  const space = ['', 'A', 'B', 'C'][first >> 6];
  const tier = first & 0x20 ? 'H' : 'L';
  const compatibility = reverse32(description.readUInt32BE(2)).toString(16);
  const constraints = [...description.subarray(6, 12)];
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop();
  const parts = [`hvc1.${space}${first & 0x1f}`, compatibility, `${tier}${description.readUInt8(12)}`];
  return [...parts, ...constraints.map((value) => value.toString(16))].join('.');
}

function reverse32(value: number): number {
  let out = 0;
  for (let bit = 0; bit < 32; bit++) if ((value >>> bit) & 1) out |= 1 << (31 - bit);
  return out >>> 0;
}

/** `mp4a.40.N` (RFC 6381 section 3.3), N being the object type in the AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1). */
export function aacCodecString(specific: Buffer, name: string): string {
  needBytes(specific, 2, 'esds', name);
  const short = specific.readUInt8(0) >> 3;
  const type = short === 31 ? 32 + ((specific.readUInt16BE(0) >> 5) & 0x3f) : short;
  return `mp4a.40.${type}`;
}

/** The AudioSpecificConfig inside the body of an `esds` box (ISO/IEC 14496-1 section 7.2.6), or an empty buffer. */
export function specificConfig(esds: Buffer, name: string): Buffer {
  needBytes(esds, 4, 'esds', name);
  let rest = esds.subarray(4);
  for (let depth = 0; depth < 4 && rest.length >= 2; depth++) {
    const tag = rest.readUInt8(0);
    let at = 1;
    let size = 0;
    for (let more = true; more && at < rest.length && at <= 4; at++) {
      size = size * 128 + (rest.readUInt8(at) & 0x7f);
      more = (rest.readUInt8(at) & 0x80) !== 0;
    }
    const body = rest.subarray(at, at + size);
    if (tag === 5) return body;
    if (tag === 3) rest = body.subarray(3);
    else if (tag === 4) rest = body.subarray(13);
    else rest = rest.subarray(at + size);
  }
  return Buffer.alloc(0);
}

/** The body of a box inside a sample entry, behind the entry's own `fixed` bytes. */
export function entryBox(entry: Buffer, fixed: number, type: string, name: string): Buffer | undefined {
  needBytes(entry, fixed, 'sample entry', name);
  for (const found of boxes(entry.subarray(fixed), name)) if (found.type === type) return found.body;
  return undefined;
}
