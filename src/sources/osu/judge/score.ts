/** What a combo is worth in score V1. */
import type { Beatmap } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';

const MULTIPLIERS: readonly (readonly [number, number])[] = [
  [MOD.NF, 0.5],
  [MOD.EZ, 0.5],
  [MOD.HT, 0.3],
  [MOD.HD, 1.06],
  [MOD.HR, 1.06],
  [MOD.DT, 1.12],
  [MOD.FL, 1.12],
  [MOD.SO, 0.9],
];

/** Plays with these count nothing. */
const UNRANKED = MOD.RX | MOD.AP;

export function modMultiplier(mods: number): number {
  if ((mods & UNRANKED) !== 0) return 0;
  // NC stands beside DT.
  return MULTIPLIERS.reduce((product, [mod, factor]) => ((mods & mod) !== 0 ? product * factor : product), 1);
}

/** 0 to 10 or so, of the map without mods: by its settings and by how many objects it has in a second without breaks. */
export function difficultyMultiplier({ difficulty, objects, breaks }: Beatmap): number {
  const first = objects[0];
  const last = objects.at(-1);
  if (!first || !last) return 0;
  const pauses = breaks.reduce((sum, { start, end }) => sum + end - start, 0);
  const seconds = Math.trunc((last.time - first.time - pauses) / 1000);
  // A map cut so short that its breaks fill it has less than no time, and is not dense.
  const density = seconds === 0 ? 16 : Math.max(0, Math.min(16, (objects.length / seconds) * 8));
  const { hp, cs, od } = difficulty;
  return roundHalfEven(((hp + od + cs + density) / 38) * 5);
}

/** To the nearest whole number, halves to the even one, as .NET does. */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
