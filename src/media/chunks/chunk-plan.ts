/**
 * Where a drawn clip is cut into chunks, and which bits each may have. Pure; the encoder's runs are in `encode-chunk.ts`.
 */
import type { FrameRate } from '../codec/plan.ts';

export interface Chunk {
  readonly index: number;
  /** Number of its first frame in the clip. */
  readonly first: number;
  readonly count: number;
}

/** Seconds: the distance of key frames, and what a crash costs at most. */
const CHUNK_SECONDS = 2;
/** A last chunk that is shorter than this part of the others is added to the one before. */
const SHORT = 0.25;

export function chunksOf(frames: number, rate: FrameRate): Chunk[] {
  const length = Math.max(1, Math.round((CHUNK_SECONDS * rate.num) / rate.den));
  const count = Math.max(1, Math.floor(frames / length) + (frames % length > length * SHORT ? 1 : 0));
  return Array.from({ length: count }, (_, index) => ({
    index,
    first: index * length,
    count: index === count - 1 ? frames - index * length : length,
  }));
}

/** A chunk of a finished or tried file. */
export interface Coded {
  /** Bits a second that were asked for; 0 where a quality was. */
  readonly bitrate: number;
  /** Of its pictures. */
  readonly bytes: number;
  /** Seconds. */
  readonly seconds: number;
  /** Mean over all pictures. */
  readonly qp: number;
}

/** A chunk has no fewer bits than this, a second: x264 cannot do without. */
const LEAST_BITRATE = 4000;

/**
 * Shares bytes out so that all chunks look alike: by what each took at one quality.
 * @param measured bytes of each at the same quality
 * @param budget bytes of all pictures
 * @returns bits a second for each
 */
export function shareOut(measured: readonly number[], seconds: readonly number[], budget: number): number[] {
  const total = measured.reduce((sum, bytes) => sum + bytes, 0) || 1;
  return measured.map((bytes, index) =>
    Math.max(LEAST_BITRATE, (8 * budget * (bytes / total)) / Math.max(1e-3, seconds[index] ?? 1)),
  );
}

/** A file this full is full enough. */
const ENOUGH = 0.955;
/** What is aimed at. */
export const AIM = 0.985;
/** Below this more bits are no gain for the eye (x264's scale of QP). */
const GOOD_QP = 20;
/** A chunk's bits are changed by no more than this in one correction. */
const MOST_CHANGE = 0.35;

export interface Correction {
  readonly index: number;
  readonly bitrate: number;
}

/**
 * Which chunks are made again, at most two, so that the whole comes out right; none when it does.
 * @param coded of each chunk, newest try
 * @param budget most bytes of all pictures
 * @param spare chunks that have been corrected already; others are taken first
 * @returns undefined when two chunks are not enough: all are to be shared out anew
 */
export function correct(
  coded: readonly Coded[],
  budget: number,
  spare: ReadonlySet<number> = new Set(),
): readonly Correction[] | undefined {
  const total = coded.reduce((sum, { bytes }) => sum + bytes, 0);
  const seconds = coded.reduce((sum, one) => sum + one.seconds, 0);
  const qp = coded.reduce((sum, one) => sum + one.qp * one.seconds, 0) / Math.max(1e-3, seconds);
  if (total <= budget && (total >= ENOUGH * budget || qp <= GOOD_QP)) return [];
  const change = budget * AIM - total;
  const order = coded
    .map((one, index) => ({ ...one, index }))
    .sort((a, b) => Number(spare.has(a.index)) - Number(spare.has(b.index)) || b.bytes - a.bytes)
    .slice(0, 2);
  const room = order.reduce((sum, { bytes }) => sum + bytes, 0);
  if (room === 0 || Math.abs(change) > room * MOST_CHANGE) return undefined;
  const factor = 1 + change / room;
  return order.map(({ index, bitrate, bytes, seconds: length }) => ({
    index,
    bitrate: (bitrate || (bytes * 8) / Math.max(1e-3, length)) * factor,
  }));
}
