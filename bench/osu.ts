/**
 * A replay drawn and coded, against coding the same frames when they are there already: same preset, threads and chunks, in the same run.
 * `--seconds=8` of each; `--real=FOLDER` takes the set and replay in a folder instead of a made-up one.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entry } from '../src/base/entry.ts';
import { chunksOf } from '../src/media/chunks/chunk-plan.ts';
import { renderChunks } from '../src/media/chunks/render-chunks.ts';
import { NativeProcess } from '../src/media/codec/native-process.ts';
import type { ReplayWork } from '../src/sources/osu/clip/work.ts';
import { SCENE_DEFAULTS } from '../src/sources/osu/scene/options.ts';
import { denseMap, denseReplay } from '../test/osu/dense.ts';
import type { PremadeTask } from './osu-premade.main.ts';
import { cpuSeconds } from './process-cost.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '1' },
    /** Of `.osr` and `.osu`, with a colon between. */
    real: { type: 'string' },
  },
});
const SECONDS = Number(values.seconds);
const BAR = 1.5;
const PRESET = 'veryfast';
const signal = new AbortController().signal;
const folder = await mkdtemp(join(tmpdir(), 'vidette-bench-osu-'));

async function measured<T>(work: () => Promise<T>): Promise<{ cpu: number; wall: number; result: T }> {
  const [cpu, wall] = [cpuSeconds([process.pid]), performance.now()];
  const result = await work();
  return { cpu: cpuSeconds([process.pid]) - cpu, wall: (performance.now() - wall) / 1000, result };
}

/** What both do before the first frame is drawn or coded. */
async function codePremade(work: ReplayWork, path: string, frames: number): Promise<void> {
  const chunks = [...chunksOf(frames, { num: work.scene.fps, den: 1 })];
  const one = async (): Promise<void> => {
    const child = new NativeProcess(entry(import.meta.url, './osu-premade.main'));
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
      const task: PremadeTask = { do: 'code', work, path, chunk, preset: PRESET };
      await child.run<number>(task, 'the frames', { signal });
    }
    await child.close();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, one));
}

async function bench(
  name: string,
  base: Omit<ReplayWork, 'scene'>,
  width: number,
  height: number,
  start: number,
): Promise<void> {
  const scene = { ...SCENE_DEFAULTS, width, height, range: { start, end: start + SECONDS }, resultScreen: false };
  const work: ReplayWork = { ...base, scene };
  const path = join(folder, 'frames.yuv');
  const painter = new NativeProcess(entry(import.meta.url, './osu-premade.main'));
  const frames = await painter.run<number>({ do: 'draw', work, path } satisfies PremadeTask, name, { signal });
  await painter.close();
  for (let round = 0; round < Number(values.rounds); round++) {
    const floor = await measured(() => codePremade(work, path, frames));
    const ours = await measured(() =>
      renderChunks(
        {
          entry: entry(import.meta.url, '../src/sources/osu/clip/replay.main'),
          work,
          name,
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
    const times = SECONDS / ours.wall;
    const ratio = ours.cpu / floor.cpu;
    console.log(
      `  ${name}: CPU ${ours.cpu.toFixed(1)} s, floor ${floor.cpu.toFixed(1)} s: ${ratio.toFixed(2)}× (bar ${BAR}); wall ${ours.wall.toFixed(1)} s, floor ${floor.wall.toFixed(1)} s: ${(ours.wall / floor.wall).toFixed(2)}×; ${times.toFixed(2)}× real time; ${(ours.result.bytes / 1e6).toFixed(1)} MB`,
    );
    if (ratio > BAR) process.exitCode = 1;
  }
  await rm(path);
}

try {
  let base: Omit<ReplayWork, 'scene'>;
  const sound = { musicVolume: 0.7, hitVolume: 0.6, offset: 0 };
  if (values.real === undefined) {
    await writeFile(join(folder, 'map.osu'), denseMap(60));
    await writeFile(join(folder, 'replay.osr'), denseReplay(await readFile(join(folder, 'map.osu'))));
    base = {
      replay: join(folder, 'replay.osr'),
      map: join(folder, 'map.osu'),
      names: { replay: 'made up', map: 'made up' },
      folder: null,
      skin: null,
      sound,
    };
  } else {
    const [replay = '', map = ''] = values.real.split(':');
    base = { replay, map, names: { replay: 'replay', map: 'map' }, folder: null, skin: null, sound };
  }
  const name = values.real === undefined ? 'a dense map' : 'a real play';
  await bench(`${name}, 720p60`, base, 1280, 720, 10);
  await bench(`${name}, 1080p60`, base, 1920, 1080, 10);
} finally {
  await rm(folder, { recursive: true, force: true });
}
