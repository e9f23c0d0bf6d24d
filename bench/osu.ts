/**
 * A replay drawn and coded, against coding the same frames when they are there already: same preset, threads and chunks, in the same run. A made-up
 * dense map, and a real set where it lies beside the project; all displays. `--seconds=26` of each (to the end of the real one), `--rounds=1`, `--only=dense` or `real`,
 * `--height=720` alone. The memory of each process, and 4K for what it tells.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entry } from '../src/base/entry.ts';
import { chunksOf } from '../src/media/chunks/chunk-plan.ts';
import { renderChunks } from '../src/media/chunks/render-chunks.ts';
import { NativeProcess } from '../src/media/codec/native-process.ts';
import { unpackSet } from '../src/sources/osu/clip/unpack-set.ts';
import type { ReplayWork } from '../src/sources/osu/clip/work.ts';
import { findMap } from '../src/sources/osu/read/find-map.ts';
import { readReplay } from '../src/sources/osu/read/read-replay.ts';
import { SCENE_DEFAULTS } from '../src/sources/osu/scene/options.ts';
import { denseMap, denseReplay } from '../test/osu/dense.ts';
import type { PremadeTask } from './osu-premade.main.ts';
import { cpuSeconds, PeakMemory } from './process-cost.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '26' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string' },
    height: { type: 'string' },
  },
});
const SECONDS = Number(values.seconds);
const RATIO = { bar: 1.5, goal: 1.35 };
const MOST_MB = 400;
const PRESET = 'veryfast';
const REAL = join(import.meta.dirname, '../../shared/data/osu/sets/bigbang-intro-alive');
/** Wall goals are times of real time, on two cores with nothing else to do. */
const CASES = [
  { name: '720p60', width: 1280, height: 720, seconds: SECONDS, wall: 2.5, binds: true },
  { name: '1080p60', width: 1920, height: 1080, seconds: SECONDS, wall: 1, binds: true },
  { name: '4K60', width: 3840, height: 2160, seconds: Math.min(4, SECONDS), wall: undefined, binds: false },
] as const;
type Case = (typeof CASES)[number];
type Base = Omit<ReplayWork, 'scene'>;

const signal = new AbortController().signal;
const folder = await mkdtemp(join(tmpdir(), 'vidette-bench-osu-'));
// As installed: what was compiled is kept from process to process.
process.env.NODE_COMPILE_CACHE = join(folder, 'code');
const sound = { musicVolume: 0.7, hitVolume: 0.6, offset: 0, mapSounds: true };
let missed = 0;

async function measured<T>(work: () => Promise<T>): Promise<{ cpu: number; wall: number; mb: number; result: T }> {
  const memory = new PeakMemory(process.pid);
  const [cpu, wall] = [cpuSeconds([process.pid]), performance.now()];
  const result = await work();
  const took = { cpu: cpuSeconds([process.pid]) - cpu, wall: (performance.now() - wall) / 1000 };
  return { ...took, mb: memory.stop(), result };
}

async function codePremade(task: Omit<PremadeTask & { do: 'code' }, 'chunk'>, frames: number): Promise<void> {
  const chunks = [...chunksOf(frames, { num: task.fps, den: 1 })];
  const one = async (): Promise<void> => {
    const child = new NativeProcess(entry(import.meta.url, './osu-premade.main'));
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift())
      await child.run<number>({ ...task, chunk } satisfies PremadeTask, 'the frames', { signal });
    await child.close();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, one));
}

async function bench(what: string, base: Base, { name, width, height, seconds, wall, binds }: Case): Promise<void> {
  const range = { start: 10, end: 10 + seconds };
  const work: ReplayWork = { ...base, scene: { ...SCENE_DEFAULTS, width, height, range, resultScreen: false } };
  const path = join(folder, 'frames.yuv');
  const painter = new NativeProcess(entry(import.meta.url, './osu-premade.main'));
  const frames = await painter.run<number>({ do: 'draw', work, path } satisfies PremadeTask, name, { signal });
  await painter.close();
  const premade = { do: 'code', size: { width, height }, fps: work.scene.fps, path, preset: PRESET } as const;
  for (let round = 0; round < Number(values.rounds); round++) {
    const floor = await measured(() => codePremade(premade, frames));
    const ours = await measured(() =>
      renderChunks(
        {
          entry: entry(import.meta.url, '../src/sources/osu/clip/replay.main'),
          work,
          name: what,
          key: 'bench',
          limits: { quality: 23 },
          preset: PRESET,
          sound: 'mute',
          metadata: {},
          output: join(folder, 'out.mp4'),
          folder: join(folder, 'chunks'),
        },
        { signal },
      ),
    );
    const ratio = ours.cpu / floor.cpu;
    const bars = binds ? ` (bar ${RATIO.bar}, goal ${RATIO.goal})` : ' (for information)';
    const goal = wall === undefined ? '' : ` (goal ${wall})`;
    console.log(
      `  ${what}, ${name}: CPU ${ours.cpu.toFixed(1)} s, floor ${floor.cpu.toFixed(1)} s: ${ratio.toFixed(2)}×${bars}; wall ${(ours.wall / floor.wall).toFixed(2)}× of the floor, ${(seconds / ours.wall).toFixed(2)}× real time${goal}; memory ${ours.mb.toFixed(0)} MB a process at most${binds ? ` (bar ${MOST_MB})` : ''}; ${(ours.result.bytes / 1e6).toFixed(1)} MB`,
    );
    if (binds && (ratio > RATIO.bar || ours.mb > MOST_MB)) missed++;
  }
  await rm(path);
}

async function denseBase(): Promise<Base> {
  const [map, replay] = [join(folder, 'map.osu'), join(folder, 'replay.osr')];
  await writeFile(map, denseMap(60));
  await writeFile(replay, denseReplay(await readFile(map)));
  return { replay, map, names: { replay: 'made up', map: 'made up' }, folder: null, skin: null, sound };
}

async function realBase(): Promise<Base> {
  const [replay, set] = [join(REAL, 'replay.osr'), join(REAL, 'mapset.osz')];
  const { header } = readReplay(await readFile(replay), 'replay.osr');
  const found = await findMap(set, header.beatmapMd5, signal);
  const map = join(folder, 'real.osu');
  await writeFile(map, found.bytes);
  const files = await unpackSet(set, join(folder, 'set'), signal);
  return { replay, map, names: { replay: 'replay.osr', map: found.name }, folder: files, skin: null, sound };
}

try {
  const cases = CASES.filter(({ height }) => values.height === undefined || height === Number(values.height));
  if (values.only !== 'real') {
    const base = await denseBase();
    for (const one of cases) await bench('a dense map', base, one);
  }
  if (values.only !== 'dense' && existsSync(REAL)) {
    const base = await realBase();
    for (const one of cases) await bench('a real play (HDHRDTNCFL)', base, one);
  } else if (values.only !== 'dense') console.log('  no real play: its set does not lie beside the project');
} finally {
  await rm(folder, { recursive: true, force: true });
}
if (missed > 0) {
  console.log(`  ${missed} above a bar`);
  process.exitCode = 1;
}
