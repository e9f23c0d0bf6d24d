/**
 * Pieces of a clip as a browser's buffer takes them (ISO/IEC 14496-12 section 8.8; Media Source Extensions, "ISO BMFF Byte Stream Format").
 * Pure.
 */
import type { MovieIndex } from './movie-index.ts';

/** What comes before the pieces: how the pictures are coded. */
export function headOf(index: MovieIndex): Uint8Array<ArrayBuffer> {
  const mvhd = full(
    'mvhd',
    0,
    0,
    words(0, 0, index.timescale, 0, 0x10000, 0x1000000, 0, 0),
    MATRIX,
    words(0, 0, 0, 0, 0, 0, index.track + 1),
  );
  const mdhd = full('mdhd', 0, 0, words(0, 0, index.timescale, 0, 0x55c40000));
  const empty = (type: string): Uint8Array => full(type, 0, 0, words(0));
  const stbl = box('stbl', index.stsd, empty('stts'), empty('stsc'), full('stsz', 0, 0, words(0, 0)), empty('stco'));
  const dinf = box('dinf', full('dref', 0, 0, words(1), full('url ', 0, 1)));
  const minf = box('minf', full('vmhd', 0, 1, words(0, 0)), dinf, stbl);
  const trak = box('trak', index.tkhd, box('mdia', mdhd, index.hdlr, minf));
  const mvex = box('mvex', full('trex', 0, 0, words(index.track, 1, 0, 0, 0)));
  return joined(box('ftyp', letters('iso5'), words(0x200), letters('iso5iso6mp41')), box('moov', mvhd, trak, mvex));
}

/** Samples `[from, to)` of a clip. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

/** Where the bytes of a piece lie in the file: `[start, end)`. */
export function bytesOf({ samples }: MovieIndex, { from, to }: Piece): { start: number; end: number } {
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  for (let at = from; at < to; at += 1) {
    const offset = samples.offsets[at] ?? 0;
    start = Math.min(start, offset);
    end = Math.max(end, offset + (samples.sizes[at] ?? 0));
  }
  return { start, end };
}

/** @param bytes the file's from `start` on, as {@link bytesOf} named them */
export function fragmentOf(
  index: MovieIndex,
  { from, to }: Piece,
  bytes: Uint8Array,
  start: number,
): Uint8Array<ArrayBuffer> {
  const { samples, track } = index;
  const count = to - from;
  const rows = new DataView(new ArrayBuffer(count * 16));
  const data: Uint8Array[] = [];
  for (let at = from; at < to; at += 1) {
    const row = (at - from) * 16;
    const [offset = 0, size = 0] = [samples.offsets[at], samples.sizes[at]];
    rows.setUint32(row, samples.durations[at] ?? 0);
    rows.setUint32(row + 4, size);
    // sample_depends_on and sample_is_non_sync_sample (section 8.8.3.1).
    rows.setUint32(row + 8, samples.keys[at] === 1 ? 0x02000000 : 0x01010000);
    rows.setInt32(row + 12, samples.shifts?.[at] ?? 0);
    data.push(bytes.subarray(offset - start, offset - start + size));
  }
  const time = samples.times[from] ?? 0;
  const tfdt = full('tfdt', 1, 0, words(Math.floor(time / 2 ** 32), time % 2 ** 32));
  const tfhd = full('tfhd', 0, 0x020000, words(track));
  const moof = (dataAt: number): Uint8Array =>
    box(
      'moof',
      full('mfhd', 0, 0, words(from + 1)),
      box('traf', tfhd, tfdt, full('trun', 1, 0xf01, words(count, dataAt), new Uint8Array(rows.buffer))),
    );
  return joined(moof(moof(0).length + 8), box('mdat', ...data));
}

/** The last sample at which a decoder can begin to show a moment. @param ticks from the start of the clip */
export function keyBefore({ samples }: MovieIndex, ticks: number): number {
  let key = 0;
  for (let at = 0; at < samples.count && (samples.times[at] ?? 0) <= ticks; at += 1)
    if (samples.keys[at] === 1) key = at;
  return key;
}

/** From a sample on, whole groups of pictures: at least so many ticks unless the clip ends, and not many more bytes than that. */
export function pieceFrom({ samples }: MovieIndex, from: number, ticks: number, mostBytes: number): Piece {
  const until = (samples.times[from] ?? 0) + ticks;
  let bytes = samples.sizes[from] ?? 0;
  for (let at = from + 1; at < samples.count; at += 1) {
    const enough = (samples.times[at] ?? 0) >= until || bytes >= mostBytes;
    if (enough && samples.keys[at] === 1) return { from, to: at };
    bytes += samples.sizes[at] ?? 0;
  }
  return { from, to: samples.count };
}

const MATRIX = words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [at, value] of values.entries()) view.setUint32(at * 4, value);
  return new Uint8Array(view.buffer);
}

const letters = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const box = (type: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  joined(words(8 + parts.reduce((sum, { length }) => sum + length, 0)), letters(type), ...parts);
const full = (type: string, version: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  box(type, words(version * 0x1000000 + flags), ...parts);

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
