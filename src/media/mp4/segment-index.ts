/**
 * Reads a recorded segment back: who it is, how it is coded, and where each fragment stands.
 * A finished file is read from the table at its end; an open or cut one is walked up to its last whole fragment.
 */
import { crc32 } from 'node:zlib';
import { InputError } from '../../base/errors.ts';
import { boxHead, VIDEO_TRACK } from './box.ts';
import { CHECK_UUID, ntpToWall } from './fragment.ts';
import {
  type FragmentEntry,
  type FragmentTable,
  MAX_FRAGMENTS,
  MAX_INDEX_BYTES,
  parseIndex,
  type SegmentEnd,
} from './fragment-table.ts';
import { IDENTITY_UUID, parseIdentity, type SegmentIdentity, wallOf } from './identity.ts';
import { type MovieAudioTrack, type MovieTrack, type MovieVideoTrack, parseMovie } from './movie.ts';
import { parseMovieFragment, type TrackFragment } from './movie-fragment.ts';
import { type RandomReader, ReadWindow } from './random-reader.ts';

export interface SegmentConfig {
  /** `ftyp` and `moov` are the first so many bytes of the file: what a player needs before any fragment. */
  readonly initBytes: number;
  /** Where the first fragment begins. */
  readonly headBytes: number;
  readonly video: MovieVideoTrack;
  readonly audio?: MovieAudioTrack;
  /** For MediaSource and Content-Type: `video/mp4; codecs="…"`. */
  readonly mime: string;
}

export interface SegmentIndex {
  readonly identity: SegmentIdentity;
  readonly config: SegmentConfig;
  readonly fragments: readonly FragmentEntry[];
  /** Ticks from the first picture to the end of the last. */
  readonly durationTicks: number;
  /** As in `FragmentTable`. */
  readonly stretchMs?: number;
  readonly frames: number;
  /** Why it ended; null when it is not complete. */
  readonly ended: SegmentEnd | null;
  /** The file was closed: its table stands at the end, and it is whole. */
  readonly complete: boolean;
  /** Up to the end of the last whole fragment, or of the file when complete. */
  readonly validBytes: number;
}

export interface ReadSegmentOptions {
  /** Read as if the file ended here: the extent that a recorder has reported. */
  readonly upTo?: number;
  /** What was read of the same open file before; only what has grown since is walked. */
  readonly after?: SegmentIndex;
  /** Read the payload too and compare each fragment's check sum; the first wrong one ends the file. */
  readonly verify?: boolean;
}

const MAX_MOOV = 1 << 20;
const MAX_MOOF = 8 << 20;
const MAX_IDENTITY = 16 << 10;
/** Boxes before the first fragment, or before a `moof`. */
const MAX_LEAD = 16;
const HEAD_BLOCK = 8192;
const WALK_BLOCK = 4096;

/**
 * @throws InputError when it is no segment of ours; a damaged or missing end is no error but an incomplete index.
 * Errors of the reader itself come through as they are.
 */
export async function readSegmentIndex(reader: RandomReader, options: ReadSegmentOptions = {}): Promise<SegmentIndex> {
  const limit = Math.min(options.upTo ?? reader.size, reader.size);
  const head = options.after ?? (await readHead(new ReadWindow(reader, limit, HEAD_BLOCK)));
  if (options.after === undefined && limit === reader.size) {
    const table = await readTable(reader, head.config.headBytes);
    if (table && (!options.verify || (await allWhole(reader, table.fragments))))
      return { identity: head.identity, config: head.config, ...table, complete: true, validBytes: reader.size };
  }
  return walk(new ReadWindow(reader, limit, WALK_BLOCK), head, options);
}

interface Head {
  readonly identity: SegmentIdentity;
  readonly config: SegmentConfig;
}

async function readHead(window: ReadWindow): Promise<Head> {
  const { name } = window;
  let at = 0;
  let initBytes = 0;
  let tracks: MovieTrack[] | undefined;
  for (let count = 0; count < MAX_LEAD; count++) {
    const found = await topBox(window, at);
    if (!found) throw new InputError(name, 'it ends before its first picture', { offset: at });
    if (count === 0 && found.type !== 'ftyp') throw new InputError(name, 'it is not an MP4 file');
    if (found.type === 'moov') {
      if (found.size > MAX_MOOV) throw new InputError(name, 'its moov box is too large', { offset: at });
      const moov = await window.view(at + found.head, found.size - found.head);
      if (!moov) throw new InputError(name, 'it ends inside its moov box', { offset: at });
      tracks = parseMovie(moov, name);
      initBytes = at + found.size;
    } else if (found.type === 'uuid' && found.extended?.equals(IDENTITY_UUID)) {
      if (found.size > MAX_IDENTITY) throw new InputError(name, 'its identity is too large', { offset: at });
      const json = await window.view(at + found.head + 16, found.size - found.head - 16);
      if (!json || !tracks) throw new InputError(name, 'its identity is cut or not in its place', { offset: at });
      return { identity: parseIdentity(json, name), config: configOf(tracks, initBytes, at + found.size, name) };
    } else if (found.type === 'moof' || found.type === 'mdat') break;
    at += found.size;
  }
  throw new InputError(name, 'it does not say which segment it is: Vidette did not record it');
}

function configOf(tracks: readonly MovieTrack[], initBytes: number, headBytes: number, name: string): SegmentConfig {
  const video = tracks.find((track) => track.kind === 'video');
  const audio = tracks.find((track) => track.kind === 'audio');
  if (video?.id !== VIDEO_TRACK) throw new InputError(name, 'its first track is not the picture');
  const codecs = audio ? `${video.codec},${audio.codec}` : video.codec;
  return { initBytes, headBytes, video, ...(audio ? { audio } : {}), mime: `video/mp4; codecs="${codecs}"` };
}

interface TopBox {
  readonly type: string;
  readonly size: number;
  readonly head: number;
  /** Extended type of a `uuid` box. */
  readonly extended?: Buffer;
}

/** The header of the box at `at`, or undefined when it is cut or impossible. Whether the body is all there is not looked at. */
async function topBox(window: ReadWindow, at: number): Promise<TopBox | undefined> {
  const left = window.limit - at;
  const view = await window.view(at, Math.min(32, Math.max(0, left)));
  if (!view) return undefined;
  const found = orUndefined(() => boxHead(view, 0, window.name));
  if (!found || found.size < found.head) return undefined;
  if (found.type !== 'uuid') return found;
  if (view.length < found.head + 16 || found.size < found.head + 16) return undefined;
  return { ...found, extended: Buffer.from(view.subarray(found.head, found.head + 16)) };
}

/** The table at the end; undefined when there is none or it does not fit the file, which is then walked instead. */
async function readTable(reader: RandomReader, headBytes: number): Promise<FragmentTable | undefined> {
  const { name, size } = reader;
  const window = new ReadWindow(reader, size, 1);
  const mfro = await window.view(size - 16, 16);
  if (mfro?.readUInt32BE(0) !== 16 || mfro.toString('latin1', 4, 8) !== 'mfro') return undefined;
  const bytes = mfro.readUInt32BE(12);
  const start = size - bytes;
  if (bytes > MAX_INDEX_BYTES || bytes < 24 || start < headBytes) return undefined;
  const mfra = await window.view(start, bytes);
  if (!mfra || mfra.readUInt32BE(0) !== bytes || mfra.toString('latin1', 4, 8) !== 'mfra') return undefined;
  return orUndefined(() => parseIndex(mfra.subarray(8), name, headBytes, start));
}

/** What a parser of hostile bytes finds, or undefined where it refuses them. */
function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function walk(window: ReadWindow, head: Head | SegmentIndex, options: ReadSegmentOptions): Promise<SegmentIndex> {
  const before = 'fragments' in head ? head : undefined;
  const fragments = [...(before?.fragments ?? [])];
  let at = before?.validBytes ?? head.config.headBytes;
  let frames = before?.frames ?? 0;
  while (fragments.length < MAX_FRAGMENTS) {
    const found = await readFragment(window, at, head, options.verify === true);
    if (!found) break;
    const last = fragments.at(-1);
    if (found.video) {
      const { time, durationTicks, key, samples } = found.video;
      const wall = found.wall ?? wallOf(head.identity.runWallStart, head.identity.mediaStart + time);
      fragments.push({ offset: at, bytes: found.end - at, time, durationTicks, wall, key, frames: samples });
      frames += samples;
    } else if (last) fragments[fragments.length - 1] = { ...last, bytes: found.end - last.offset };
    at = found.end;
  }
  const last = fragments.at(-1);
  const durationTicks = last ? Math.max(0, last.time + last.durationTicks) : 0;
  const { identity, config } = head;
  return { identity, config, fragments, durationTicks, frames, ended: null, complete: false, validBytes: at };
}

interface FoundFragment {
  readonly video: TrackFragment | undefined;
  readonly wall: number | undefined;
  readonly end: number;
}

/** The fragment that begins at `start`, when it is there from its first byte to its last. */
async function readFragment(
  window: ReadWindow,
  start: number,
  head: Head,
  verify: boolean,
): Promise<FoundFragment | undefined> {
  let at = start;
  let wall: number | undefined;
  let check: { sum: number; bytes: number; from: number } | undefined;
  for (let count = 0; count < MAX_LEAD; count++) {
    const found = await topBox(window, at);
    if (!found || at + found.size > window.limit || found.type === 'mfra') return undefined;
    if (found.type === 'prft' && found.size === 32) {
      const body = await window.view(at, 32);
      if (body) wall = ntpToWall(body.readUInt32BE(16), body.readUInt32BE(20));
    } else if (found.extended?.equals(CHECK_UUID) && found.size === 32) {
      const body = await window.view(at, 32);
      if (body) check = { sum: body.readUInt32BE(24), bytes: body.readUInt32BE(28), from: at + 32 };
    } else if (found.type === 'moof') {
      const runs = found.size > MAX_MOOF ? undefined : await readRuns(window, at, found, head);
      const mdat = await topBox(window, at + found.size);
      if (!runs || mdat?.type !== 'mdat') return undefined;
      const end = at + found.size + mdat.size;
      const payload = runs.reduce((sum, run) => sum + run.bytes, 0);
      if (end > window.limit || payload > mdat.size - mdat.head) return undefined;
      if (check && check.from + check.bytes !== end) return undefined;
      if (verify && check && (await checkSum(window, check.from, end)) !== check.sum) return undefined;
      return { video: runs.find((run) => run.trackId === head.config.video.id && run.samples > 0), wall, end };
    } else if (found.type === 'mdat' || found.type === 'moov') return undefined;
    at += found.size;
  }
  return undefined;
}

async function readRuns(
  window: ReadWindow,
  at: number,
  found: TopBox,
  head: Head,
): Promise<TrackFragment[] | undefined> {
  const body = await window.view(at + found.head, found.size - found.head);
  if (!body) return undefined;
  const { video, audio } = head.config;
  return orUndefined(() => parseMovieFragment(body, audio ? [video, audio] : [video], window.name));
}

const CHECK_BLOCK = 1 << 20;

async function checkSum(window: ReadWindow, from: number, to: number): Promise<number | undefined> {
  let sum = 0;
  for (let at = from; at < to; at += CHECK_BLOCK) {
    const view = await window.view(at, Math.min(CHECK_BLOCK, to - at));
    if (!view) return undefined;
    sum = crc32(view, sum);
  }
  return sum;
}

/** Whether every fragment of a finished file has the bytes that were written. A fragment may hold several `moof`, each with its own sum. */
async function allWhole(reader: RandomReader, fragments: readonly FragmentEntry[]): Promise<boolean> {
  const window = new ReadWindow(reader, reader.size, WALK_BLOCK);
  for (const entry of fragments) {
    const end = entry.offset + entry.bytes;
    let at = entry.offset;
    while (at < end) {
      const view = await window.view(at, 32);
      if (!view?.subarray(8, 24).equals(CHECK_UUID)) return false;
      const sum = view.readUInt32BE(24);
      const next = at + 32 + view.readUInt32BE(28);
      if (next > end || (await checkSum(window, at + 32, next)) !== sum) return false;
      at = next;
    }
  }
  return true;
}
