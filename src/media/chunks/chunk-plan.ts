/**
 * Where a drawn clip is cut into chunks. Pure; the encoder's runs are in `encode-chunk.ts`.
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
