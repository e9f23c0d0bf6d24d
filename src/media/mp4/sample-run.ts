/**
 * The samples of a stored fragment, one by one: what an ordinary MP4's tables, or a fragment of key frames alone, are made from.
 */
import { InputError } from '../../base/errors.ts';
import { boxes, boxHead, getU64, needBytes } from './box.ts';
import type { MovieTrack } from './movie.ts';

/** One access unit of a fragment. Times are ticks of its track. */
export interface RunSample {
  /** Of its first byte, from the fragment's first byte. */
  readonly at: number;
  readonly size: number;
  readonly duration: number;
  /** Presentation minus decoding time. */
  readonly offset: number;
  readonly key: boolean;
}

export interface SampleRun {
  readonly trackId: number;
  /** Decoding time of the first sample. */
  readonly baseTime: number;
  readonly samples: readonly RunSample[];
}

/** Flag of a sample that is no place to start (ISO/IEC 14496-12 section 8.8.3.1). */
const NOT_SYNC = 0x10000;
const MOST_SAMPLES = 100_000;
/** Boxes before the `moof` of a fragment. */
const MOST_LEAD = 16;

/**
 * How many bytes from a fragment's first are needed to read its samples: up to the end of its `moof`.
 * @param start the fragment's first bytes
 * @returns undefined when `start` is too short to tell
 */
export function fragmentHeadBytes(start: Buffer, name: string): number | undefined {
  let at = 0;
  for (let lead = 0; lead < MOST_LEAD; lead++) {
    const head = boxHead(start, at, name);
    if (!head) return undefined;
    if (head.size < head.head) break;
    at += head.size;
    if (head.type === 'moof') return at;
    if (head.type === 'mdat') break;
  }
  throw new InputError(name, 'a fragment does not begin as Vidette writes it');
}

/**
 * @param head the fragment from its first byte to the end of its `moof`
 * @param bytes length of the whole fragment, which every sample must lie in
 * @throws InputError when it is not as Vidette writes it (section 8.8: `default-base-is-moof`, one `trun` with sizes and durations)
 */
export function sampleRuns(head: Buffer, bytes: number, tracks: readonly MovieTrack[], name: string): SampleRun[] {
  for (const found of boxes(head, name)) {
    if (found.type !== 'moof') continue;
    const runs: SampleRun[] = [];
    for (const part of boxes(found.body, name))
      if (part.type === 'traf') runs.push(trackRun(part.body, found.start, bytes, tracks, name));
    return runs;
  }
  throw new InputError(name, 'a fragment has no moof box');
}

function trackRun(traf: Buffer, moofAt: number, bytes: number, tracks: readonly MovieTrack[], name: string): SampleRun {
  let trackId: number | undefined;
  let baseTime: number | undefined;
  let run: Buffer | undefined;
  for (const { type, body } of boxes(traf, name)) {
    if (type === 'tfhd') {
      needBytes(body, 8, 'tfhd', name);
      if ((body.readUInt32BE(0) & 0xffffff) !== 0x020000) throw unlike(name);
      trackId = body.readUInt32BE(4);
    } else if (type === 'tfdt') {
      needBytes(body, 12, 'tfdt', name);
      if (body[0] !== 1) throw unlike(name);
      baseTime = getU64(body, 4, name);
    } else if (type === 'trun') {
      if (run) throw unlike(name);
      run = body;
    }
  }
  if (trackId === undefined || baseTime === undefined || run === undefined) throw unlike(name);
  const flags = tracks.find((track) => track.id === trackId)?.defaultFlags ?? 0;
  return { trackId, baseTime, samples: samplesOf(run, moofAt, bytes, flags, name) };
}

function samplesOf(run: Buffer, moofAt: number, bytes: number, defaultFlags: number, name: string): RunSample[] {
  needBytes(run, 12, 'trun', name);
  const bits = run.readUInt32BE(0) & 0xffffff;
  const count = run.readUInt32BE(4);
  if ((bits & 0x301) !== 0x301 || count > MOST_SAMPLES) throw unlike(name);
  let position = moofAt + run.readInt32BE(8);
  let at = 12;
  const first = bits & 0x4 ? run.readUInt32BE(at) : undefined;
  if (first !== undefined) at += 4;
  const step = 8 + (bits & 0x400 ? 4 : 0) + (bits & 0x800 ? 4 : 0);
  needBytes(run, at + count * step, 'trun', name);
  const samples: RunSample[] = [];
  for (let index = 0; index < count; index++, at += step) {
    const size = run.readUInt32BE(at + 4);
    const own = bits & 0x400 ? run.readUInt32BE(at + 8) : defaultFlags;
    const sampleFlags = index === 0 && first !== undefined ? first : own;
    samples.push({
      at: position,
      size,
      duration: run.readUInt32BE(at),
      offset: bits & 0x800 ? run.readInt32BE(at + step - 4) : 0,
      key: (sampleFlags & NOT_SYNC) === 0,
    });
    position += size;
    if (position > bytes) throw new InputError(name, 'a fragment is shorter than its samples');
  }
  return samples;
}

function unlike(name: string): InputError {
  return new InputError(name, 'a fragment is not laid out as Vidette writes it');
}
