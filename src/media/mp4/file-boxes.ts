/**
 * The boxes of a whole MP4 file (ISO/IEC 14496-12 section 4.2), from their heads alone: how long the file itself says it is.
 */

import type { RandomReader } from './random-reader.ts';

export interface FileBox {
  readonly type: string;
  readonly start: number;
  /** Bytes of its header: 8 or 16. */
  readonly head: number;
  /** With its header. */
  readonly size: number;
}

export interface FileBoxes {
  readonly boxes: readonly FileBox[];
  /**
   * `whole`: data and movie are there, and `end` is where the file ends. `short`: the last box ends at `end`, beyond what there is.
   * `open`: the data box does not say how long it is, as in a recording that was never closed. `broken`: at `end` begins no box.
   * `none`: this is no MP4.
   */
  readonly state: 'whole' | 'short' | 'open' | 'broken' | 'none';
  readonly end: number;
}

const KNOWN = new Set([
  'ftyp',
  'mdat',
  'moov',
  'free',
  'skip',
  'wide',
  'udta',
  'uuid',
  'meta',
  'pnot',
  'moof',
  'sidx',
  'mfra',
]);
const MOST_BOXES = 10_000;

interface Wanted {
  readonly offset: number;
  readonly length: number;
}

/** @param read bytes at an offset, fewer at the end @param limit bytes that there are, which may be more than the file has */
export function fileBoxes(read: (offset: number, length: number) => Buffer, limit: number): FileBoxes {
  const walk = walkFile(limit);
  let step = walk.next();
  while (!step.done) step = walk.next(read(step.value.offset, step.value.length));
  return step.value;
}

/** The same of a file that is read asynchronously. */
export async function fileBoxesOf(reader: RandomReader): Promise<FileBoxes> {
  const walk = walkFile(reader.size);
  let step = walk.next();
  while (!step.done) step = walk.next(Buffer.from(await reader.read(step.value.offset, step.value.length)));
  return step.value;
}

/** Asks for bytes and is given them. */
function* walkFile(limit: number): Generator<Wanted, FileBoxes, Buffer> {
  const boxes: FileBox[] = [];
  const seen = new Set<string>();
  let at = 0;
  const done = (): boolean => seen.has('mdat') && (seen.has('moov') || seen.has('moof'));
  while (boxes.length < MOST_BOXES) {
    if (at + 8 > limit) return { boxes, state: done() ? 'whole' : at === 0 ? 'none' : 'short', end: at };
    const bytes = yield { offset: at, length: 16 };
    const type = bytes.length < 8 ? '' : bytes.toString('latin1', 4, 8);
    const short = bytes.length < 8 ? 0 : bytes.readUInt32BE(0);
    const long = short === 1 && bytes.length === 16;
    const head = long ? 16 : 8;
    const size = long ? bytes.readUInt32BE(8) * 2 ** 32 + bytes.readUInt32BE(12) : short;
    if (at === 0 && (type !== 'ftyp' || size < 8 || size > 4096)) return { boxes, state: 'none', end: 0 };
    // After the movie comes what belongs to it, or slack of the last cluster.
    const again = done() && ['ftyp', 'mdat', 'moov'].includes(type) && !seen.has('moof');
    const endless = type === 'mdat' && (size === 0 || size === head);
    if (!KNOWN.has(type) || again || (size < head && !endless))
      return { boxes, state: done() ? 'whole' : 'broken', end: at };
    if (endless) return { boxes: [...boxes, { type, start: at, head, size: 0 }], state: 'open', end: at + head };
    if (at + size > limit)
      return { boxes: [...boxes, { type, start: at, head, size }], state: 'short', end: at + size };
    boxes.push({ type, start: at, head, size });
    seen.add(type);
    at += size;
  }
  return { boxes, state: 'broken', end: at };
}
