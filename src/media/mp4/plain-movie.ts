/**
 * What the `moov` of an ordinary MP4 says (ISO/IEC 14496-12 section 8), of any maker: when it was made, its tracks, and where each sample lies.
 */
import { InputError } from '../../base/errors.ts';
import { boxes, findBox, getU64, needBytes } from './box.ts';
import { type FileBoxes, fileBoxesOf } from './file-boxes.ts';
import { type RandomReader, readInto } from './random-reader.ts';

export interface TrackHead {
  readonly id: number;
  /** Of `hdlr`: `vide`, `soun`, … */
  readonly handler: string;
  /** Type of the first sample entry: `avc1`, `hvc1`, `mp4v`, … */
  readonly coding: string;
  /** Body of `avcC` or `hvcC`. */
  readonly description: Buffer | undefined;
  /** Pixels; 0 of sound. */
  readonly width: number;
  readonly height: number;
  /** Ticks per second. */
  readonly timescale: number;
}

export interface PlainTrack extends TrackHead {
  readonly samples: PlainSamples;
}

/** Columns with a value for each sample, in decoding order. */
export interface PlainSamples {
  readonly count: number;
  /** Byte in the file. */
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  /** Decoding time, ticks. */
  readonly times: Float64Array;
  readonly durations: Uint32Array;
  /** Numbers of the key samples, from 0; undefined when all are. */
  readonly keys: Uint32Array | undefined;
}

/** Bytes of a file, half open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface MovieHead {
  /** UTC ms of `mvhd`; undefined when it says nothing (0). */
  readonly created: number | undefined;
  /** Seconds. */
  readonly duration: number;
  readonly tracks: readonly TrackHead[];
}

export interface PlainMovie extends MovieHead {
  readonly tracks: readonly PlainTrack[];
  readonly file: FileBoxes;
}

/** Seconds from 1904-01-01 to 1970-01-01 (section 8.2.2.3). */
const MAC_EPOCH = 2_082_844_800;
const MOST_MOVIE = 64 << 20;
const MOST_SAMPLES = 4_000_000;
const MOST_TRACKS = 16;

/** @throws InputError when there is no `moov`, or it contradicts itself */
export async function readPlainMovie(reader: RandomReader): Promise<PlainMovie> {
  const file = await fileBoxesOf(reader);
  const body = await movieBody(reader, file);
  return { ...parseMovie(body, reader.name, (trak) => parseTrack(trak, reader.name)), file };
}

/**
 * The same without the tables, for who asks thousands of files.
 * @param scratch where the box is read to if it fits: nothing of it is kept
 * @returns also whether every sample lies in the data that is there
 * @throws InputError when there is no `moov`, or it contradicts itself
 */
export async function readMovieHead(
  reader: RandomReader,
  file: FileBoxes,
  scratch: Buffer,
): Promise<MovieHead & { readonly complete: boolean }> {
  const { name } = reader;
  const body = await movieBody(reader, file, scratch);
  const data = dataOf(file, reader.size);
  const head = parseMovie(body, name, (trak) => ({
    ...parseHead(trak, name),
    description: undefined,
    complete: isInside(trak, data, name),
  }));
  return { ...head, complete: head.tracks.every((track) => track.complete) };
}

/** Where samples may lie. @param size bytes that are there */
export function dataOf({ boxes: all }: FileBoxes, size: number): readonly Span[] {
  return all
    .filter((box) => box.type === 'mdat')
    .map((box) => ({ from: box.start + box.head, to: Math.min(size, box.start + box.size) }));
}

function isInside(trak: Buffer, data: readonly Span[], name: string): boolean {
  let inside = true;
  try {
    eachSample(boxAt(trak, name, 'mdia', 'minf', 'stbl'), name, (_, offset, size) => {
      inside &&= data.some(({ from, to }) => offset >= from && offset + size <= to);
    });
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
  return inside;
}

async function movieBody(reader: RandomReader, { boxes: all }: FileBoxes, scratch?: Buffer): Promise<Buffer> {
  const found = all.find((box) => box.type === 'moov');
  if (!found) throw new InputError(reader.name, 'it has no moov box');
  if (found.size > MOST_MOVIE) throw new InputError(reader.name, 'its moov box is too large', { offset: found.start });
  const length = found.size - found.head;
  const room = scratch && scratch.length >= length ? scratch.subarray(0, length) : Buffer.allocUnsafe(length);
  if ((await readInto(reader, room, found.start + found.head)) < length)
    throw new InputError(reader.name, 'its moov box is cut off');
  return room;
}

/** @param moov body of the box. @throws InputError */
function parseMovie<Track>(
  moov: Buffer,
  name: string,
  parse: (trak: Buffer) => Track,
): { readonly created: number | undefined; readonly duration: number; readonly tracks: Track[] } {
  const mvhd = findBox(moov, 'mvhd', name);
  if (!mvhd) throw new InputError(name, 'its moov box has no mvhd');
  const head = timeHead(mvhd, 'mvhd', name);
  const tracks: Track[] = [];
  for (const box of boxes(moov, name)) {
    if (box.type !== 'trak') continue;
    if (tracks.length === MOST_TRACKS) throw new InputError(name, `it has more than ${MOST_TRACKS} tracks`);
    tracks.push(parse(box.body));
  }
  return {
    created: head.created === 0 ? undefined : (head.created - MAC_EPOCH) * 1000,
    duration: head.timescale === 0 ? 0 : head.duration / head.timescale,
    tracks,
  };
}

/** Creation, time scale and duration: `mvhd` and `mdhd` begin alike (sections 8.2.2 and 8.4.2). */
function timeHead(
  body: Buffer,
  type: string,
  name: string,
): { readonly created: number; readonly timescale: number; readonly duration: number } {
  const long = body[0] === 1;
  needBytes(body, long ? 32 : 20, type, name);
  return long
    ? { created: getU64(body, 4, name), timescale: body.readUInt32BE(20), duration: getU64(body, 24, name) }
    : { created: body.readUInt32BE(4), timescale: body.readUInt32BE(12), duration: body.readUInt32BE(16) };
}

function boxAt(body: Buffer, name: string, ...path: string[]): Buffer {
  let at = body;
  for (const type of path) {
    const next = findBox(at, type, name);
    if (!next) throw new InputError(name, `a track has no ${type} box`);
    at = next;
  }
  return at;
}

function parseTrack(trak: Buffer, name: string): PlainTrack {
  const stbl = boxAt(trak, name, 'mdia', 'minf', 'stbl');
  return { ...parseHead(trak, name), samples: parseSamples(stbl, name) };
}

function parseHead(trak: Buffer, name: string): TrackHead {
  const tkhd = boxAt(trak, name, 'tkhd');
  const mdia = boxAt(trak, name, 'mdia');
  const hdlr = boxAt(mdia, name, 'hdlr');
  const stbl = boxAt(mdia, name, 'minf', 'stbl');
  const stsd = boxAt(stbl, name, 'stsd');
  const idAt = tkhd[0] === 1 ? 20 : 12;
  needBytes(tkhd, idAt + 4, 'tkhd', name);
  needBytes(hdlr, 12, 'hdlr', name);
  needBytes(stsd, 16, 'stsd', name);
  const { timescale } = timeHead(boxAt(mdia, name, 'mdhd'), 'mdhd', name);
  if (timescale === 0) throw new InputError(name, 'a track has the time scale 0');
  const [entry] = boxes(stsd.subarray(8), name);
  const handler = hdlr.toString('latin1', 8, 12);
  const video = entry !== undefined && handler === 'vide' && entry.body.length >= 78;
  const inner = video ? [...boxes(entry.body.subarray(78), name)] : [];
  return {
    id: tkhd.readUInt32BE(idAt),
    handler,
    coding: entry?.type ?? '',
    description: inner.find((box) => box.type === 'avcC' || box.type === 'hvcC')?.body,
    width: video ? entry.body.readUInt16BE(24) : 0,
    height: video ? entry.body.readUInt16BE(26) : 0,
    timescale,
  };
}

/** Sections 8.6.1 and 8.7: sizes, durations, chunks. */
function parseSamples(stbl: Buffer, name: string): PlainSamples {
  const table = (type: string, least: number): Buffer | undefined => tableOf(stbl, type, least, name);
  const { count } = sizesOf(stbl, name);
  const sizes = new Uint32Array(count);
  const offsets = new Float64Array(count);
  eachSample(stbl, name, (index, offset, size) => {
    sizes[index] = size;
    offsets[index] = offset;
  });
  const { times, durations } = parseTimes(table('stts', 8), count, name);
  const stss = table('stss', 8);
  let keys: Uint32Array | undefined;
  if (stss) {
    const length = Math.min(stss.readUInt32BE(4), Math.floor((stss.length - 8) / 4));
    keys = Uint32Array.from({ length }, (_, at) => stss.readUInt32BE(8 + at * 4) - 1);
  }
  return { count, sizes, times, durations, keys, offsets };
}

function parseTimes(
  stts: Buffer | undefined,
  count: number,
  name: string,
): { readonly times: Float64Array; readonly durations: Uint32Array } {
  const times = new Float64Array(count);
  const durations = new Uint32Array(count);
  if (!stts) return { times, durations };
  const runs = stts.readUInt32BE(4);
  needBytes(stts, 8 + runs * 8, 'stts', name);
  let at = 0;
  let time = 0;
  for (let run = 0; run < runs; run += 1) {
    const many = stts.readUInt32BE(8 + run * 8);
    const ticks = stts.readUInt32BE(12 + run * 8);
    for (let left = many; left > 0 && at < count; left -= 1, at += 1) {
      times[at] = time;
      durations[at] = ticks;
      time += ticks;
    }
  }
  return { times, durations };
}

function tableOf(stbl: Buffer, type: string, least: number, name: string): Buffer | undefined {
  const body = findBox(stbl, type, name);
  if (body) needBytes(body, least, type, name);
  return body;
}

function sizesOf(stbl: Buffer, name: string): { readonly count: number; readonly at: (sample: number) => number } {
  const stsz = tableOf(stbl, 'stsz', 12, name);
  if (!stsz) throw new InputError(name, 'a track has no sizes of samples');
  const one = stsz.readUInt32BE(4);
  const count = stsz.readUInt32BE(8);
  if (count > MOST_SAMPLES) throw new InputError(name, `a track has ${count} samples`);
  if (one === 0) needBytes(stsz, 12 + count * 4, 'stsz', name);
  return { count, at: (sample) => (one === 0 ? stsz.readUInt32BE(12 + sample * 4) : one) };
}

/** Where each sample lies, in order; samples that no chunk has lie at 0. */
function eachSample(stbl: Buffer, name: string, act: (sample: number, offset: number, size: number) => void): void {
  const sizes = sizesOf(stbl, name);
  const stsc = tableOf(stbl, 'stsc', 8, name);
  const stco = tableOf(stbl, 'stco', 8, name);
  const chunks = stco ?? tableOf(stbl, 'co64', 8, name);
  const chunkCount = stsc && chunks ? chunks.readUInt32BE(4) : 0;
  const runs = stsc?.readUInt32BE(4) ?? 0;
  if (chunks) needBytes(chunks, 8 + chunkCount * (stco ? 4 : 8), stco ? 'stco' : 'co64', name);
  if (stsc) needBytes(stsc, 8 + runs * 12, 'stsc', name);
  let sample = 0;
  let run = 0;
  for (let chunk = 0; stsc && chunks && chunk < chunkCount && sample < sizes.count; chunk += 1) {
    while (run + 1 < runs && stsc.readUInt32BE(8 + (run + 1) * 12) <= chunk + 1) run += 1;
    const many = runs === 0 ? 0 : stsc.readUInt32BE(12 + run * 12);
    let place = stco ? stco.readUInt32BE(8 + chunk * 4) : getU64(chunks, 8 + chunk * 8, name);
    for (let left = many; left > 0 && sample < sizes.count; left -= 1, sample += 1) {
      const size = sizes.at(sample);
      act(sample, place, size);
      place += size;
    }
  }
  for (; sample < sizes.count; sample += 1) act(sample, 0, sizes.at(sample));
}
