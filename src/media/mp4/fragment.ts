/**
 * Movie fragments (ISO/IEC 14496-12 section 8.8): some pictures and the sound beside them, whole in themselves.
 *
 * A stored fragment is `uuid` (check sum) + `prft` (wall time) + `moof` + `mdat`; a live one is `moof` + `mdat`.
 */
import { crc32 } from 'node:zlib';
import type { AccessUnit } from '../access-unit.ts';
import { AUDIO_TRACK, putU64, uuidBytes, VIDEO_TRACK } from './box.ts';
import { DELTA_SAMPLE, KEY_SAMPLE } from './init.ts';

/** One access unit as it stands in a fragment. Times are ticks of its track. */
export interface FragmentSample {
  /** Pieces of the payload, not copied. */
  readonly data: readonly Uint8Array[];
  /** Sum of the pieces. */
  readonly size: number;
  /** Until the next sample is decoded. */
  readonly duration: number;
  /** Presentation minus decoding time; may be negative. */
  readonly offset: number;
  readonly key: boolean;
}

export interface FragmentTrack {
  readonly id: number;
  /** Decoding time of the first sample, on the file's time line. */
  readonly baseTime: number;
  readonly samples: readonly FragmentSample[];
}

export interface FragmentSpec {
  /** Counts up from 1 within a file. */
  readonly sequence: number;
  /** Tracks without samples are left out of the fragment. */
  readonly tracks: readonly FragmentTrack[];
  /** When the first sample of the first track was taken: UTC ms. With it the fragment also carries its check sum. */
  readonly wall?: number;
}

/** Extended type of the box in front of a stored fragment: CRC-32 and length of all that follows it in the fragment. */
export const CHECK_UUID = uuidBytes('0d6f4a58-8c0b-4f5c-b5f6-2f2f1f0a9c37');
export const CHECK_BYTES = 32;
const CLOCK_BYTES = 32;

/** Seconds from 1900-01-01 to 1970-01-01 (RFC 5905 section 6). */
const NTP_UNIX = 2_208_988_800;

/**
 * The fragment in pieces for a gathering write: its head, then the payload, not copied. What lies side by side in memory is one piece, so that
 * pictures which were put together one behind the other cost one check sum, one hash and one place in the write for all of them.
 */
export function fragmentPieces(spec: FragmentSpec): Uint8Array[] {
  const head = Buffer.allocUnsafe(headBytes(spec));
  writeHead(spec, head);
  const pieces: Uint8Array[] = [head];
  let [buffer, from, to] = [head.buffer as ArrayBufferLike, 0, 0];
  const cut = (): void => {
    if (to > from) pieces.push(new Uint8Array(buffer, from, to - from));
  };
  for (const track of spec.tracks)
    for (const sample of track.samples)
      for (const piece of sample.data) {
        const begin = piece.byteOffset;
        if (begin !== to || piece.buffer !== buffer) {
          cut();
          [buffer, from] = [piece.buffer, begin];
        }
        to = begin + piece.length;
      }
  cut();
  if (spec.wall !== undefined) {
    let sum = crc32(head.subarray(CHECK_BYTES));
    for (let index = 1; index < pieces.length; index++) sum = crc32(pieces[index] ?? head, sum);
    head.writeUInt32BE(sum, 24);
  }
  return pieces;
}

/**
 * A fragment of one access unit, for viewers: `moof` + `mdat` with the unit's own times.
 * @param duration in ticks of the unit's track; the time since the unit before it is a good guess.
 * @param sequence counts up from 1 over both tracks.
 */
export function liveFragment(unit: AccessUnit, duration: number, sequence: number): Uint8Array[] {
  const sample = { data: unit.data, size: unit.size, duration, offset: unit.pts - unit.dts, key: unit.key };
  const id = unit.kind === 'video' ? VIDEO_TRACK : AUDIO_TRACK;
  return fragmentPieces({ sequence, tracks: [{ id, baseTime: unit.dts, samples: [sample] }] });
}

function payloadBytes(spec: FragmentSpec): number {
  let sum = 0;
  for (const track of spec.tracks) for (const sample of track.samples) sum += sample.size;
  return sum;
}

function headBytes(spec: FragmentSpec): number {
  return (spec.wall === undefined ? 0 : CHECK_BYTES + CLOCK_BYTES) + movieBytes(spec) + 8;
}

function movieBytes(spec: FragmentSpec): number {
  let sum = 8 + 16;
  for (const track of spec.tracks) if (track.samples.length > 0) sum += 8 + 16 + 20 + runBytes(track);
  return sum;
}

/** What the `trun` box of a track has to say: its flags (section 8.8.8). */
function runFlags(track: FragmentTrack): number {
  const sound = track.id === AUDIO_TRACK;
  const laterKey = !sound && track.samples.some((sample, index) => sample.key && index > 0);
  const firstKey = !sound && !laterKey && track.samples[0]?.key === true;
  const offsets = track.samples.some((sample) => sample.offset !== 0);
  return 0x301 + (firstKey ? 0x4 : 0) + (laterKey ? 0x400 : 0) + (offsets ? 0x800 : 0);
}

function runBytes(track: FragmentTrack): number {
  const flags = runFlags(track);
  const perSample = 8 + (flags & 0x400 ? 4 : 0) + (flags & 0x800 ? 4 : 0);
  return 20 + (flags & 0x4 ? 4 : 0) + perSample * track.samples.length;
}

/** All before the payload; @returns its length. */
function writeHead(spec: FragmentSpec, out: Buffer): number {
  let at = 0;
  const put = (value: number): void => {
    at = out.writeUInt32BE(value, at);
  };
  const open = (size: number, type: string): void => {
    put(size);
    at += out.write(type, at, 4, 'latin1');
  };
  const movie = movieBytes(spec);
  const payload = payloadBytes(spec);
  if (spec.wall !== undefined) {
    open(CHECK_BYTES, 'uuid');
    at += CHECK_UUID.copy(out, at);
    put(0);
    put(CLOCK_BYTES + movie + 8 + payload);
    const first = spec.tracks.find((track) => track.samples.length > 0);
    at = writeClock(out, at, spec.wall, first?.id ?? VIDEO_TRACK, first?.baseTime ?? 0);
  }
  let dataOffset = movie + 8;
  open(movie, 'moof');
  open(16, 'mfhd');
  put(0);
  put(spec.sequence);
  for (const track of spec.tracks) {
    if (track.samples.length === 0) continue;
    const flags = runFlags(track);
    open(8 + 16 + 20 + runBytes(track), 'traf');
    open(16, 'tfhd');
    put(0x020000);
    put(track.id);
    open(20, 'tfdt');
    put(0x01000000);
    putU64(out, track.baseTime, at);
    at += 8;
    open(runBytes(track), 'trun');
    put(0x01000000 + flags);
    put(track.samples.length);
    put(dataOffset);
    if (flags & 0x4) put(KEY_SAMPLE);
    for (const sample of track.samples) {
      put(sample.duration);
      put(sample.size);
      if (flags & 0x400) put(sample.key ? KEY_SAMPLE : DELTA_SAMPLE);
      if (flags & 0x800) at = out.writeInt32BE(sample.offset, at);
      dataOffset += sample.size;
    }
  }
  open(8 + payload, 'mdat');
  return at;
}

/** `prft` (section 8.16.5), version 1; flag 8: an arbitrary but consistent clock, which is the run's. */
function writeClock(out: Buffer, at: number, wall: number, track: number, mediaTime: number): number {
  const ms = Math.round(wall);
  out.writeUInt32BE(CLOCK_BYTES, at);
  out.write('prft', at + 4, 4, 'latin1');
  out.writeUInt32BE(0x01000008, at + 8);
  out.writeUInt32BE(track, at + 12);
  out.writeUInt32BE((Math.floor(ms / 1000) + NTP_UNIX) % 0x100000000, at + 16);
  out.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 0x100000000), at + 20);
  putU64(out, mediaTime, at + 24);
  return at + CLOCK_BYTES;
}

/** UTC ms of an NTP time stamp; one that lies before 1970 is of the era after 2036 (RFC 5905 section 6). */
export function ntpToWall(seconds: number, fraction: number): number {
  const era = seconds < NTP_UNIX ? 0x100000000 : 0;
  return Math.round((seconds + era - NTP_UNIX) * 1000 + (fraction / 0x100000000) * 1000);
}
