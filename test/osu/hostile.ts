/** Reads and judges what somebody broke, as `vidette inspect` does, and says how that ended. */
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
import { autoPlay } from './auto-play.ts';
import { writeMap } from './map-writer.ts';
import { mutate } from './mutate.ts';
import { writeReplay } from './replay-writer.ts';
import { writeZip } from './zip-writer.ts';

export interface HostileResult {
  readonly tried: number;
  /** Read all the same, and judged. */
  readonly judged: number;
  readonly refused: number;
  /** Errors that name no file, or are faults of ours. */
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

const KINDS = ['osr', 'osu', 'osz', 'osk'] as const;

/** @param count mutations, dealt out over replays, maps, sets and skins */
export async function tryHostile(count: number, seed = 1): Promise<HostileResult> {
  const map = writeMap({ objects: OBJECTS, breaks: [[11_000, 12_000]] });
  const parsed = readBeatmap(map, 'map.osu');
  const frames = autoPlay(preparePlay(parsed, 0, 'map.osu'));
  const good = { map: parsed, replay: readReplay(writeReplay({ beatmap: map, frames }), 'a.osr') };
  const files = {
    osr: writeReplay({ beatmap: map, frames, version: 30_000_001, scoreInfo: { mods: [{ acronym: 'CL' }] } }),
    osu: map,
    osz: writeZip({ 'map.osu': map, 'audio.mp3': Buffer.alloc(500) }),
    osk: writeZip({ 'skin.ini': Buffer.from('[General]\nVersion: 2.5\n'), 'cursor.png': Buffer.alloc(100) }),
  };
  const folder = await mkdtemp(join(tmpdir(), 'vidette-hostile-'));
  const result = { tried: 0, judged: 0, refused: 0, wrong: [] as string[], slowest: 0, slowestCase: '' };
  try {
    for (let i = 0; i < count; i++) {
      const kind = KINDS[i % KINDS.length] ?? 'osr';
      const bytes = mutate(files[kind], seed * 1_000_003 + i);
      const name = `x.${kind}`;
      const started = process.cpuUsage();
      try {
        if (kind === 'osr') judge(good.map, readReplay(bytes, name), 'map.osu');
        else if (kind === 'osu') judge(readBeatmap(bytes, name), good.replay, name);
        else {
          const path = join(folder, name);
          await writeFile(path, bytes);
          if (kind === 'osz') judge((await findMap(path, good.replay.header.beatmapMd5)).map, good.replay, name);
          else await readSkin(path, name);
        }
        result.judged++;
      } catch (error) {
        result.refused++;
        const isOurs = error instanceof InputError || error instanceof UserError;
        if (!isOurs || (error instanceof InputError && !error.input.includes(name) && error.input !== 'map.osu'))
          result.wrong.push(`${kind} ${i}: ${messageOf(error)}`);
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
