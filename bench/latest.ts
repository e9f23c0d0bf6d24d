/**
 * The newest picture: what it costs, how fast it comes, how old it is, and whether a reader of its file ever sees a part of one.
 *
 * 1. `vidette frame --every` writes a file of 1080p pictures in memory while another process reads it over and over; beside it
 *    `ffmpeg -update 1`, in the same way.
 * 2. Everything (`vidette serve`: hub, recorder, decoder) with cameras of 1080p15, 3 Mbit/s, key frames each 2 s: CPU with `latest: off`, then with
 *    `latest: key`, then with `latest.jpg` of each camera asked for once a second.
 * 3. `latest.jpg` of a random camera, one after the other: time to answer, and age by the number that stands in the picture.
 *
 * Fails when a bar does not hold: no torn read, at most 1.5 % of a core more for each camera, 95 of 100 answers within 50 ms, never older than 3 s.
 *
 * usage: node bench/latest.ts [--short] [--cameras 8] [--only 'file cost']
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { entry } from '../src/base/entry.ts';
import { pathOf } from '../src/contract/client.ts';
import { routes } from '../src/contract/routes.ts';
import { projectRoot } from '../test/house/imports.ts';
import { numberIn } from '../test/media/jpeg.ts';
import { startTestCamera, type TestCamera } from '../test/rtsp/camera.ts';
import { type System, startVidette } from '../test/system/vidette.ts';
import { cpuSeconds, treeOf } from './process-cost.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    cameras: { type: 'string', default: '8' },
    only: { type: 'string', default: 'file cost' },
  },
});
const READS = values.short ? 20_000 : 300_000;
const CAMERAS = Number(values.cameras);
const SECONDS = values.short ? 10 : 30;
const WARM_UP_MS = values.short ? 6000 : 15_000;
const ASKED = values.short ? 100 : 400;
const GOP_SECONDS = 2;
const FPS = 15;
/** Pictures of the fixture before it begins again. */
const LOOP = 300;
const COST_BAR = 1.5;
const ANSWER_BAR_MS = 50;
const AGE_BAR_SECONDS = GOP_SECONDS + 1;

interface Reads {
  readonly reads: number;
  readonly torn: number;
  readonly empty: number;
  readonly pictures: number;
}

/** Reads the file while `writer` replaces it. */
async function readWhile(writer: ChildProcess, path: string): Promise<Reads> {
  try {
    const until = performance.now() + 60_000;
    while (statSync(path, { throwIfNoEntry: false })?.size === undefined) {
      if (performance.now() > until || writer.exitCode !== null) throw new Error(`${path} was not written`);
      await sleep(50);
    }
    const reader = fork(entry(import.meta.url, './latest-reader.main'), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const answer = once(reader, 'message');
    reader.send({ path, reads: READS });
    return (await answer)[0] as Reads;
  } finally {
    const ended = once(writer, 'exit');
    writer.kill('SIGTERM');
    await ended;
  }
}

async function compareFiles(url: string): Promise<void> {
  const folder = mkdtempSync(
    join(statSync('/dev/shm', { throwIfNoEntry: false }) ? '/dev/shm' : tmpdir(), 'vidette-latest-'),
  );
  const line = (name: string, { reads, torn, empty, pictures }: Reads): void =>
    console.log(`  ${name}  ${reads} reads of ${pictures} pictures: ${torn} torn, ${empty} empty`);
  try {
    const ours = join(folder, 'ours.jpg');
    const vidette = [join(projectRoot, 'bin/vidette.js'), 'frame', url, ours, '--every'];
    const seen = await readWhile(spawn(process.execPath, vidette, { stdio: 'ignore' }), ours);
    line('vidette frame --every', seen);
    if (seen.torn + seen.empty > 0) fail('a reader has seen a part of a picture');
    if (spawnSync('ffmpeg', ['-version']).status !== 0) return;
    const theirs = join(folder, 'theirs.jpg');
    const args = ['-v', 'quiet', '-rtsp_transport', 'tcp', '-i', url, '-update', '1', '-y', theirs];
    line('ffmpeg -update 1     ', await readWhile(spawn('ffmpeg', args, { stdio: 'ignore' }), theirs));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Percent of one core over a while, of hub and recorder with all below it. */
async function cost(system: System): Promise<number> {
  const pids = await system.pids();
  const tree = (): number[] => [
    ...new Set([pids.hub, pids.recorder].flatMap((pid) => (pid === undefined ? [] : treeOf(pid)))),
  ];
  // PostgreSQL is not part of it: it is the same with and without.
  const before = cpuSeconds(tree());
  const began = performance.now();
  await sleep(SECONDS * 1000);
  return (100 * (cpuSeconds(tree()) - before)) / ((performance.now() - began) / 1000);
}

async function measureHub(camera: TestCamera): Promise<void> {
  await using system = await startVidette();
  const api = await system.api();
  const authorization = `Bearer ${await system.token()}`;
  const ids: string[] = [];
  for (let index = 0; index < CAMERAS; index += 1) {
    const body = { name: `Camera ${index}`, url: camera.url(index) };
    ids.push((await api.call(routes.createCamera, { body })).id);
  }
  await sleep(WARM_UP_MS);
  const picture = async (index: number): Promise<{ jpeg: Buffer; ms: number; newest: number }> => {
    const asked = performance.now();
    const newest = Number(camera.nextFrame(index)) - 1;
    const response = await fetch(system.url + pathOf(routes.latest, { id: ids[index] ?? '' }), {
      headers: { authorization },
    });
    const jpeg = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`latest.jpg answered ${response.status}: ${jpeg.toString().slice(0, 300)}`);
    return { jpeg, ms: performance.now() - asked, newest };
  };

  const off = await cost(system);
  for (const id of ids) await api.call(routes.changeCamera, { params: { id }, body: { latest: 'key' } });
  await sleep(WARM_UP_MS / 2);
  const key = await cost(system);
  let polling = true;
  const pollers = ids.map(async (_, index) => {
    while (polling) {
      await picture(index);
      await sleep(1000);
    }
  });
  await sleep(2000);
  const polled = await cost(system);
  polling = false;
  await Promise.all(pollers);
  const each = (more: number): string => `${((more - off) / CAMERAS).toFixed(2)} % of a core more for each camera`;
  console.log(`  latest: off                       ${off.toFixed(1)} % of a core for ${CAMERAS} cameras`);
  console.log(`  latest: key                       ${key.toFixed(1)} %: ${each(key)} (bar ${COST_BAR})`);
  console.log(`  each latest.jpg once a second     ${polled.toFixed(1)} %: ${each(polled)}`);
  if ((key - off) / CAMERAS > COST_BAR) fail('pictures cost more than they may');

  const times: number[] = [];
  const ages: number[] = [];
  /** The same way without any picture: what the machine takes for an answer just now. */
  const floor: number[] = [];
  for (let number = 0; number < ASKED; number += 1) {
    const index = Math.floor(Math.random() * CAMERAS);
    const { jpeg, ms, newest } = await picture(index);
    times.push(ms);
    const floorAsked = performance.now();
    await (
      await fetch(system.url + pathOf(routes.getCamera, { id: ids[index] ?? '' }), { headers: { authorization } })
    ).text();
    floor.push(performance.now() - floorAsked);
    const shown = await numberIn({ data: jpeg });
    if (shown === undefined) throw new Error('a picture without a number');
    // Where in its loop the camera began: see `stagger` of the test camera.
    const skip = Math.round((index / CAMERAS) * GOP_SECONDS * FPS) % LOOP;
    // Below zero: it came while it was asked for.
    ages.push((((((newest + skip - shown + LOOP / 2) % LOOP) + LOOP) % LOOP) - LOOP / 2) / FPS);
    await sleep(20 + Math.random() * 60);
  }
  const at = (list: readonly number[], share: number): number =>
    list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN;
  console.log(
    `  latest.jpg 1920×1080, ${ASKED} times  p50 ${at(times, 0.5).toFixed(0)} ms, p95 ${at(times, 0.95).toFixed(0)} ms (bar ${ANSWER_BAR_MS}), longest ${at(times, 1).toFixed(0)} ms`,
  );
  console.log(
    `  age by the number in the picture  p50 ${at(ages, 0.5).toFixed(1)} s, longest ${at(ages, 1).toFixed(1)} s (bar ${AGE_BAR_SECONDS})`,
  );
  console.log(
    `  the camera as JSON, for comparison  p50 ${at(floor, 0.5).toFixed(0)} ms, p95 ${at(floor, 0.95).toFixed(0)} ms`,
  );
  if (at(times, 0.95) > ANSWER_BAR_MS) fail('pictures come later than they may');
  if (at(ages, 1) > AGE_BAR_SECONDS) fail('a picture was older than it may be');
}

function fail(why: string): void {
  console.error(`  ${why}`);
  process.exitCode = 1;
}

const camera = await startTestCamera({ fixture: 'h264-1080p', cameras: CAMERAS, stagger: true });
try {
  if (values.only.includes('file')) await compareFiles(camera.url(0));
  if (values.only.includes('cost')) await measureHub(camera);
} finally {
  await camera.close();
}
