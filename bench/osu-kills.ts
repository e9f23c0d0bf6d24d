/**
 * A replay whose render is killed at random moments, `--kills=20` of them, and goes on each time: the file is the same as an undisturbed one, and no
 * kill costs more than a chunk for each core. Every other time all of its processes die at once, otherwise the one that leads them alone.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { entry } from '../src/base/entry.ts';
import { type ChunkedClip, renderChunks } from '../src/media/chunks/render-chunks.ts';
import { SCENE_DEFAULTS } from '../src/sources/osu/scene/options.ts';
import { renderDrawnEntry } from '../test/media/drawn.ts';
import { denseMap, denseReplay } from '../test/osu/dense.ts';
import type { CountedWork } from './osu-kills.main.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '20' }, seconds: { type: 'string', default: '30' } },
});
const KILLS = Number(values.kills);
const SECONDS = Number(values.seconds);
const folder = await mkdtemp(join(tmpdir(), 'vidette-bench-osu-kills-'));
process.env.NODE_COMPILE_CACHE = join(folder, 'code');
const signal = new AbortController().signal;

async function clipOf(name: string): Promise<ChunkedClip & { readonly work: CountedWork }> {
  const begun = join(folder, `${name}.begun`);
  await writeFile(begun, '');
  const [map, replay] = [join(folder, 'map.osu'), join(folder, 'replay.osr')];
  const scene = { ...SCENE_DEFAULTS, width: 640, height: 360, range: { start: 5, end: 5 + SECONDS } };
  const sound = { musicVolume: 0.7, hitVolume: 0.6, offset: 0, mapSounds: true };
  const names = { replay: 'made up', map: 'made up' };
  return {
    entry: entry(import.meta.url, './osu-kills.main'),
    work: { replay, map, names, folder: null, skin: null, scene, sound, begun },
    name: 'a dense map',
    key: 'kills',
    limits: {},
    sound: 'keep',
    metadata: { title: 'Killed' },
    output: join(folder, `${name}.mp4`),
    folder: join(folder, `${name}.chunks`),
  };
}

const linesOf = async (path: string): Promise<number> => (await readFile(path, 'utf8')).split('\n').length - 1;

async function finishedIn(path: string): Promise<number> {
  const names = existsSync(path) ? await readdir(path) : [];
  return names.filter((name) => /^chunk-\d+$/.test(name)).length;
}

/** Renders in a process of its own until it is killed. @returns whether it was, before it had finished */
async function killed(clip: ChunkedClip, afterMs: number, all: boolean): Promise<boolean> {
  const child = fork(renderDrawnEntry, { stdio: 'ignore', detached: true });
  const gone = once(child, 'exit');
  child.send(clip);
  await Promise.race([sleep(afterMs), gone]);
  const running = child.exitCode === null && child.signalCode === null;
  if (running && child.pid !== undefined) process.kill(all ? -child.pid : child.pid, 'SIGKILL');
  await gone;
  // Those that it led end when they notice.
  if (running) await sleep(500);
  return running;
}

try {
  await writeFile(join(folder, 'map.osu'), denseMap(60));
  await writeFile(join(folder, 'replay.osr'), denseReplay(await readFile(join(folder, 'map.osu'))));
  const undisturbed = await clipOf('whole');
  const started = performance.now();
  const { chunks } = await renderChunks(undisturbed, { signal });
  const wholeMs = performance.now() - started;
  const expected = await readFile(undisturbed.output);
  assert.equal(await linesOf(undisturbed.work.begun), chunks);
  const width = availableParallelism();
  let [kills, renders, worst] = [0, 0, 0];
  while (kills < KILLS) {
    const clip = await clipOf(`killed-${renders++}`);
    let [ofThis, lost, done] = [0, 0, false];
    while (!done && kills < KILLS) {
      done = !(await killed(clip, randomInt(50, Math.ceil(wholeMs * 0.7)), kills % 2 === 0));
      if (done) continue;
      kills++;
      ofThis++;
      // What was begun and is not there whole will be begun again.
      const sofar = (await linesOf(clip.work.begun)) - (await finishedIn(clip.folder));
      assert.ok(sofar - lost <= width, `a kill cost ${sofar - lost} chunks, with ${width} processes`);
      worst = Math.max(worst, sofar - lost);
      lost = sofar;
    }
    if (!done) await renderChunks(clip, { signal });
    const again = (await linesOf(clip.work.begun)) - chunks;
    console.log(`  killed ${ofThis} times: ${again} chunks were begun again, of ${chunks}`);
    assert.equal(again, lost, 'what was finished was made again');
    assert.ok(expected.equals(await readFile(clip.output)), 'the file is another one than that of an undisturbed run');
  }
  console.log(
    `  ${kills} kills in ${renders} renders: each file is the undisturbed one, byte for byte; a kill cost ${worst} chunks at most (bar ${width})`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
