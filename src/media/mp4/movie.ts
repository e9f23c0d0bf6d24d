/**
 * What the `moov` of a recorded file says: its tracks, how they are coded, and in which units they count.
 */
import { InputError } from '../../base/errors.ts';
import { boxes, findBox, needBytes } from './box.ts';
import { aacCodecString, avcCodecString, entryBox, hevcCodecString, specificConfig } from './codec-string.ts';
import { DELTA_SAMPLE } from './init.ts';

interface AnyTrack {
  readonly id: number;
  /** Ticks per second. */
  readonly timescale: number;
  /** RFC 6381. */
  readonly codec: string;
  /** Sample flags where a fragment gives none (`trex`). */
  readonly defaultFlags: number;
}

export interface MovieVideoTrack extends AnyTrack {
  readonly kind: 'video';
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface MovieAudioTrack extends AnyTrack {
  readonly kind: 'audio';
  readonly sampleRate: number;
  readonly channels: number;
}

export type MovieTrack = MovieVideoTrack | MovieAudioTrack;

const MAX_TRACKS = 8;

/** The tracks in the body of a `moov` box. @throws InputError when one is not coded as Vidette records. */
export function parseMovie(moov: Buffer, name: string): MovieTrack[] {
  const flags = new Map<number, number>();
  const mvex = findBox(moov, 'mvex', name);
  if (!mvex) throw new InputError(name, 'it is not a fragmented MP4 (no mvex box)');
  for (const found of boxes(mvex, name)) {
    if (found.type !== 'trex') continue;
    needBytes(found.body, 24, 'trex', name);
    flags.set(found.body.readUInt32BE(4), found.body.readUInt32BE(20));
  }
  const tracks: MovieTrack[] = [];
  for (const found of boxes(moov, name)) {
    if (found.type !== 'trak') continue;
    if (tracks.length === MAX_TRACKS) throw new InputError(name, `it has more than ${MAX_TRACKS} tracks`);
    tracks.push(parseTrack(found.body, flags, name));
  }
  return tracks;
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

function parseTrack(trak: Buffer, flags: ReadonlyMap<number, number>, name: string): MovieTrack {
  const tkhd = inside(trak, ['tkhd'], name);
  const mdhd = inside(trak, ['mdia', 'mdhd'], name);
  const stsd = inside(trak, ['mdia', 'minf', 'stbl', 'stsd'], name);
  const idAt = tkhd[0] === 1 ? 20 : 12;
  const scaleAt = mdhd[0] === 1 ? 20 : 12;
  needBytes(tkhd, idAt + 4, 'tkhd', name);
  needBytes(mdhd, scaleAt + 4, 'mdhd', name);
  needBytes(stsd, 16, 'stsd', name);
  const id = tkhd.readUInt32BE(idAt);
  const common = { id, timescale: mdhd.readUInt32BE(scaleAt), defaultFlags: flags.get(id) ?? DELTA_SAMPLE };
  if (common.timescale === 0) throw new InputError(name, 'a track has the time scale 0');
  const [entry] = boxes(stsd.subarray(8), name);
  if (!entry) throw new InputError(name, 'a track says nothing of its coding');
  const codec = codecOf(entry.type, entry.body, name);
  if (entry.type === 'mp4a' || entry.type === 'fLaC' || entry.type === 'Opus')
    return { ...common, kind: 'audio', codec, channels: entry.body.readUInt16BE(16), sampleRate: common.timescale };
  return { ...common, kind: 'video', codec, width: entry.body.readUInt16BE(24), height: entry.body.readUInt16BE(26) };
}

const PICTURE_CODECS = { avc1: 'h264', hvc1: 'h265', mp4v: 'mjpeg' } as const;

/**
 * How the first picture track is coded, as a decoder has to be told: the body of `avcC` or `hvcC`, or nothing for JPEG.
 * @throws InputError when there is none
 */
export function pictureCoding(
  moov: Buffer,
  name: string,
): { readonly codec: 'h264' | 'h265' | 'mjpeg'; readonly description: Buffer } {
  for (const found of boxes(moov, name)) {
    if (found.type !== 'trak') continue;
    const [sample] = boxes(inside(found.body, ['mdia', 'minf', 'stbl', 'stsd'], name).subarray(8), name);
    if (sample?.type !== 'avc1' && sample?.type !== 'hvc1' && sample?.type !== 'mp4v') continue;
    const codec = PICTURE_CODECS[sample.type];
    if (codec === 'mjpeg') return { codec, description: Buffer.alloc(0) };
    const description = entryBox(sample.body, 78, codec === 'h264' ? 'avcC' : 'hvcC', name);
    if (description) return { codec, description };
  }
  throw new InputError(name, 'it has no pictures');
}

function codecOf(type: string, entry: Buffer, name: string): string {
  const part = (fixed: number, inner: string): Buffer => {
    const body = entryBox(entry, fixed, inner, name);
    if (!body) throw new InputError(name, `a track has no ${inner} box`);
    return body;
  };
  switch (type) {
    case 'avc1':
      return avcCodecString(part(78, 'avcC'), name);
    case 'hvc1':
      return hevcCodecString(part(78, 'hvcC'), name);
    case 'mp4v':
      if (objectType(part(78, 'esds')) !== 0x6c)
        throw new InputError(name, 'a track is MPEG-4 video, which Vidette does not record');
      return 'mp4v.6c';
    case 'mp4a':
      return aacCodecString(specificConfig(part(28, 'esds'), name), name);
    case 'fLaC':
      part(28, 'dfLa');
      return 'flac';
    case 'Opus':
      part(28, 'dOps');
      return 'opus';
    default:
      throw new InputError(name, `a track is coded as ${JSON.stringify(type)}, which Vidette does not record`);
  }
}

/** The first object type in the body of an `esds` box written by us or by anybody who writes it plainly. */
function objectType(esds: Buffer): number | undefined {
  const at = esds.indexOf(4, 7);
  if (at < 0) return undefined;
  let from = at + 1;
  while (((esds[from] ?? 0) & 0x80) !== 0) from += 1;
  return esds[from + 1];
}
