/**
 * Smaller pictures and fewer of them, when there are too few bits for all. Pure.
 */
import type { FrameRate, Size } from '../codec/plan.ts';

export interface Rung extends Size {
  readonly rate: FrameRate;
  /** Share of the bits that the first rung needs at the same CRF; an estimate. */
  readonly cost: number;
}

/** Length of the shorter side of each rung below the first. */
const SIDES = [1440, 1080, 900, 720, 576, 480, 360, 288, 240, 180, 144];
/** From this side down frames are dropped before detail is. */
const SPARSE_SIDE = 360;
/** Bits at equal CRF go with the number of pixels to this power: what is left out is the finest, dearest detail. */
const AREA_POWER = 0.8;
/** Share of the bits that remains when every second frame is dropped; those left differ more from each other. */
const HALF_RATE_COST = 0.62;
/** Nobody minds blur below this; above, a smaller sharp picture looks better than a large smeared one. */
const COMFORTABLE_CRF = 36;
/** So many CRF halve the bits of x264, about: 3 with much grain, 9 with none. */
export const CRF_PER_OCTAVE = 7;
/** For choosing a size: lower, because grain is common and a needlessly small picture is worse than a few steps of CRF. */
const CHOICE_PER_OCTAVE = 6;

/** All sizes and rates that may be chosen, the largest first. */
export function ladder(size: Size, rate: FrameRate): Rung[] {
  const side = Math.min(size.width, size.height);
  const rungs: Rung[] = [{ ...size, rate, cost: 1 }];
  let now = rate;
  let rateCost = 1;
  for (const next of SIDES) {
    if (next > side * 0.9) continue;
    const scale = next / side;
    const width = Math.max(2, Math.round((size.width * scale) / 2) * 2);
    const height = Math.max(2, Math.round((size.height * scale) / 2) * 2);
    const cost = (): number => rateCost * scale ** (2 * AREA_POWER);
    rungs.push({ width, height, rate: now, cost: cost() });
    if (next <= SPARSE_SIDE && now.num / now.den >= 20) {
      now = { num: now.num, den: now.den * 2 };
      rateCost *= HALF_RATE_COST;
      rungs.push({ width, height, rate: now, cost: cost() });
    }
  }
  const last = rungs.at(-1);
  for (let fewer = last; fewer && fewer.rate.num / fewer.rate.den >= 8; ) {
    fewer = {
      ...fewer,
      rate: { num: fewer.rate.num, den: fewer.rate.den * 2 },
      cost: fewer.cost * HALF_RATE_COST,
    };
    rungs.push(fewer);
  }
  return rungs;
}

/**
 * The first rung on which the limit is met at a CRF that looks well, and that CRF.
 * @param excess how many times too large the first rung is at `crf`
 */
export function chooseRung(rungs: readonly Rung[], excess: number, crf: number): { index: number; crf: number } {
  let last = { index: 0, crf };
  for (const [index, rung] of rungs.entries()) {
    last = { index, crf: crf + CHOICE_PER_OCTAVE * Math.log2(Math.max(1e-6, excess * rung.cost)) };
    if (last.crf <= COMFORTABLE_CRF) break;
  }
  return last;
}
