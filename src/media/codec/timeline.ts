/**
 * From pieces of footage to the frames of a clip. Pure.
 */
import type { FrameRate, RenderPiece, RenderSource } from './plan.ts';

/** A stretch of the clip in which every source shows one piece, or nothing. */
export interface Span {
  /** Seconds from the start of the clip. */
  readonly start: number;
  /** Seconds. */
  readonly length: number;
  /** UTC ms at `start`. */
  readonly wallStart: number;
  /** One per source: which input, and where in it (seconds after its first picture) at `start`. */
  readonly shows: readonly ({ readonly input: number; readonly from: number } | undefined)[];
}

export interface Timeline {
  /** Seconds. */
  readonly duration: number;
  readonly spans: readonly Span[];
}

/** Shorter stretches come from times that are whole milliseconds, and are left out. */
const SLIVER = 0.003;

/**
 * One source: its pieces one after the other. Several: by wall time, where at least one of them has footage.
 */
export function composeTimeline(sources: readonly RenderSource[]): Timeline {
  const [only] = sources;
  const spans = sources.length === 1 && only ? inOrder(only.pieces) : byWall(sources);
  const last = spans.at(-1);
  return { duration: last ? last.start + last.length : 0, spans };
}

function inOrder(pieces: readonly RenderPiece[]): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const piece of pieces) {
    const length = piece.to - piece.from;
    if (length <= 0) continue;
    spans.push({ start, length, wallStart: piece.wallStart, shows: [{ input: piece.input, from: piece.from }] });
    start += length;
  }
  return spans;
}

function byWall(sources: readonly RenderSource[]): Span[] {
  const end = (piece: RenderPiece): number => piece.wallStart + (piece.to - piece.from) * 1000;
  const pieces = sources.flatMap((source) => source.pieces);
  const edges = [...new Set(pieces.flatMap((piece) => [piece.wallStart, end(piece)]))].sort((a, b) => a - b);
  const spans: Span[] = [];
  let start = 0;
  for (const [index, left] of edges.entries()) {
    const right = edges[index + 1] ?? left;
    const length = (right - left) / 1000;
    if (length < SLIVER) continue;
    const middle = (left + right) / 2;
    const shows = sources.map((source) => {
      const piece = source.pieces.find((one) => one.wallStart <= middle && middle < end(one));
      return piece && { input: piece.input, from: piece.from + (left - piece.wallStart) / 1000 };
    });
    if (shows.every((one) => one === undefined)) continue;
    spans.push({ start, length, wallStart: left, shows });
    start += length;
  }
  return spans;
}

/** How many frames a clip of this length has; at least one. */
export function frameCount(duration: number, rate: FrameRate): number {
  return Math.max(1, Math.round((duration * rate.num) / rate.den));
}

/** What is to be seen at `t` seconds of the clip. Times past the end give the last moment. */
export function spanAt(timeline: Timeline, t: number): { span: Span; into: number } | undefined {
  let low = 0;
  let high = timeline.spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((timeline.spans[middle]?.start ?? 0) <= t + 1e-9) low = middle;
    else high = middle - 1;
  }
  const span = timeline.spans[low];
  return span && { span, into: Math.max(0, Math.min(span.length, t - span.start)) };
}

const COMMON_RATES: readonly FrameRate[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120].map((num) => ({
    num,
    den: 1,
  })),
  { num: 25, den: 2 },
  { num: 24_000, den: 1001 },
  { num: 30_000, den: 1001 },
  { num: 60_000, den: 1001 },
];

/**
 * The frame rate of a clip: what was measured, snapped to a rate that is in use when it is within 3 %, never above `most`.
 * @param measured pictures a second, from the footage itself
 */
export function chooseRate(measured: number, most = 120): FrameRate {
  const wanted = Math.max(1, Math.min(Number.isFinite(measured) ? measured : 15, most));
  let best: FrameRate | undefined;
  let distance = 0.03;
  for (const rate of COMMON_RATES) {
    const value = rate.num / rate.den;
    const off = Math.abs(value / wanted - 1);
    if (off < distance - 1e-9 && value <= most + 1e-9) {
      best = rate;
      distance = off;
    }
  }
  return best ?? { num: Math.max(100, Math.floor(wanted * 100)), den: 100 };
}

/** Pictures a second: the median interval where pictures come evenly, the mean where they do not. */
export function rateFromTimes(times: readonly number[]): number | undefined {
  const sorted = [...times].sort((a, b) => a - b);
  const gaps: number[] = [];
  for (let index = 1; index < sorted.length; index++) {
    const gap = (sorted[index] ?? 0) - (sorted[index - 1] ?? 0);
    if (gap > 0.0005) gaps.push(gap);
  }
  if (gaps.length < 2) return undefined;
  gaps.sort((a, b) => a - b);
  const median = gaps[gaps.length >> 1] ?? 1;
  // Holes in the footage must not lower the rate, so long intervals are left out of the mean.
  const near = gaps.filter((gap) => gap < 3 * median);
  return near.length / near.reduce((sum, gap) => sum + gap, 0);
}
