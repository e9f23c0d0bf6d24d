/**
 * `npm run soak -- cameras`: sixteen cameras for thirty minutes, while everything goes wrong with them at random, people watch and leave, and
 * footage is made room for. What is looked for is what grows: memory, descriptors, sockets, child processes.
 *
 * In a short run (`npm test` has one of three minutes) resident memory says nothing: heaps settle for longer. There it is what is left after all
 * garbage was collected, three times while all is quiet: a leak grows from each to the next, a cache that fills does not.
 *
 * options: --minutes=30 --cameras=16 --seed=N (printed, so that a run can be repeated)
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';
import { pathOf } from '../src/contract/client.ts';
import { routes } from '../src/contract/routes.ts';
import { startCameraProcess } from '../test/rtsp/camera-process.ts';
import { type Fault, seededRandom } from '../test/rtsp/faults.ts';
import { startVidette, untilFound } from '../test/system/vidette.ts';
import { pssMb, treeOf } from './process-cost.ts';
import { leastGrowth, lowest, type Sample, slopePerMinute } from './slope.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    cameras: { type: 'string', default: '16' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const minutes = Number(values.minutes);
const count = Number(values.cameras);
const seed = Number(values.seed);
const random = seededRandom(seed);
const pick = <T>(list: readonly T[]): T => {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
};

/** The bar of the issue: megabytes a minute. */
const MOST_SLOPE = 1;
/** Descriptors that may be more or less open, whatever happens just then: viewers, a log that is turned, a segment that ends. */
const DESCRIPTORS = 12;
const SAMPLE_MS = 2000;
/** Until pools, caches and the heaps of hub and recorder have their size: a third of a short run. */
const warmUpMs = Math.min(300_000, (minutes * 60_000) / 3);
/** Garbage is collected at least so often. */
const WINDOW_S = 30;
/** Shorter runs go by what is left when garbage was collected. */
const isShort = minutes < 10;
const told = mkdtempSync(join(tmpdir(), 'vidette-memory-'));

const faults: readonly (() => Fault)[] = [
  () => ({ kind: 'drop', frames: 1 + Math.floor(random() * 40) }),
  () => ({ kind: 'freeze', seconds: 2 + random() * 15 }),
  () => ({ kind: 'reset' }),
  () => ({ kind: 'garbage', bytes: 1 + Math.floor(random() * 5000) }),
  () => ({ kind: 'stuck', seconds: 2 + random() * 8 }),
  () => ({ kind: 'jump', seconds: (random() - 0.5) * 7200 }),
  () => ({ kind: 'loss', percent: 1 + random() * 10, seconds: 2 + random() * 8 }),
  () => ({ kind: 'slow', bytesPerSecond: 20_000 + random() * 50_000, seconds: 2 + random() * 8 }),
  () => ({ kind: 'change' }),
];

const cameras = await startCameraProcess({
  fixture: 'h264-360p',
  alternative: 'h264-240p',
  cameras: count,
  stagger: true,
});
await using system = await startVidette({
  args: ['--no-demo'],
  // Short segments and little footage kept: as many files are made and removed in minutes as otherwise in hours.
  env: {
    VIDETTE_SEGMENT_SECONDS: '6',
    VIDETTE_FLOOR_BYTES: '1000000',
    NODE_OPTIONS: `--import ${new URL('./tell-memory.main.ts', import.meta.url)}`,
    VIDETTE_TELL_MEMORY: told,
    // In a long run resident memory is what counts, and code is let go as everywhere.
    ...(isShort ? { VIDETTE_KEEP_CODE: '1' } : {}),
  },
});
const api = await system.api();
const token = await system.token();
const ids: string[] = [];
for (const [index, url] of cameras.urls.entries()) {
  const body = { name: `Camera ${index}`, url, retention: { bytes: 6_000_000 } };
  const made = await fetch(system.url + routes.createCamera.path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  ids.push(((await made.json()) as { id: string }).id);
}
await untilFound(async () => {
  const list = await api.call(routes.listCameras, {});
  return list.every((camera) => camera.state.status === 'recording') ? true : undefined;
}, 120_000);

const { hub, recorder } = await system.pids();
if (hub === undefined || recorder === undefined) throw new Error('hub or recorder does not run');
const watched = [
  { name: 'hub', pid: hub, memory: [] as Sample[], left: [] as Sample[] },
  { name: 'recorder', pid: recorder, memory: [] as Sample[], left: [] as Sample[] },
];
const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const below = (pid: number): number => treeOf(pid).length;

let asked = 0;
/** Somebody opens a live picture, the timeline, footage or the latest picture, and leaves again. */
async function visit(): Promise<void> {
  const id = pick(ids);
  const headers = { authorization: `Bearer ${token}` };
  const now = Date.now();
  const range = { from: new Date(now - 20_000).toISOString(), to: new Date(now - 12_000).toISOString() };
  asked++;
  if (random() < 0.4) {
    const socket = new WebSocket(`${system.url.replace('http', 'ws')}${pathOf(routes.live, { id, track: 'main' })}`, {
      headers,
    });
    socket.on('error', () => undefined);
    await sleep(500 + random() * 4000);
    socket.terminate();
    return;
  }
  const path = pick([
    pathOf(routes.footage, { id }, { ...range, track: 'main' }),
    pathOf(routes.video, { id }, { ...range, track: 'main' }),
    pathOf(routes.gaps, { id }, { ...range, track: 'main' }),
    pathOf(routes.latest, { id }, {}),
  ]);
  await (await fetch(system.url + path, { headers, signal: AbortSignal.timeout(20_000) })).arrayBuffer();
}

/** MB that are in use when all garbage has been collected. */
async function leftMb(pid: number): Promise<number> {
  const path = join(told, `${pid}.json`);
  rmSync(path, { force: true });
  process.kill(pid, 'SIGUSR2');
  const text = await untilFound(() => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }, 30_000);
  return (JSON.parse(text) as { bytes: number }).bytes / 1e6;
}

async function quiet(): Promise<void> {
  for (const [index] of cameras.urls.entries()) await cameras.heal(index);
  await untilFound(async () => {
    const list = await api.call(routes.listCameras, {});
    return list.every((camera) => camera.state.status === 'recording') ? true : undefined;
  }, 120_000);
  // Linger of live tracks, keep-alive of connections.
  await sleep(15_000);
  for (const { pid, left } of watched) left.push({ at: stormMs / 1000, value: await leftMb(pid) });
}

console.log(`soak: ${count} cameras, ${minutes} minutes, seed ${seed}`);
const began = performance.now();
const visits = new Set<Promise<void>>();
let failedVisits = 0;
/** For so long everything has gone wrong. */
let stormMs = 0;
let made = 0;
let open: { fds: number[]; children: number[] } | undefined;
const halfWayMs = warmUpMs + (minutes * 60_000 - warmUpMs) / 2;
for (let next = began; performance.now() - began < minutes * 60_000; next += SAMPLE_MS) {
  await sleep(Math.max(0, next - performance.now()));
  const passedMs = performance.now() - began;
  const isHalfWay = isShort && passedMs >= halfWayMs && watched[0]?.left.length === 1;
  if ((passedMs >= warmUpMs && open === undefined) || isHalfWay) {
    await Promise.allSettled(visits);
    await quiet();
    open ??= { fds: watched.map(({ pid }) => descriptors(pid)), children: watched.map(({ pid }) => below(pid)) };
    next = performance.now();
  }
  stormMs += SAMPLE_MS;
  for (const { pid, memory } of watched) memory.push({ at: (performance.now() - began) / 1000, value: pssMb([pid]) });
  if (random() < 0.6) {
    await cameras.fault(pick(faults)(), Math.floor(random() * count));
    made++;
  }
  if (visits.size < 8) {
    const visiting = visit()
      .catch(() => void failedVisits++)
      .finally(() => visits.delete(visiting));
    visits.add(visiting);
  }
}
await Promise.allSettled(visits);
await quiet();

const after = await system.pids();
const trouble: string[] = [];
console.log(`${made} faults, ${asked} visits (${failedVisits} refused or broken off)`);
for (const [index, { name, pid, memory, left }] of watched.entries()) {
  if ((name === 'hub' ? after.hub : after.recorder) !== pid) trouble.push(`the ${name} was started anew`);
  const settled = isShort
    ? left
    : lowest(
        memory.filter(({ at }) => at * 1000 >= warmUpMs),
        WINDOW_S,
      );
  const slope = isShort ? leastGrowth(left) : slopePerMinute(settled);
  const inUse = `${left.map(({ value }) => value.toFixed(1)).join(' → ')} MB in use`;
  const words = isShort
    ? `${inUse}, at least`
    : `${(settled[0]?.value ?? 0).toFixed(1)} → ${(settled.at(-1)?.value ?? 0).toFixed(1)} MB (${inUse} when all garbage is collected),`;
  const fds = descriptors(pid);
  const children = below(pid);
  const before = { fds: open?.fds[index] ?? 0, children: open?.children[index] ?? 0 };
  console.log(
    `${name.padEnd(9)} ${words} ${slope.toFixed(2)} MB/min (< ${MOST_SLOPE}); descriptors ${before.fds} → ${fds}; processes ${before.children} → ${children}`,
  );
  if (slope >= MOST_SLOPE) trouble.push(`memory of the ${name} grows by ${slope.toFixed(2)} MB a minute`);
  if (fds - before.fds > DESCRIPTORS) trouble.push(`descriptors of the ${name}: ${before.fds} → ${fds}`);
  if (children > before.children + 2) trouble.push(`processes below the ${name}: ${before.children} → ${children}`);
}
await cameras.stop();
rmSync(told, { recursive: true, force: true });
for (const line of trouble) console.error(`✖ ${line}`);
if (trouble.length > 0) process.exitCode = 1;
else console.log('✔ nothing grows');
