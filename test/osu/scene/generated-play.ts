/** A map of everything, made up, and somebody who plays it well: for pictures and sounds of tests. */

import { judge } from '../../../src/sources/osu/judge/judge.ts';
import { type PlayMap, preparePlay } from '../../../src/sources/osu/judge/prepare.ts';
import { BallPlace } from '../../../src/sources/osu/judge/slider-ball.ts';
import { readBeatmap } from '../../../src/sources/osu/read/read-beatmap.ts';
import type { GameMode, Replay, ReplayFrames } from '../../../src/sources/osu/read/replay.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import type { MadeFrame } from '../replay-writer.ts';

/** Two seconds of each: a combo of circles, a curved slider with ticks, one with two turns, a stack, a spinner. */
export const MAP_TEXT = `osu file format v14

[General]
AudioFilename: music.wav
Mode: 0
StackLeniency: 0.7
SampleSet: Soft

[Metadata]
Title:Made Up
Artist:Nobody
Creator:A test
Version:Everything

[Difficulty]
HPDrainRate:5
CircleSize:4
OverallDifficulty:7
ApproachRate:8
SliderMultiplier:1.4
SliderTickRate:2

[Events]
0,0,"background.png",0,0

[TimingPoints]
0,400,4,2,0,70,1,0
5000,-80,4,3,0,60,0,0

[Colours]
Combo1 : 255,128,128
Combo2 : 96,160,255
Combo3 : 120,220,120

[HitObjects]
100,100,1200,5,0,0:0:0:0:
200,120,1600,1,2,0:0:0:0:
300,90,2000,1,8,0:0:0:0:
400,160,2400,1,4,0:0:0:0:
120,300,3000,6,2,B|180:200|300:380|360:280,1,280,2|0,0:0|0:0,0:0:0:0:
400,100,4600,2,0,L|250:100,3,140,0|2|0|8,0:0|0:0|0:0|0:0,0:0:0:0:
256,220,6400,5,0,0:0:0:0:
256,220,6600,1,0,0:0:0:0:
256,220,6800,1,0,0:0:0:0:
256,192,7600,12,4,9600,0:0:0:0:
100,200,10600,6,0,P|180:140|260:200,1,180,0|0,0:0|0:0,0:0:0:0:
440,300,11400,1,0,0:0:0:0:
`;

/** @param late ms that every click comes late @param misses numbers of objects that are not clicked */
export function generatedPlay(
  mods = 0,
  { late = 0, misses = [] }: { readonly late?: number; readonly misses?: readonly number[] } = {},
): PlayedMap & { readonly play: PlayMap } {
  const map = readBeatmap(Buffer.from(MAP_TEXT), 'made up');
  const play = preparePlay(map, mods, 'made up');
  const frames = framesOf(play, late, new Set(misses));
  const replay: Replay = { header: headerOf(mods), frames, lazerMods: [], notes: [] };
  return { map, play, replay, timeline: judge(map, replay, 'made up'), background: undefined };
}

/** Of somebody's play: nothing that the game counted. */
export function headerOf(mods: number, mode: GameMode = 0): Replay['header'] {
  return {
    mode,
    version: 20_260_101,
    lazer: false,
    beatmapMd5: '0'.repeat(32),
    player: 'Somebody',
    replayMd5: '0'.repeat(32),
    n300: 0,
    n100: 0,
    n50: 0,
    geki: 0,
    katu: 0,
    miss: 0,
    score: 0,
    maxCombo: 0,
    perfect: false,
    mods,
    life: [],
    playedAt: '2026-11-21T18:05:00Z',
    onlineId: null,
  };
}

/** Keys, a bit each with that of its mouse button. */
const K1 = 5;
const K2 = 10;
const STEP = 8;
const HELD = 60;

/** To each object in a straight line, on it a little before its time; along sliders, around spinners. */
function framesOf({ objects }: PlayMap, late: number, misses: ReadonlySet<number>): ReplayFrames {
  const rows: [time: number, x: number, y: number, keys: number][] = [[0, 256, 500, 0]];
  const ball = new BallPlace();
  for (const [index, object] of objects.entries()) {
    const key = misses.has(index) ? 0 : index % 2 === 0 ? K1 : K2;
    const start = object.time + (object.kind === 'spinner' ? 0 : late);
    const [lastTime, lastX, lastY] = rows.at(-1) ?? [0, 0, 0, 0];
    const from = Math.max(lastTime + STEP, start - 250);
    for (let time = from; time < start - STEP; time += STEP) {
      const part = Math.min(1, (time - from) / Math.max(1, start - 60 - from));
      const ease = part * part * (3 - 2 * part);
      rows.push([time, lastX + (object.x - lastX) * ease, lastY + (object.y - lastY) * ease, 0]);
    }
    const end = Math.max(start + HELD, object.endTime + (object.kind === 'circle' ? 0 : 20));
    for (let time = start; time <= end; time += STEP) {
      if (object.kind === 'slider') ball.find(object, Math.min(time, object.endTime));
      const angle = ((time - object.time) / 1000) * 2 * Math.PI * 6.5;
      const [x, y] =
        object.kind === 'spinner'
          ? [256 + 60 * Math.cos(angle), 192 + 60 * Math.sin(angle)]
          : object.kind === 'slider'
            ? [ball.x, ball.y]
            : [object.x, object.y];
      rows.push([time, x, y, key]);
    }
    rows.push([end + 1, rows.at(-1)?.[1] ?? 0, rows.at(-1)?.[2] ?? 0, 0]);
  }
  rows.sort((a, b) => a[0] - b[0]);
  return framesFrom(rows.map(([time, x, y, keys]) => ({ time, x, y, keys })));
}

/** @param list by time */
export function framesFrom(list: readonly MadeFrame[]): ReplayFrames {
  return {
    count: list.length,
    time: Float64Array.from(list, ({ time }) => time),
    x: Float64Array.from(list, ({ x }) => x),
    y: Float64Array.from(list, ({ y }) => y),
    keys: Uint8Array.from(list, ({ keys }) => keys),
  };
}
