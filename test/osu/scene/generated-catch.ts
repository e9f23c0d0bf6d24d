/** A map of osu!catch with everything in it, made up, and somebody who plays it well: for pictures and sounds of tests. */
import { type CatchPlay, prepareCatch } from '../../../src/sources/osu/judge/catch-play.ts';
import { judge } from '../../../src/sources/osu/judge/judge.ts';
import { readBeatmap } from '../../../src/sources/osu/read/read-beatmap.ts';
import type { Replay } from '../../../src/sources/osu/read/replay.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { autoCatch } from '../auto-catch.ts';
import { framesFrom, headerOf } from './generated-play.ts';

/** Fruits of each kind, a stream with a turn, one that throws the catcher, bananas. */
export const CATCH_TEXT = `osu file format v14

[General]
AudioFilename: music.wav
Mode: 2
SampleSet: Soft

[Metadata]
Title:Made Up
Artist:Nobody
Creator:A test
Version:Salad

[Difficulty]
HPDrainRate:5
CircleSize:4
OverallDifficulty:8
ApproachRate:8
SliderMultiplier:1.4
SliderTickRate:2

[TimingPoints]
0,400,4,2,0,70,1,0

[Colours]
Combo1 : 255,128,128
Combo2 : 96,160,255
Combo3 : 120,220,120

[HitObjects]
100,192,1200,5,0,0:0:0:0:
180,192,1600,1,8,0:0:0:0:
260,192,2000,1,0,0:0:0:0:
200,192,2400,1,0,0:0:0:0:
150,192,2800,5,0,0:0:0:0:
260,192,3200,1,0,0:0:0:0:
300,192,3600,2,0,L|440:192,2,140,0|2|4,0:0|0:0|0:0,0:0:0:0:
40,192,4600,5,0,0:0:0:0:
470,192,4900,1,0,0:0:0:0:
256,192,5400,12,0,6600
256,192,7200,5,0,0:0:0:0:
`;

export function generatedCatch(
  mods = 0,
  play: { readonly misses?: readonly number[] } = {},
): PlayedMap & { readonly play: CatchPlay } {
  const map = readBeatmap(Buffer.from(CATCH_TEXT), 'made up');
  const prepared = prepareCatch(map, mods, 'made up');
  const replay: Replay = {
    header: headerOf(mods, 2),
    frames: framesFrom(autoCatch(prepared, play)),
    lazerMods: [],
    notes: [],
  };
  return { map, play: prepared, replay, timeline: judge(map, replay, 'made up'), background: undefined };
}
