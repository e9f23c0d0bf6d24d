/** Which moment each frame of a clip shows. Pure. */
import type { FrameRate } from '../../../media/codec/plan.ts';

/** UTC ms. */
export interface WallRange {
  readonly start: number;
  readonly end: number;
}

export interface WallFrame {
  /** UTC ms. */
  readonly utc: number;
}

function framesOf({ start, end }: WallRange, rate: FrameRate, speed: number): number {
  return Math.max(1, Math.round((((end - start) / 1000 / speed) * rate.num) / rate.den));
}

export function frameCount(ranges: readonly WallRange[], rate: FrameRate, speed: number): number {
  return ranges.reduce((sum, range) => sum + framesOf(range, rate, speed), 0);
}

/** @param speed above 1 pictures are left out, below they stand longer */
export function* clipFrames(ranges: readonly WallRange[], rate: FrameRate, speed: number): Generator<WallFrame> {
  for (const range of ranges)
    for (let frame = 0; frame < framesOf(range, rate, speed); frame++)
      yield { utc: range.start + (frame * speed * 1000 * rate.den) / rate.num };
}

/** Whole pictures a second of footage, as its times say: 36 of today's cars; at most 60. */
export function rateOf(times: ArrayLike<number>): FrameRate {
  const count = times.length;
  const last = times[count - 1] ?? 0;
  if (count < 3 || last <= 0) return { num: 36, den: 1 };
  const steps: number[] = [];
  for (let at = 1; at < count; at++) steps.push((times[at] ?? 0) - (times[at - 1] ?? 0));
  steps.sort((one, other) => one - other);
  // The middle half: holes and cut ends are no measure.
  const middle = steps.slice(count >> 2, Math.max((count >> 2) + 1, count - (count >> 2) - 1));
  const mean = middle.reduce((sum, step) => sum + step, 0) / middle.length;
  return { num: Math.max(1, Math.min(60, Math.round(1 / Math.max(1e-3, mean)))), den: 1 };
}
