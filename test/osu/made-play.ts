/** A made map judged under a made hand, for tests. */
import { judge } from '../../src/sources/osu/judge/judge.ts';
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import type { Timeline } from '../../src/sources/osu/judge/timeline.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { readReplay } from '../../src/sources/osu/read/read-replay.ts';
import { autoPlay } from './auto-play.ts';
import { type MadeMap, writeMap } from './map-writer.ts';
import { type MadeFrame, writeReplay } from './replay-writer.ts';

export interface MadePlay extends MadeMap {
  readonly mods?: number;
  readonly gameVersion?: number;
  /** By default a play without a mistake. */
  readonly frames?: readonly MadeFrame[];
}

export function play({ mods = 0, gameVersion = 20_200_427, frames, ...made }: MadePlay): Timeline {
  const bytes = writeMap(made);
  const map = readBeatmap(bytes, 'map.osu');
  const written = frames ?? autoPlay(preparePlay(map, mods, 'map.osu'));
  return judge(
    map,
    readReplay(writeReplay({ beatmap: bytes, mods, version: gameVersion, frames: written }), 'a.osr'),
    'map.osu',
  );
}

export const counts = ({ n300, n100, n50, miss, maxCombo }: Timeline) => [n300, n100, n50, miss, maxCombo];

/** A click of the left button, let go 10 ms later. */
export const click = (time: number, x = 100, y = 100, keys = 5): MadeFrame[] => [
  { time, x, y, keys },
  { time: time + 10, x, y, keys: 0 },
];
export const idle = (time: number, x = 100, y = 100): MadeFrame => ({ time, x, y, keys: 0 });
export const circle = (time: number, x = 100, y = 100): string => `${x},${y},${time},1,0`;
