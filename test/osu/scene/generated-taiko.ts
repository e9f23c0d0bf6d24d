/** A map of osu!taiko with everything in it, made up, and somebody who plays it well: for pictures and sounds of tests. */
import { judge } from '../../../src/sources/osu/judge/judge.ts';
import { prepareTaiko, type TaikoPlay } from '../../../src/sources/osu/judge/taiko-play.ts';
import { readBeatmap } from '../../../src/sources/osu/read/read-beatmap.ts';
import type { Replay } from '../../../src/sources/osu/read/replay.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { autoTaiko } from '../auto-taiko.ts';
import { framesFrom, headerOf } from './generated-play.ts';

/** Notes of each kind, then faster ones, a small and a large drumroll, a denden. */
export const TAIKO_TEXT = `osu file format v14

[General]
AudioFilename: music.wav
Mode: 1
SampleSet: Soft

[Metadata]
Title:Made Up
Artist:Nobody
Creator:A test
Version:Drum

[Difficulty]
HPDrainRate:5
CircleSize:5
OverallDifficulty:5
ApproachRate:5
SliderMultiplier:1.4
SliderTickRate:1

[TimingPoints]
0,400,4,2,0,70,1,0
4000,-60,4,3,0,60,0,1

[HitObjects]
256,192,1200,1,0,0:0:0:0:
256,192,1400,1,8,0:0:0:0:
256,192,1600,1,0,0:0:0:0:
256,192,1700,1,0,0:0:0:0:
256,192,1800,1,8,0:0:0:0:
256,192,2000,1,4,0:0:0:0:
256,192,2400,1,12,0:0:0:0:
256,192,2800,2,0,L|400:192,1,280
256,192,3800,1,2,0:0:0:0:
256,192,4200,1,0,0:0:0:0:
256,192,4400,1,8,0:0:0:0:
256,192,4800,2,4,L|400:192,2,140
256,192,5600,12,0,7600
256,192,8200,1,0,0:0:0:0:
`;

export function generatedTaiko(
  mods = 0,
  play: { readonly late?: number; readonly misses?: readonly number[] } = {},
): PlayedMap & { readonly play: TaikoPlay } {
  const map = readBeatmap(Buffer.from(TAIKO_TEXT), 'made up');
  const prepared = prepareTaiko(map, mods, 'made up');
  const replay: Replay = {
    header: headerOf(mods, 1),
    frames: framesFrom(autoTaiko(prepared, play)),
    lazerMods: [],
    notes: [],
  };
  return { map, play: prepared, replay, timeline: judge(map, replay, 'made up'), background: undefined };
}
