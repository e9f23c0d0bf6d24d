/**
 * Which CRF meets a size: a bracketed secant on the logarithm of the size, which is nearly a straight line over CRF. Pure.
 */
import { CRF_PER_OCTAVE } from './ladder.ts';

export interface Attempt {
  readonly crf: number;
  /** Of the whole file; estimated where the attempt was given up because it was too large already. */
  readonly bytes: number;
  /** False: estimated. Estimated sizes are above the limit. */
  readonly exact: boolean;
}

/** A file this full is full enough. */
const ENOUGH = 0.957;
/** What is aimed at. */
const AIM = 0.98;
/** x264 takes no larger CRF for 8-bit pictures. */
export const WORST_CRF = 51;
/** Attempts after which the best so far is taken, once there is one. */
const PATIENCE = 9;
/** Attempts after which there is no hope on this rung. */
const LAST_ATTEMPT = 14;

export type Step = { readonly try: number } | { readonly done: Attempt } | { readonly fail: 'too-large' };

/**
 * What to do next.
 * @param best the smallest CRF that may be used; when it fits, it is taken however small the file
 */
export function nextStep(attempts: readonly Attempt[], limit: number, best: number): Step {
  let under: Attempt | undefined;
  let over: Attempt | undefined;
  for (const one of attempts) {
    if (one.exact && one.bytes <= limit) {
      if (!under || one.bytes > under.bytes) under = one;
    } else if (!over || one.crf > over.crf) over = one;
  }
  if (under && (under.bytes >= ENOUGH * limit || under.crf <= best)) return { done: under };
  if (attempts.length >= PATIENCE && under) return { done: under };
  if (attempts.length >= LAST_ATTEMPT) return { fail: 'too-large' };
  const goal = Math.log2(limit * AIM);
  if (under && over) {
    if (over.crf >= under.crf - 0.02) return { done: under };
    const slope = (Math.log2(over.bytes) - Math.log2(under.bytes)) / (under.crf - over.crf);
    const straight = slope > 0 ? under.crf - (goal - Math.log2(under.bytes)) / slope : (under.crf + over.crf) / 2;
    // A third attempt in a row on the same side means that the line is bent: halve instead.
    const bent = attempts.length >= 4 && sameSide(attempts, limit);
    const wanted = bent ? (under.crf + over.crf) / 2 : straight;
    const margin = (under.crf - over.crf) * 0.04;
    return { try: Math.min(under.crf - margin, Math.max(over.crf + margin, wanted)) };
  }
  const near = under ?? over;
  if (!near) return { try: best };
  const step = ((Math.log2(near.bytes) - goal) / slopeOf(attempts)) * (under ? 1 : 1.02);
  if (over && near.crf >= WORST_CRF) return { fail: 'too-large' };
  const floor = over ? over.crf + 0.1 : best;
  return { try: Math.max(floor, Math.min(WORST_CRF, near.crf + step)) };
}

/** Octaves of size per CRF, from the two best attempts, kept within what x264 does. */
function slopeOf(attempts: readonly Attempt[]): number {
  const exact = attempts.filter((one) => one.exact);
  const [a, b] = exact.slice(-2);
  if (!a || !b || Math.abs(a.crf - b.crf) < 0.2) return 1 / CRF_PER_OCTAVE;
  const slope = (Math.log2(a.bytes) - Math.log2(b.bytes)) / (b.crf - a.crf);
  return Math.min(1 / 2.5, Math.max(1 / 14, slope));
}

function sameSide(attempts: readonly Attempt[], limit: number): boolean {
  const sides = attempts.slice(-3).map((one) => one.bytes <= limit);
  return sides.every((side) => side === sides[0]);
}
