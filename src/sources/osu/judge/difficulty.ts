/** What a map's difficulty becomes under mods: sizes, times and windows of osu!standard. All in milliseconds of the map and osu! pixels. */
import type { Difficulty } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';

export interface PlayDifficulty extends Difficulty {
  /** From the first sight of an object to its time. */
  readonly preempt: number;
  /** Radius of a circle. */
  readonly radius: number;
  /** A click closer than this is a 300, 100, 50. Whole numbers. */
  readonly window300: number;
  readonly window100: number;
  readonly window50: number;
}

/** The game's rounding of its field made circles a little larger, and they stayed so. */
const LARGER = 1.00041;

/** A value for a difficulty of 0, 5 and 10, and linear between. */
export function between(difficulty: number, at0: number, at5: number, at10: number): number {
  if (difficulty > 5) return at5 + ((at10 - at5) * (difficulty - 5)) / 5;
  if (difficulty < 5) return at5 - ((at5 - at0) * (5 - difficulty)) / 5;
  return at5;
}

export function difficultyWith(
  { hp, cs, od, ar, sliderMultiplier, tickRate }: Difficulty,
  mods: number,
): PlayDifficulty {
  const easy = (mods & MOD.EZ) !== 0;
  const hard = (mods & MOD.HR) !== 0;
  const changed = (value: number, harder: number): number => {
    const eased = easy ? Math.max(0, value / 2) : value;
    return hard ? Math.min(10, eased * harder) : eased;
  };
  const [newHp, newCs, newOd, newAr] = [changed(hp, 1.4), changed(cs, 1.3), changed(od, 1.4), changed(ar, 1.4)];
  return {
    hp: newHp,
    cs: newCs,
    od: newOd,
    ar: newAr,
    sliderMultiplier,
    tickRate,
    preempt: Math.trunc(between(newAr, 1800, 1200, 450)),
    radius: Math.fround(between(newCs, 54.4, 32, 9.6) * LARGER),
    window300: Math.trunc(between(newOd, 80, 50, 20)),
    window100: Math.trunc(between(newOd, 140, 100, 60)),
    window50: Math.trunc(between(newOd, 200, 150, 100)),
  };
}
