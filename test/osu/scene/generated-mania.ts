/** Maps of mania, made up, and somebody who plays them: for pictures of tests. */
import { judge } from '../../../src/sources/osu/judge/judge.ts';
import { type ManiaPlay, prepareMania } from '../../../src/sources/osu/judge/mania-play.ts';
import { readBeatmap } from '../../../src/sources/osu/read/read-beatmap.ts';
import type { Replay, ReplayFrames } from '../../../src/sources/osu/read/replay.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { writeMap } from '../map-writer.ts';
import { generatedPlay } from './generated-play.ts';

export interface ManiaCase {
  readonly columns?: number;
  readonly mods?: number;
  /** Ms that every press is late. */
  readonly late?: number;
  /** Numbers of objects that are not pressed, and of long notes that are let go half-way. */
  readonly misses?: readonly number[];
  readonly letGo?: readonly number[];
  /** Lines of timing. */
  readonly timing?: readonly string[];
}

/** Stairs, chords and a long note in turns: an object each 150 ms, from a second on. */
export function maniaMap({ columns = 4, timing }: Pick<ManiaCase, 'columns' | 'timing'> = {}): Buffer {
  const at = (column: number): number => Math.floor(((column + 0.5) * 512) / columns);
  const objects = Array.from({ length: 40 }, (_, index) => {
    const time = 1000 + index * 150;
    const column = index % columns;
    if (index % 10 === 7) return `${at(column)},192,${time},128,0,${time + 120 * Math.min(4, columns)}:0:0:0:0:`;
    return `${at(column)},192,${time},1,0,0:0:0:0:`;
  });
  return writeMap({ mode: 3, cs: columns, od: 8, timing: timing ?? ['0,400,4,2,0,70,1,0'], objects });
}

export function generatedMania(asked: ManiaCase = {}): PlayedMap {
  const { mods = 0, late = 0, misses = [], letGo = [] } = asked;
  const map = readBeatmap(maniaMap(asked), 'made up');
  const play = prepareMania(map, mods, 'made up');
  const frames = pressed(play, late, new Set(misses), new Set(letGo));
  const { header } = generatedPlay(mods).replay;
  const replay: Replay = { header: { ...header, mode: 3 }, frames, lazerMods: [], notes: [] };
  return { map, play, replay, timeline: judge(map, replay, 'made up'), background: undefined };
}

function pressed(
  { objects }: ManiaPlay,
  late: number,
  misses: ReadonlySet<number>,
  letGo: ReadonlySet<number>,
): ReplayFrames {
  const edges: [time: number, bit: number][] = [[0, 0]];
  for (const { index, column, time, endTime, kind } of objects) {
    if (misses.has(index)) continue;
    const up = kind === 'note' ? time + 60 : letGo.has(index) ? (time + endTime) / 2 : endTime;
    edges.push([time + late, 1 << column], [up + late, 1 << column]);
  }
  edges.sort((a, b) => a[0] - b[0]);
  let keys = 0;
  const states = edges.map(([time, bit]) => {
    keys ^= bit;
    return [time, keys] as const;
  });
  states.push([(states.at(-1)?.[0] ?? 0) + 2000, 0]);
  return {
    count: states.length,
    time: Float64Array.from(states, ([time]) => time),
    x: Float64Array.from(states, ([, down]) => down),
    y: new Float64Array(states.length),
    keys: new Uint8Array(states.length),
  };
}
