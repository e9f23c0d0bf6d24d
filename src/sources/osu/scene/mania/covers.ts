/** What Hidden, Fade In and Flashlight leave of the notes: ppy/osu's mods of mania, whose covers are counted in 768 lines from the hit line. Pure. */
import { MOD } from '../../read/replay.ts';
import { clamp } from '../clamp.ts';

/** Parts of the way from the hit line (0) to where notes come from (1): nothing is seen from `gone` on, and all from `whole` on. */
export interface Cover {
  readonly gone: number;
  readonly whole: number;
}

const LINES = 768;
const COVER = { least: 160, most: 400, each: 0.5 } as const;
/** Lines over which a cover ends. */
const SOFT = 0.1;
/** The light of Flashlight: its height beside the way's, by combo. */
const LIGHT_BY_COMBO = [
  [200, 0.22],
  [100, 0.3],
  [0, 0.38],
] as const;
const LIGHT_MIDDLE = 0.45;

/** How much is seen at a part of the way, 0 to 1. */
export function seenAt(covers: readonly Cover[], part: number): number {
  return covers.reduce((seen, { gone, whole }) => Math.min(seen, clamp((part - gone) / (whole - gone))), 1);
}

/** @param lines of the way, of 768 */
export function coversOf(mods: number, combo: number, lines: number): Cover[] {
  const covered = Math.min(0.95, (Math.min(COVER.most, COVER.least + combo * COVER.each) * 1) / Math.min(LINES, lines));
  const covers: Cover[] = [];
  if ((mods & MOD.HD) !== 0) covers.push({ gone: covered, whole: covered + SOFT });
  if ((mods & MOD.FI) !== 0) covers.push({ gone: 1 - covered, whole: 1 - covered - SOFT });
  if ((mods & MOD.FL) !== 0) {
    const half = (LIGHT_BY_COMBO.find(([least]) => combo >= least)?.[1] ?? 0.3) / 2;
    covers.push({ gone: LIGHT_MIDDLE - half, whole: LIGHT_MIDDLE - half + SOFT / 2 });
    covers.push({ gone: LIGHT_MIDDLE + half, whole: LIGHT_MIDDLE + half - SOFT / 2 });
  }
  return covers;
}
