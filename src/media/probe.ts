/**
 * `vidette inspect FILE`: what any file is, and what Vidette reads in it. Nothing is decoded and nothing native is loaded.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  ALL_FORMATS,
  EncodedPacketSink,
  FilePathSource,
  Input,
  type InputAudioTrack,
  type InputTrack,
  type InputVideoTrack,
} from 'mediabunny';
import { InputError, messageOf, UserError } from '../base/errors.ts';
import { marksOf } from './mp4/fragment-table.ts';
import { IDENTITY_UUID } from './mp4/identity.ts';
import type { RandomReader } from './mp4/random-reader.ts';
import { readSegmentIndex } from './mp4/segment-index.ts';
import { sniff } from './sniff.ts';

export interface InspectedVideo {
  readonly type: 'video';
  /** `avc`, `hevc`, …; null when it is not known here. */
  readonly codec: string | null;
  /** RFC 6381. */
  readonly codecString: string | null;
  /** As it is to be seen. */
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
  /** Pictures a second, from the first few hundred. */
  readonly fps: number;
  /** Seconds. */
  readonly duration: number;
  /** Null where counting would take too long. */
  readonly keyFrames: number | null;
}

export interface InspectedAudio {
  readonly type: 'audio';
  readonly codec: string | null;
  readonly codecString: string | null;
  readonly channels: number;
  readonly sampleRate: number;
  readonly duration: number;
}

/** A recorded segment of Vidette, as its own boxes tell. */
export interface InspectedSegment {
  readonly source: string;
  readonly folder: string;
  readonly track: string;
  readonly run: string;
  readonly seq: number;
  readonly token: number;
  /** RFC 3339. */
  readonly wallStart: string;
  readonly frames: number;
  readonly fragments: number;
  /** Closed, with its table at the end. */
  readonly complete: boolean;
  readonly ended: string | null;
  /** `arrival`: some of its times are when pictures arrived, because the camera's stood still or jumped. */
  readonly timing: 'camera' | 'arrival';
  /** Packets that were lost on the way. */
  readonly lost: number;
  /** Up to the end of the last whole fragment. */
  readonly validBytes: number;
}

export interface Inspection {
  readonly file: string;
  readonly bytes: number;
  readonly kind: 'video' | 'audio' | 'image' | 'archive' | 'replay' | 'disk' | 'text' | 'unknown';
  /** In words: `MP4`, `PNG picture`, `osu! replay`. */
  readonly format: string;
  /** The first bytes, in hexadecimal. */
  readonly magic: string;
  /** Seconds. */
  readonly duration: number | null;
  readonly tracks: readonly (InspectedVideo | InspectedAudio)[];
  readonly title: string | null;
  readonly segment: InspectedSegment | null;
  /** What is wrong or not understood, in whole sentences. */
  readonly notes: readonly string[];
}

const HEAD_BYTES = 4096;
const MOST_KEY_FRAMES = 20_000;
const MOST_TRACKS = 32;
/** The identity of a segment stands behind `ftyp` and `moov`, near the start. */
const IDENTITY_WITHIN = 64 * 1024;

/**
 * Never fails on the content of a file: what is damaged becomes a note.
 * @throws UserError when there is no such file
 */
export async function inspectFile(path: string): Promise<Inspection> {
  await using file = await openFile(path);
  const { size } = await file.stat();
  const head = await readAt(file, 0, IDENTITY_WITHIN);
  const seen = sniff(head.subarray(0, HEAD_BYTES), size);
  const notes: string[] = [];
  const base = {
    file: basename(path),
    bytes: size,
    kind: seen.kind,
    format: seen.format,
    magic: head.subarray(0, 16).toString('hex'),
    duration: null,
    tracks: [],
    title: null,
    segment: null,
    notes,
  };
  if (size === 0 || (seen.kind !== 'video' && seen.kind !== 'audio' && seen.kind !== 'unknown')) return base;
  const segment = head.includes(IDENTITY_UUID) ? await inspectSegment(file, size, base.file, notes) : null;
  const media = await inspectMedia(path, notes);
  if (!media || media.tracks.length === 0) {
    if (seen.kind !== 'unknown') notes.push('Its tracks cannot be read.');
    return { ...base, segment };
  }
  const kind = media.tracks.some((track) => track.type === 'video') ? 'video' : 'audio';
  return { ...base, ...media, kind, segment };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (cause) {
    throw new UserError(`${basename(path)} cannot be read: ${messageOf(cause)}`, 'Name an existing file.', {
      code: 'not-found',
      cause,
    });
  }
  throw new UserError(`${basename(path)} is not a file.`, 'Name a file.', { code: 'not-found' });
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}

async function inspectSegment(
  file: FileHandle,
  size: number,
  name: string,
  notes: string[],
): Promise<InspectedSegment | null> {
  const reader: RandomReader = { name, size, read: (offset, length) => readAt(file, offset, length) };
  try {
    const { identity, frames, fragments, complete, ended, validBytes } = await readSegmentIndex(reader);
    const { timing, lost = 0 } = marksOf(fragments);
    if (!complete) notes.push('This segment was not closed; it can be read up to its last whole fragment.');
    return {
      source: identity.sourceId,
      folder: identity.folder,
      track: identity.track,
      run: identity.run,
      seq: identity.seq,
      token: identity.token,
      wallStart: new Date(identity.wallStart).toISOString(),
      frames,
      fragments: fragments.length,
      complete,
      ended: ended as string | null,
      timing: timing ?? 'camera',
      lost,
      validBytes,
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    notes.push(`It claims to be a segment of Vidette, but ${error.reason}.`);
    return null;
  }
}

async function inspectMedia(
  path: string,
  notes: string[],
): Promise<Pick<Inspection, 'format' | 'duration' | 'tracks' | 'title'> | undefined> {
  using input = new Input({ source: new FilePathSource(path), formats: ALL_FORMATS });
  try {
    if (!(await input.canRead())) return undefined;
    const format = (await input.getFormat()).name;
    const tracks: (InspectedVideo | InspectedAudio)[] = [];
    for (const track of (await input.getTracks()).slice(0, MOST_TRACKS)) {
      if (track.isVideoTrack()) tracks.push(await inspectVideo(track));
      else if (track.isAudioTrack()) tracks.push(await inspectAudio(track));
    }
    const { title } = await input.getMetadataTags();
    const duration = tracks.reduce((longest, track) => Math.max(longest, track.duration), 0);
    return { format, duration: round(duration), tracks, title: title ?? null };
  } catch (error) {
    // Whatever the parser says of a damaged file is a fact about that file.
    notes.push(`It is damaged: ${messageOf(error)}.`);
    return undefined;
  }
}

async function inspectVideo(track: InputVideoTrack): Promise<InspectedVideo> {
  const stats = await track.computePacketStats(300);
  return {
    type: 'video',
    codec: await track.getCodec(),
    codecString: await track.getCodecParameterString(),
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    rotation: await track.getRotation(),
    fps: round(stats.averagePacketRate),
    duration: round(await lengthOf(track)),
    keyFrames: await countKeyFrames(track),
  };
}

async function inspectAudio(track: InputAudioTrack): Promise<InspectedAudio> {
  return {
    type: 'audio',
    codec: await track.getCodec(),
    codecString: await track.getCodecParameterString(),
    channels: await track.getNumberOfChannels(),
    sampleRate: await track.getSampleRate(),
    duration: round(await lengthOf(track)),
  };
}

const lengthOf = async (track: InputTrack): Promise<number> =>
  (await track.computeDuration()) - Math.max(0, await track.getFirstTimestamp());

async function countKeyFrames(track: InputVideoTrack): Promise<number | null> {
  const sink = new EncodedPacketSink(track);
  let count = 0;
  for (
    let packet = await sink.getFirstKeyPacket({ metadataOnly: true });
    packet;
    packet = await sink.getNextKeyPacket(packet, { metadataOnly: true })
  )
    if (++count > MOST_KEY_FRAMES) return null;
  return count;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
