/** Reads and judges what somebody broke, as `vidette inspect` does, and says how that ended. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, messageOf, UserError } from '../../src/base/errors.ts';
import { judge } from '../../src/sources/osu/judge/judge.ts';
import { preparePlay } from '../../src/sources/osu/judge/prepare.ts';
import { findMap } from '../../src/sources/osu/read/find-map.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { readReplay } from '../../src/sources/osu/read/read-replay.ts';
import { readSkin } from '../../src/sources/osu/read/read-skin.ts';
import { readStoryboard } from '../../src/sources/osu/read/read-storyboard.ts';
import type { Replay } from '../../src/sources/osu/read/replay.ts';
import { autoPlay } from './auto-play.ts';
import { writeMap } from './map-writer.ts';
import { mutate } from './mutate.ts';
import { frameText, packReplay, writeReplay } from './replay-writer.ts';
import { writeZip } from './zip-writer.ts';

export interface HostileResult {
  readonly tried: number;
  /** Read all the same, and judged. */
  readonly judged: number;
  readonly refused: number;
  /** Errors that name no file or no place in it, or are faults of ours. */
  readonly wrong: readonly string[];
  /** Milliseconds of CPU. */
  readonly slowest: number;
  readonly slowestCase: string;
}

const OBJECTS = [
  '100,100,1000,5,0,0:0:0:0:',
  '200,100,1400,1,2,0:0:0:0:',
  '100,100,2000,2,0,B|200:200|300:100|300:100|400:200,2,300,2|0|4,1:2|0:0|3:0,0:0:0:0:',
  '100,300,9000,2,0,P|200:200|300:300,1,250',
  '50,50,13000,2,0,C|100:50|100:100,3,90',
  '256,192,18000,12,0,20000,0:0:0:0:',
  ...Array.from({ length: 40 }, (_, i) => `${60 + (i % 8) * 50},200,${21_000 + i * 250},1,0,0:0:0:0:`),
];

const COLUMNS = Array.from({ length: 60 }, (_, i) =>
  i % 4 === 0
    ? `${64 + (i % 4) * 128},192,${1000 + i * 200},128,0,${1600 + i * 200}:0:0:0:0:`
    : `${64 + (i % 4) * 128},192,${1000 + i * 200},1,0,0:0:0:0:`,
);

const STORYBOARD = `[Variables]
$white=255,255,255
[Events]
//Storyboard Layer 0 (Background)
Sprite,Background,Centre,"bg.png",320,240
 F,0,0,1000,0,1
 M,3,0,1000,320,240,100,100
 C,0,0,,$white
 L,1000,20
  S,0,0,500,1,2
  R,0,0,500,0,1.57
 T,HitSoundClap,0,5000
  V,0,0,100,1,1,2,2
Animation,Foreground,TopLeft,"a.png",0,0,12,40,LoopForever
 P,0,0,,H
 MX,0,0,2000,0,640
Sample,1000,0,"hit.wav",70
Video,0,"film.mp4"
`;

/** Each is one way of breaking a kind of file: its bytes, or what is packed in it. */
interface Shape {
  readonly kind: HostileKind;
  /** @throws as the readers and the judge do */
  readonly run: (seed: number) => Promise<void> | void;
}

export const HOSTILE_KINDS = ['osr', 'osu', 'osz', 'osk', 'osb'] as const;
export type HostileKind = (typeof HOSTILE_KINDS)[number];

/** A byte, a line, a frame or a moment of the map; what is wrong with the directory of an archive; or that there is nothing. An entry of an archive is in the name of the input. */
const PLACE =
  /(\bat byte |\bline |\bframe |\bslider at |\bspinner at |\bcircle at )\d|cannot be read as a zip archive: |the file is empty|asks for more work/;

/** @param count mutations, dealt out over `kinds` and the ways to break each */
export async function tryHostile(
  count: number,
  seed = 1,
  kinds: readonly HostileKind[] = HOSTILE_KINDS,
): Promise<HostileResult> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-hostile-'));
  const shapes = shapesOf(folder);
  const result = { tried: 0, judged: 0, refused: 0, wrong: [] as string[], slowest: 0, slowestCase: '' };
  try {
    for (let i = 0; i < count; i++) {
      const kind = kinds[i % kinds.length] ?? 'osr';
      const ways = shapes.filter((shape) => shape.kind === kind);
      const started = process.cpuUsage();
      try {
        await ways[Math.floor(i / kinds.length) % ways.length]?.run(seed * 1_000_003 + i);
        result.judged++;
      } catch (error) {
        result.refused++;
        if (!isGood(error, `x.${kind}`)) result.wrong.push(`${kind} ${i}: ${messageOf(error)}`);
      }
      const { user, system } = process.cpuUsage(started);
      if ((user + system) / 1000 > result.slowest) {
        result.slowest = (user + system) / 1000;
        result.slowestCase = `${kind} ${i}`;
      }
      result.tried++;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return result;
}

/** The file and a place in it; or what cannot be judged, said to a person. */
function isGood(error: unknown, name: string): boolean {
  if (error instanceof UserError) return error.message.length > 0 && error.remedy.length > 0;
  if (!(error instanceof InputError)) return false;
  if (!error.input.startsWith(name) && error.input !== 'map.osu') return false;
  return error.input.includes(', ') || PLACE.test(error.message);
}

function shapesOf(folder: string): Shape[] {
  const map = writeMap({ objects: OBJECTS, breaks: [[11_000, 12_000]] });
  const parsed = readBeatmap(map, 'map.osu');
  const frames = autoPlay(preparePlay(parsed, 0, 'map.osu'));
  // Not all of them: they are packed anew each time.
  const text = Buffer.from(frameText(frames.slice(0, 300)));
  const scoreInfo = {
    mods: [
      { acronym: 'DT', settings: { speed_change: 1.3 } },
      { acronym: 'DA', settings: { circle_size: 4.2, overall_difficulty: 11 } },
      { acronym: 'MR', settings: { reflection: 1 } },
    ],
    statistics: {},
  };
  const info = Buffer.from(JSON.stringify(scoreInfo));
  const lazer = { beatmap: map, version: 30_000_001 };
  const osr = writeReplay({ ...lazer, frames, scoreInfo: { mods: [{ acronym: 'CL' }] } });
  const keys = writeMap({ mode: 3, cs: 4, objects: COLUMNS });
  const pressed = Array.from({ length: 600 }, (_, i) => ({ time: 900 + i * 25, x: i % 16, y: 0, keys: 0 }));
  const plays = [
    readReplay(writeReplay({ beatmap: map, frames }), 'a.osr'),
    readReplay(writeReplay({ mode: 1, beatmap: map, frames }), 'a.osr'),
    readReplay(writeReplay({ mode: 2, beatmap: map, frames }), 'a.osr'),
    readReplay(writeReplay({ mode: 3, beatmap: map, frames: pressed }), 'a.osr'),
  ] as const;
  const onKeys = readReplay(writeReplay({ mode: 3, beatmap: keys, frames: pressed }), 'a.osr');
  const judgeBroken = (bytes: Uint8Array, replay: Replay): void =>
    void judge(readBeatmap(bytes, 'x.osu'), replay, 'x.osu');
  const read = (bytes: Uint8Array): void => void judge(parsed, readReplay(bytes, 'x.osr'), 'map.osu');
  const archive = async (bytes: Uint8Array, md5: string): Promise<void> => {
    const path = join(folder, 'x.osz');
    await writeFile(path, bytes);
    const found = await findMap(path, md5);
    judge(found.map, plays[0], 'x.osz');
  };
  const skin = async (bytes: Uint8Array): Promise<void> => {
    const path = join(folder, 'x.osk');
    await writeFile(path, bytes);
    await readSkin(path, 'x.osk');
  };
  const osz = writeZip({ 'map.osu': map, 'audio.mp3': Buffer.alloc(500) });
  const ini = Buffer.from(
    '[General]\nVersion: 2.5\nAnimationFramerate: 30\n[Colours]\nCombo1: 255,0,0\n[Mania]\nKeys: 4\n',
  );
  const osk = writeZip({ 'skin.ini': ini, 'cursor.png': Buffer.alloc(100) });
  return [
    { kind: 'osr', run: (seed) => read(mutate(osr, seed)) },
    { kind: 'osr', run: (seed) => read(packReplay(lazer, mutate(text, seed), info)) },
    { kind: 'osr', run: (seed) => read(packReplay(lazer, text, mutate(info, seed))) },
    { kind: 'osu', run: (seed) => judgeBroken(mutate(map, seed), plays[0]) },
    { kind: 'osu', run: (seed) => judgeBroken(mutate(map, seed), plays[1]) },
    { kind: 'osu', run: (seed) => judgeBroken(mutate(map, seed), plays[2]) },
    { kind: 'osu', run: (seed) => judgeBroken(mutate(map, seed), plays[3]) },
    { kind: 'osu', run: (seed) => judgeBroken(mutate(keys, seed), onKeys) },
    { kind: 'osz', run: (seed) => archive(mutate(osz, seed), plays[0].header.beatmapMd5) },
    {
      kind: 'osz',
      run: (seed) => {
        const broken = mutate(map, seed);
        return archive(writeZip({ 'x.osu': broken }), createHash('md5').update(broken).digest('hex'));
      },
    },
    { kind: 'osk', run: (seed) => skin(mutate(osk, seed)) },
    { kind: 'osk', run: (seed) => skin(writeZip({ 'skin.ini': mutate(ini, seed), 'cursor.png': Buffer.alloc(9) })) },
    {
      kind: 'osb',
      run: (seed) => void readStoryboard([{ name: 'x.osb', bytes: mutate(Buffer.from(STORYBOARD), seed) }]),
    },
  ];
}
