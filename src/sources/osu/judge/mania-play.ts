/** A map of osu!mania under mods: its columns, and the notes in them. */
import type { Beatmap } from '../read/beatmap.ts';
import { MOD } from '../read/replay.ts';
import { type ManiaWindows, maniaWindows } from './mania-windows.ts';

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
  readonly columns: number;
  /** One for each object of the map, in its order. */
  readonly objects: readonly ManiaNote[];
  readonly windows: ManiaWindows;
  /** Eight keys are seven and a turntable. */
  readonly special: boolean;
}

/** With Mirror columns are counted from the right. */
export function prepareMania(map: Beatmap, mods: number): ManiaPlay {
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
  const windows = maniaWindows(map.difficulty.od, mods);
  return { game: 'mania', mods, columns, objects, windows, special: map.specialStyle };
}
