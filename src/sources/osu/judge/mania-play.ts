/** A map under mods as osu!mania plays it: its columns, and the notes in them. */
import type { Beatmap } from '../read/beatmap.ts';
import { rateOf } from '../read/pace.ts';
import { MOD } from '../read/replay.ts';
import { maniaMap, usualColumns } from './mania-convert/convert.ts';
import { convertedWindows, type ManiaWindows, maniaWindows } from './mania-windows.ts';

/** Two players with nine keys each. */
const MOST_COLUMNS = 18;
const FIELD_WIDTH = 512;

export interface ManiaNote {
  readonly kind: 'note' | 'hold';
  /** Place among the map's objects. */
  readonly index: number;
  readonly column: number;
  readonly time: number;
  /** Of a note its own time. */
  readonly endTime: number;
  /** Middle of its column, osu! pixels of a field of 512. */
  readonly x: number;
}

export interface ManiaPlay {
  readonly game: 'mania';
  readonly mods: number;
  /** What is played: of a map of osu!standard what it was converted to. */
  readonly map: Beatmap;
  readonly columns: number;
  /** One for each object of `map`, in its order. */
  readonly objects: readonly ManiaNote[];
  readonly windows: ManiaWindows;
  /** What points are worth beside the mods: less with other keys than a converted map usually has. */
  readonly keyFactor: number;
  /** Eight keys are seven and a turntable. */
  readonly special: boolean;
}

/**
 * With Mirror columns are counted from the right.
 * @param name of the map's file, for errors
 * @param rate ms of the map in one of real time, where it is not that of the mods
 * @throws UserError, InputError where a map of osu!standard cannot be converted
 */
export function prepareMania(given: Beatmap, mods: number, name: string, rate = rateOf(mods)): ManiaPlay {
  const isConverted = given.mode === 0;
  const map = isConverted ? maniaMap(given, mods, name) : given;
  const columns = Math.max(1, Math.min(MOST_COLUMNS, Math.round(map.difficulty.cs)));
  const isMirrored = (mods & MOD.MR) !== 0;
  const objects = map.objects.map((object, index): ManiaNote => {
    const from = Math.max(0, Math.min(columns - 1, Math.floor((object.x * columns) / FIELD_WIDTH)));
    const column = isMirrored ? columns - 1 - from : from;
    const x = ((column + 0.5) * FIELD_WIDTH) / columns;
    const { time } = object;
    return object.kind === 'hold'
      ? { kind: 'hold', index, column, time, endTime: Math.max(time, object.endTime), x }
      : { kind: 'note', index, column, time, endTime: time, x };
  });
  const windows = isConverted
    ? convertedWindows(map.difficulty.od, mods, rate)
    : maniaWindows(map.difficulty.od, mods, rate);
  const keyFactor = isConverted ? keyFactorOf(usualColumns(given), columns) : 1;
  return { game: 'mania', mods, map, columns, objects, windows, keyFactor, special: map.specialStyle };
}

/** By ppy/osu, `ManiaLegacyScoreSimulator` (MIT). */
function keyFactorOf(usual: number, columns: number): number {
  if (columns === usual) return 1;
  return columns > usual ? 0.9 : 0.9 - 0.04 * (usual - columns);
}
