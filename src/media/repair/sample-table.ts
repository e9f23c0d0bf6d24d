/**
 * The tables of an ordinary MP4 (ISO/IEC 14496-12 sections 8.6 and 8.7), as far as they can be believed: where each picture is, how long it is
 * shown, and how it is coded. Also of a file whose other boxes are damaged: a `moov` is looked for where it should be, and then anywhere near the end.
 */
import { InputError } from '../../base/errors.ts';
import type { VideoCodec } from '../bitstream/nal.ts';
import { boxes, findBox, getU64, needBytes } from '../mp4/box.ts';
import { entryBox } from '../mp4/codec-string.ts';
import type { Bytes } from './bytes.ts';
import { type Coding, codedSize } from './parameters.ts';

export interface TableSample {
  readonly at: number;
  readonly length: number;
  readonly key: boolean;
  /** Ticks. */
  readonly duration: number;
}

export interface SampleTable {
  readonly coding: Coding;
  readonly samples: readonly TableSample[];
  /** UTC ms of the recording's start (`mvhd`); null when it does not say. */
  readonly created: number | null;
  /** There are tracks beside the pictures. */
  readonly others: boolean;
}

export interface TopBox {
  readonly type: string;
  readonly at: number;
  readonly head: number;
  /** Where it ends by its own word; Infinity where the word is none (0, or nothing but a header). */
  readonly end: number;
}

const MOST_BOXES = 64;
const MOST_MOVIE = 64 << 20;
const MOST_SAMPLES = 2_000_000;
/** How far from the end a `moov` is looked for. */
const TAIL = 64 << 20;
const MAC_EPOCH = 2_082_844_800;
const TOP = new Set([
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
  'styp',
  'emsg',
]);

/** The boxes of a file from its start, up to where no box follows. */
function topBoxes(bytes: Bytes): TopBox[] {
  const found: TopBox[] = [];
  let at = 0;
  while (at + 8 <= bytes.size && found.length < MOST_BOXES) {
    const head = bytes.read(at, 16);
    const type = head.toString('latin1', 4, 8);
    if (!TOP.has(type)) break;
    const short = head.readUInt32BE(0);
    const wide = short === 1 && head.length === 16;
    const size = wide ? head.readUInt32BE(8) * 2 ** 32 + head.readUInt32BE(12) : short;
    const length = wide ? 16 : 8;
    const open = size === 0 || (size <= length && type === 'mdat');
    if (!open && size < length) break;
    found.push({ type, at, head: length, end: open ? Number.POSITIVE_INFINITY : at + size });
    if (open || at + size > bytes.size) break;
    at += size;
  }
  return found;
}

/** Where the coded pictures are, as far as the boxes say; undefined when no box of data is found. */
export function placeOfData(bytes: Bytes): { readonly from: number; readonly to: number } | undefined {
  const data = topBoxes(bytes).find((one) => one.type === 'mdat');
  if (!data) return undefined;
  // The length counts where another box follows it, or the file is cut before.
  const follows = data.end + 8 <= bytes.size && TOP.has(bytes.read(data.end + 4, 4).toString('latin1'));
  return { from: data.at + data.head, to: follows ? data.end : bytes.size };
}

/** The movie of a file; undefined when it has none that can be read. */
export function readSampleTable(bytes: Bytes, name: string): SampleTable | undefined {
  const body = movieBody(bytes);
  if (!body) return undefined;
  try {
    return parseMovie(body, name);
  } catch (error) {
    if (error instanceof InputError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function movieBody(bytes: Bytes): Buffer | undefined {
  const box = topBoxes(bytes).find((one) => one.type === 'moov');
  const whole = box && wholeMovie(bytes, box.at);
  if (whole) return whole;
  // Not where the boxes say: the length of the data is wrong, or the head is lost.
  const from = Math.max(0, bytes.size - TAIL);
  for (let at = from; at < bytes.size; at += 1 << 19) {
    const part = bytes.read(at, (1 << 19) + 4);
    for (let hit = part.indexOf('moov'); hit >= 0; hit = part.indexOf('moov', hit + 1)) {
      const body = wholeMovie(bytes, at + hit - 4);
      if (body) return body;
      if (hit + 4 >= part.length) break;
    }
  }
  return undefined;
}

function wholeMovie(bytes: Bytes, at: number): Buffer | undefined {
  if (at < 0) return undefined;
  const head = bytes.read(at, 16);
  if (head.length < 16 || head.toString('latin1', 4, 8) !== 'moov') return undefined;
  const size = head.readUInt32BE(0);
  if (size < 100 || size > MOST_MOVIE || at + size > bytes.size || head.toString('latin1', 12, 16) !== 'mvhd')
    return undefined;
  return Buffer.from(bytes.read(at + 8, size - 8));
}

function inside(body: Buffer, path: readonly string[], name: string): Buffer {
  let at = body;
  for (const type of path) {
    const next = findBox(at, type, name);
    if (!next) throw new InputError(name, `a track has no ${type} box`);
    at = next;
  }
  return at;
}

const ENTRIES: Record<string, VideoCodec> = { avc1: 'h264', avc3: 'h264', hvc1: 'h265', hev1: 'h265' };

function parseMovie(moov: Buffer, name: string): SampleTable | undefined {
  const tracks = [...boxes(moov, name)].filter((one) => one.type === 'trak');
  let table: SampleTable | undefined;
  for (const track of tracks) {
    const stsd = inside(track.body, ['mdia', 'minf', 'stbl', 'stsd'], name);
    needBytes(stsd, 16, 'stsd', name);
    const [entry] = boxes(stsd.subarray(8), name);
    const codec = entry && ENTRIES[entry.type];
    if (!entry || !codec || table) continue;
    needBytes(entry.body, 78, entry.type, name);
    const description = entryBox(entry.body, 78, codec === 'h264' ? 'avcC' : 'hvcC', name);
    if (!description) continue;
    const mdhd = inside(track.body, ['mdia', 'mdhd'], name);
    const timescale = mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12);
    const samples = readSamples(inside(track.body, ['mdia', 'minf', 'stbl'], name), name);
    const ticks = samples.reduce((sum, one) => sum + one.duration, 0);
    const fps = ticks > 0 && timescale > 0 ? (samples.length * timescale) / ticks : 36;
    table = {
      coding: {
        codec,
        description: Buffer.from(description),
        ...codedSize(codec, description),
        fps,
        timescale: timescale || 10_000,
      },
      samples,
      created: createdOf(inside(moov, ['mvhd'], name), name),
      others: tracks.length > 1,
    };
  }
  return table;
}

function createdOf(mvhd: Buffer, name: string): number | null {
  needBytes(mvhd, 20, 'mvhd', name);
  const seconds = mvhd[0] === 1 ? getU64(mvhd, 4, name) : mvhd.readUInt32BE(4);
  return seconds > MAC_EPOCH ? (seconds - MAC_EPOCH) * 1000 : null;
}

function readSamples(stbl: Buffer, name: string): TableSample[] {
  const sizes = sizesOf(inside(stbl, ['stsz'], name), name);
  const keys = findBox(stbl, 'stss', name);
  const durations = durationsOf(inside(stbl, ['stts'], name), sizes.length, name);
  const chunks = chunksOf(stbl, name);
  const perChunk = inside(stbl, ['stsc'], name);
  needBytes(perChunk, 8, 'stsc', name);
  const entries = perChunk.readUInt32BE(4);
  needBytes(perChunk, 8 + entries * 12, 'stsc', name);
  const keySet = keys && new Set(numbers(keys, 'stss', name));
  const samples: TableSample[] = [];
  let entry = 0;
  for (const [chunk, start] of chunks.entries()) {
    while (entry + 1 < entries && perChunk.readUInt32BE(8 + (entry + 1) * 12) <= chunk + 1) entry += 1;
    let at = start;
    const count = entries === 0 ? 0 : perChunk.readUInt32BE(8 + entry * 12 + 4);
    for (let one = 0; one < count && samples.length < sizes.length; one += 1) {
      const index = samples.length;
      const length = sizes[index] ?? 0;
      samples.push({ at, length, key: keySet ? keySet.has(index + 1) : true, duration: durations[index] ?? 0 });
      at += length;
    }
  }
  return samples;
}

function numbers(body: Buffer, what: string, name: string): number[] {
  needBytes(body, 8, what, name);
  const count = body.readUInt32BE(4);
  if (count > MOST_SAMPLES) throw new InputError(name, `the ${what} box lists too much`);
  needBytes(body, 8 + count * 4, what, name);
  return Array.from({ length: count }, (_, index) => body.readUInt32BE(8 + index * 4));
}

function sizesOf(stsz: Buffer, name: string): number[] {
  needBytes(stsz, 12, 'stsz', name);
  const same = stsz.readUInt32BE(4);
  const count = stsz.readUInt32BE(8);
  if (count > MOST_SAMPLES) throw new InputError(name, 'it lists too many pictures');
  if (same > 0) return new Array<number>(count).fill(same);
  needBytes(stsz, 12 + count * 4, 'stsz', name);
  return Array.from({ length: count }, (_, index) => stsz.readUInt32BE(12 + index * 4));
}

function durationsOf(stts: Buffer, samples: number, name: string): number[] {
  needBytes(stts, 8, 'stts', name);
  const count = stts.readUInt32BE(4);
  needBytes(stts, 8 + count * 8, 'stts', name);
  const out: number[] = [];
  for (let entry = 0; entry < count && out.length < samples; entry += 1) {
    const times = Math.min(stts.readUInt32BE(8 + entry * 8), samples - out.length);
    const duration = stts.readUInt32BE(12 + entry * 8);
    for (let one = 0; one < times; one += 1) out.push(duration);
  }
  return out;
}

function chunksOf(stbl: Buffer, name: string): number[] {
  const short = findBox(stbl, 'stco', name);
  if (short) return numbers(short, 'stco', name);
  const wide = inside(stbl, ['co64'], name);
  needBytes(wide, 8, 'co64', name);
  const count = wide.readUInt32BE(4);
  if (count > MOST_SAMPLES) throw new InputError(name, 'it lists too many chunks');
  needBytes(wide, 8 + count * 8, 'co64', name);
  return Array.from({ length: count }, (_, index) => getU64(wide, 8 + index * 8, name));
}
