/**
 * Which CRF meets a size. Pure.
 *
 * The logarithm of the size falls with CRF, but not in a straight line: grain costs nearly all the bits until it is
 * smoothed away at once. So the root is kept between two tries and approached by the Illinois form of regula falsi
 * (Dowell and Jarratt, BIT 11, 1971), which is quick on straight lines and safe on cliffs.
 */
import { CRF_PER_OCTAVE } from './ladder.ts';

export interface Attempt {
  readonly crf: number;
  /** Of the whole file; estimated where the attempt was given up because it was too large already. */
  readonly bytes: number;
  /** False: estimated, and certainly above the limit. */
  readonly exact: boolean;
}

/** A file this full is full enough. */
const ENOUGH = 0.957;
/** What is aimed at. */
const AIM = 0.979;
/** x264 takes no larger CRF for 8-bit pictures. */
const WORST_CRF = 51;
/** Attempts after which the best so far is taken, once there is one. */
const PATIENCE = 11;
/** Attempts after which there is no hope. */
const LAST_ATTEMPT = 14;
/** Two tries this near each other differ by nothing that matters. */
const FINEST = 0.004;

export type Step = { readonly try: number } | { readonly done: Attempt } | { readonly fail: 'too-large' };

/** One end of the bracket; `f` is octaves above the aim, halved when the other end moves twice in a row. */
interface End {
  readonly crf: number;
  readonly f: number;
}

/**
 * What to do next.
 * @param attempts in the order in which they were made
 * @param best the smallest CRF that may be used; when it fits, it is taken however small the file
 * @param hint what is expected at some CRF from a try at another size of picture
 */
export function nextStep(attempts: readonly Attempt[], limit: number, best: number, hint?: Attempt): Step {
  const fitting = attempts.filter((one) => one.exact && one.bytes <= limit);
  const fullest = fitting.reduce<Attempt | undefined>((a, b) => (a && a.bytes >= b.bytes ? a : b), undefined);
  if (fullest && (fullest.bytes >= ENOUGH * limit || fullest.crf <= best)) return { done: fullest };
  if (fullest && attempts.length >= PATIENCE) return { done: fullest };
  if (attempts.length >= LAST_ATTEMPT) return { fail: 'too-large' };
  const octaves = (one: Attempt): number => Math.log2(one.bytes / (limit * AIM));
  const { over, under } = bracket(attempts, octaves);
  if (over && over.crf >= WORST_CRF) return { fail: 'too-large' };
  const low =
    over ??
    (hint && octaves(hint) > 0 && (!under || hint.crf < under.crf) ? { crf: hint.crf, f: octaves(hint) } : undefined);
  const high =
    under ??
    (hint && octaves(hint) < 0 && (!over || hint.crf > over.crf) ? { crf: hint.crf, f: octaves(hint) } : undefined);
  if (low && high) {
    const width = high.crf - low.crf;
    if (over && under && width < FINEST)
      return fullest ? { done: fullest } : { try: Math.min(WORST_CRF, high.crf + 0.05) };
    const wanted = low.crf + (width * low.f) / (low.f - high.f);
    const margin = width * 0.03;
    return { try: clamp(wanted, low.crf + margin, high.crf - margin) };
  }
  const near = low ?? high;
  if (!near) return { try: best };
  const step = near.f / slopeOf(attempts, octaves);
  // The curve flattens towards high CRF: reaching a little too far brackets the root, which is worth more than to creep up to it.
  const reach = attempts.length > 1 ? 1.35 : 1.05;
  return { try: clamp(near.crf + (low ? Math.max(0.3, step * reach) : Math.min(-0.3, step)), best, WORST_CRF) };
}

function bracket(
  attempts: readonly Attempt[],
  octaves: (one: Attempt) => number,
): { over: End | undefined; under: End | undefined } {
  let over: End | undefined;
  let under: End | undefined;
  let last: 'over' | 'under' | undefined;
  for (const one of attempts) {
    const f = octaves(one);
    // What x264 gives is not quite monotonic: a try outside the bracket tells nothing new.
    if ((over && one.crf <= over.crf) || (under && one.crf >= under.crf)) continue;
    if (f > 0) {
      if (last === 'over' && under) under = { ...under, f: under.f / 2 };
      over = { crf: one.crf, f };
      last = 'over';
    } else {
      if (last === 'under' && over) over = { ...over, f: over.f / 2 };
      under = { crf: one.crf, f: Math.min(f, -1e-6) };
      last = 'under';
    }
  }
  return { over, under };
}

/** Octaves of size per CRF from the two newest attempts, kept within what x264 does. */
function slopeOf(attempts: readonly Attempt[], octaves: (one: Attempt) => number): number {
  const [a, b] = attempts.slice(-2);
  if (!a || !b || Math.abs(a.crf - b.crf) < 0.1) return 1 / CRF_PER_OCTAVE;
  return clamp((octaves(a) - octaves(b)) / (b.crf - a.crf), 1 / 14, 1 / 2.5);
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
