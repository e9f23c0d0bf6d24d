/**
 * What a `moof` says (ISO/IEC 14496-12 sections 8.8.4 to 8.8.12): enough to index a fragment and to tell whether it is whole.
 */
import { InputError } from '../../base/errors.ts';
import { boxes, getU64, needBytes } from './box.ts';
import type { MovieTrack } from './movie.ts';

export interface TrackFragment {
  readonly trackId: number;
  /** Decoding time of the first sample. */
  readonly baseTime: number;
  /** When the first sample is shown. */
  readonly time: number;
  readonly durationTicks: number;
  readonly samples: number;
  /** The first sample is one to start at. */
  readonly key: boolean;
  /** Payload of all samples. */
  readonly bytes: number;
}

/** Flag of a sample that is no place to start (section 8.8.3.1, sample_is_non_sync_sample). */
const NOT_SYNC = 0x10000;
const MAX_SAMPLES = 100_000;

/** The track fragments in the body of a `moof` box. @throws InputError */
export function parseMovieFragment(moof: Buffer, tracks: readonly MovieTrack[], name: string): TrackFragment[] {
  const out: TrackFragment[] = [];
  for (const found of boxes(moof, name))
    if (found.type === 'traf') out.push(parseTrackFragment(found.body, tracks, name));
  return out;
}

/** Optional fields in the order in which `tfhd` (8.8.7) holds them, as bit and bytes. */
const headFields = [
  [0x1, 8],
  [0x2, 4],
  [0x8, 4],
  [0x10, 4],
  [0x20, 4],
] as const;

function parseTrackFragment(traf: Buffer, tracks: readonly MovieTrack[], name: string): TrackFragment {
  let trackId: number | undefined;
  let baseTime: number | undefined;
  const defaults = { duration: 0, size: 0, flags: 0 };
  const runs: Buffer[] = [];
  for (const { type, body } of boxes(traf, name)) {
    if (type === 'tfhd') {
      needBytes(body, 8, 'tfhd', name);
      const bits = body.readUInt32BE(0) & 0xffffff;
      trackId = body.readUInt32BE(4);
      defaults.flags = tracks.find((track) => track.id === trackId)?.defaultFlags ?? 0;
      let at = 8;
      for (const [bit, size] of headFields) {
        if ((bits & bit) === 0) continue;
        needBytes(body, at + size, 'tfhd', name);
        if (bit === 0x8) defaults.duration = body.readUInt32BE(at);
        if (bit === 0x10) defaults.size = body.readUInt32BE(at);
        if (bit === 0x20) defaults.flags = body.readUInt32BE(at);
        at += size;
      }
    } else if (type === 'tfdt') {
      needBytes(body, body[0] === 1 ? 12 : 8, 'tfdt', name);
      baseTime = body[0] === 1 ? getU64(body, 4, name) : body.readUInt32BE(4);
    } else if (type === 'trun') runs.push(body);
  }
  if (trackId === undefined || baseTime === undefined) throw new InputError(name, 'a fragment has no track or no time');
  let durationTicks = 0;
  let samples = 0;
  let bytes = 0;
  let first = { offset: 0, flags: defaults.flags };
  for (const run of runs) {
    const read = parseRun(run, defaults, name);
    if (samples === 0) first = read.first;
    durationTicks += read.durationTicks;
    samples += read.samples;
    bytes += read.bytes;
  }
  return {
    trackId,
    baseTime,
    time: baseTime + first.offset,
    durationTicks,
    samples,
    key: samples > 0 && (first.flags & NOT_SYNC) === 0,
    bytes,
  };
}

interface Run {
  readonly durationTicks: number;
  readonly samples: number;
  readonly bytes: number;
  readonly first: { readonly offset: number; readonly flags: number };
}

function parseRun(body: Buffer, defaults: { duration: number; size: number; flags: number }, name: string): Run {
  needBytes(body, 8, 'trun', name);
  const bits = body.readUInt32BE(0) & 0xffffff;
  const samples = body.readUInt32BE(4);
  const step = [0x100, 0x200, 0x400, 0x800].reduce((sum, bit) => sum + (bits & bit ? 4 : 0), 0);
  let at = 8 + (bits & 0x1 ? 4 : 0);
  const firstFlagsAt = at;
  if (bits & 0x4) at += 4;
  if (samples > MAX_SAMPLES) throw new InputError(name, 'a fragment has too many samples');
  needBytes(body, at + samples * step, 'trun', name);
  let durationTicks = 0;
  let bytes = 0;
  let first = { offset: 0, flags: defaults.flags };
  for (let index = 0; index < samples; index++) {
    const take = (bit: number, otherwise: number): number => {
      if ((bits & bit) === 0) return otherwise;
      at += 4;
      return body.readUInt32BE(at - 4);
    };
    durationTicks += take(0x100, defaults.duration);
    bytes += take(0x200, defaults.size);
    const flags = take(0x400, defaults.flags);
    const offset = take(0x800, 0) | 0;
    if (index === 0) first = { offset, flags: bits & 0x4 ? body.readUInt32BE(firstFlagsAt) : flags };
  }
  return { durationTicks, samples, bytes, first };
}
