/**
 * Replays within a size, case by case: never above the limit; at least 93 % of it where the same frames at CRF 23 exceed it; each chunk looked at once,
 * coded once, and at most two coded again. Makings are counted by the chunk processes themselves. `--only=3,7` those numbers; `--quick` five of them.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entry } from '../src/base/entry.ts';
import { UserError } from '../src/base/errors.ts';
import { type ChunkedResult, renderChunks } from '../src/media/chunks/render-chunks.ts';
import { PRESETS, type Preset } from '../src/sources/osu/clip/replay-clip.ts';
import { unpackSet } from '../src/sources/osu/clip/unpack-set.ts';
import { findMap } from '../src/sources/osu/read/find-map.ts';
import { readReplay } from '../src/sources/osu/read/read-replay.ts';
import { SCENE_DEFAULTS } from '../src/sources/osu/scene/options.ts';
import { denseMap, denseReplay } from '../test/osu/dense.ts';
import type { CountedWork } from './osu-kills.main.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});

type What = 'dense' | 'sparse' | 'real';
interface SizeCase {
  readonly what: What;
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
  /** Limit in kB (1000 bytes). */
  readonly kilobytes: number;
  readonly preset: Preset;
  readonly quick: boolean;
  readonly upright: boolean;
}

const of = (
  what: What,
  [height, fps]: readonly [number, number],
  seconds: number,
  kilobytes: number,
  more: Partial<SizeCase> = {},
): SizeCase => ({ what, height, fps, seconds, kilobytes, preset: 'normal', quick: false, upright: false, ...more });

const p720 = [720, 60] as const;
const p480 = [480, 60] as const;
const CASES: readonly SizeCase[] = [
  of('dense', p720, 2, 500),
  of('dense', p720, 2, 60, { quick: true }),
  of('dense', p720, 4, 500, { quick: true }),
  of('dense', p480, 20, 500, { quick: true }),
  of('dense', p720, 20, 8000),
  of('dense', p720, 20, 3000),
  of('dense', p720, 20, 1500),
  of('dense', p720, 20, 500),
  of('dense', p480, 50, 8000),
  of('dense', p480, 50, 3000),
  of('dense', p480, 50, 500),
  of('dense', [480, 30], 20, 120, { quick: true }),
  of('dense', [1080, 60], 10, 1500),
  of('dense', p720, 20, 1500, { preset: 'draft' }),
  of('dense', p480, 20, 600, { preset: 'best', quick: true }),
  of('dense', [1080, 60], 10, 900, { upright: true }),
  of('sparse', p720, 20, 8000),
  of('sparse', p720, 20, 500),
  of('sparse', p720, 20, 150),
  of('real', p720, 30, 8000),
  of('real', p720, 30, 3000),
  of('real', p720, 30, 500),
  of('real', p480, 4, 500),
  of('dense', [240, 60], 20, 120),
  of('sparse', p480, 14, 60),
  of('dense', p480, 50, 20),
];

const REAL = join(import.meta.dirname, '../../shared/data/osu/sets/bigbang-intro-alive');
const ENOUGH = 0.93;
const MOST_AGAIN = 2;
const signal = new AbortController().signal;
const folder = await mkdtemp(join(tmpdir(), 'vidette-bench-osu-size-'));
process.env.NODE_COMPILE_CACHE = join(folder, 'code');

const bases = new Map<What, Omit<CountedWork, 'scene' | 'begun'>>();
async function baseOf(what: What): Promise<Omit<CountedWork, 'scene' | 'begun'>> {
  const known = bases.get(what);
  if (known) return known;
  const sound = { musicVolume: 0.7, hitVolume: 0.6, offset: 0, mapSounds: true };
  const names = { replay: 'made up', map: 'made up' };
  const map = join(folder, `${what}.osu`);
  let base: Omit<CountedWork, 'scene' | 'begun'>;
  if (what === 'real') {
    const [replay, set] = [join(REAL, 'replay.osr'), join(REAL, 'mapset.osz')];
    const found = await findMap(set, readReplay(await readFile(replay), 'replay.osr').header.beatmapMd5, signal);
    await writeFile(map, found.bytes);
    base = { replay, map, names, folder: await unpackSet(set, join(folder, 'set'), signal), skin: null, sound };
  } else {
    const replay = join(folder, `${what}.osr`);
    // What is played for the first seconds only leaves a long quiet rest.
    await writeFile(map, denseMap(what === 'dense' ? 60 : 7));
    await writeFile(replay, denseReplay(await readFile(map)));
    base = { replay, map, names, folder: null, skin: null, sound };
  }
  bases.set(what, base);
  return base;
}

async function render(one: SizeCase, name: string, maxBytes: number | undefined): Promise<Rendered> {
  const { what, height, fps, seconds, preset, upright } = one;
  const begun = join(folder, `${name}.begun`);
  await writeFile(begun, '');
  const width = Math.round((upright ? (height * 9) / 16 : (height * 16) / 9) / 2) * 2;
  const start = what === 'dense' ? 5 : 0;
  const scene = { ...SCENE_DEFAULTS, width, height, fps, range: { start, end: start + seconds } };
  const work: CountedWork = { ...(await baseOf(what)), scene: { ...scene, resultScreen: what === 'sparse' }, begun };
  const output = join(folder, `${name}.mp4`);
  const result = await renderChunks(
    {
      ...{ work, output, name: 'the play', key: 'size', metadata: {}, sound: 'keep' },
      entry: entry(import.meta.url, './osu-kills.main'),
      limits: maxBytes === undefined ? {} : { maxBytes },
      preset: PRESETS[preset],
      folder: join(folder, `${name}.chunks`),
    },
    { signal },
  );
  const { size } = await stat(output);
  await rm(output);
  return { result, size, begun: (await readFile(begun, 'utf8')).split('\n').length - 1 };
}

interface Rendered {
  readonly result: ChunkedResult;
  readonly size: number;
  readonly begun: number;
}

const chosen = [...CASES.entries()].filter(([index, one]) => {
  if (one.what === 'real' && !existsSync(REAL)) return false;
  return values.only ? values.only.split(',').includes(String(index + 1)) : !values.quick || one.quick;
});
const unlimited = new Map<string, number>();
let failed = 0;
try {
  for (const [index, one] of chosen) {
    const limit = one.kilobytes * 1000;
    const label = `${String(index + 1).padStart(2)} ${one.what} ${one.height}p${one.fps}${one.upright ? ' upright' : ''} ${one.preset}, ${one.seconds} s in ${one.kilobytes} kB`;
    const before = performance.now();
    try {
      const { result, size, begun } = await render(one, `case-${index}`, limit);
      const took = ((performance.now() - before) / 1000).toFixed(1);
      const same = JSON.stringify({ ...one, kilobytes: 0 });
      let needed = unlimited.get(same);
      // What nearly fills the limit needs no proof.
      if (size < ENOUGH * limit) needed ??= (await render(one, `free-${index}`, undefined)).size;
      if (needed !== undefined) unlimited.set(same, needed);
      const again = begun - 2 * result.chunks;
      const ok =
        size <= limit &&
        size === result.bytes &&
        again <= MOST_AGAIN &&
        !(size < ENOUGH * limit && (needed ?? 0) > limit);
      if (!ok) failed++;
      console.log(
        `  ${label}: ${size} bytes, ${((100 * size) / limit).toFixed(1)} %; ${result.width}×${result.height} at ${result.fps}, QP ${result.qp.toFixed(1)}; ${result.chunks} chunks, ${again} coded again; ${took} s${needed === undefined ? '' : `; CRF 23: ${needed}`}${ok ? '' : '  FAILED'}`,
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // The last case cannot be met by anybody.
      const ok = index === CASES.length - 1;
      if (!ok) failed++;
      console.log(`  ${label}: refused: ${error.message}${ok ? '' : '  FAILED'}`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`  ${chosen.length - failed} of ${chosen.length} hold`);
if (failed > 0) process.exitCode = 1;
