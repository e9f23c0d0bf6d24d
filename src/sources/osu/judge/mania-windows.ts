/** How far from a note of osu!mania a key press may be: osu!'s wiki “Judgement/osu!mania”, and ppy/osu's ManiaHitWindows for the stable game. */
import { rateOf } from '../read/pace.ts';
import { MOD } from '../read/replay.ts';
import { roundHalfEven } from './score.ts';

/** Milliseconds of the map from the note within which a key press has a verdict; whole numbers, and each counts itself. */
export interface ManiaWindows {
  readonly max: number;
  readonly w300: number;
  readonly w200: number;
  readonly w100: number;
  readonly w50: number;
  /** Presses before this are nothing, from here to `w50` early a miss. */
  readonly miss: number;
}

/** Of Easy; Hard Rock divides by it. */
const EASIER = 1.4;

/** They are as long for the player at any speed: in milliseconds of the map longer with Double Time, shorter with Half Time. @param rate where it is not that of the mods */
export function maniaWindows(od: number, mods: number, rate = rateOf(mods)): ManiaWindows {
  const easier = 3 * Math.max(0, Math.min(10, 10 - od));
  return windowsOf([34 + easier, 67 + easier, 97 + easier, 121 + easier, 158 + easier], mods, rate);
}

/** Of a map of osu!standard: two sizes alone. */
export function convertedWindows(od: number, mods: number, rate = rateOf(mods)): ManiaWindows {
  const isHard = roundHalfEven(od) > 4;
  return windowsOf([isHard ? 34 : 47, isHard ? 67 : 77, 97, 121, 158], mods, rate);
}

function windowsOf(
  [w300, w200, w100, w50, miss]: readonly [number, number, number, number, number],
  mods: number,
  rate: number,
): ManiaWindows {
  const difficulty = (mods & MOD.EZ) !== 0 ? 1 / EASIER : (mods & MOD.HR) !== 0 ? EASIER : 1;
  // Divided as the game does it: the product of 1.4 and 0.75 falls a hair short of a whole window.
  const factor = rate / difficulty;
  const at = (ms: number): number => Math.floor(ms * factor);
  return { max: at(16), w300: at(w300), w200: at(w200), w100: at(w100), w50: at(w50), miss: at(miss) };
}
