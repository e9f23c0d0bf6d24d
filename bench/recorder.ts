/**
 * What recording costs: 16 cameras of 1080p15 with 3 Mbit/s in one recorder process (segments synced, hashed and reported to a hub
 * that answers over HTTP), beside 16 × `ffmpeg -c copy -f segment`, on the same disk in alternating order. Every frame is counted by
 * its number. Then the same with everything: hub, PostgreSQL, worker and recorder as `vidette serve` starts them.
 * Fails when a bar does not hold: CPU at most 0.6×, memory (PSS) at most 0.7×, CPU of the whole at most 1.0×, no frame missing.
 *
 * usage: node bench/recorder.ts [--short] [--turns 3] [--cameras 16] [--segment SECONDS] [--folder DIR] [--profile] [--only 'ours theirs whole'] [--flags='--v8-flag …']
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { entry } from '../src/base/entry.ts';
import { routes } from '../src/contract/routes.ts';
import { FakeHub } from '../test/recorder/fake-hub.ts';
import { leased, makePlace, parts, startRecorder, wrongWith } from '../test/recorder/process.ts';
import { startVidette } from '../test/system/vidette.ts';
import { accountFrames, type FrameAccount } from './frame-count.ts';
import { cpuSeconds, pssMb, treeOf } from './process-cost.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    turns: { type: 'string', default: '3' },
    cameras: { type: 'string', default: '16' },
    folder: { type: 'string', default: tmpdir() },
    segment: { type: 'string', default: '60' },
    profile: { type: 'boolean', default: false },
    only: { type: 'string', default: 'ours theirs whole' },
    flags: { type: 'string', default: '' },
  },
});
const SECONDS = values.short ? 15 : 40;
const TURNS = Number(values.turns);
const CAMERAS = Number(values.cameras);
/** For both. */
const SEGMENT_MS = 1000 * Number(values.segment);
/** Connecting, the first segments and most of the compilation of hot code are not measured: this runs for months. */
const WARM_UP_MS = values.short ? 6000 : 20_000;
const CPU_BAR = 0.6;
const PSS_BAR = 0.7;
const WHOLE_CPU_BAR = 1;

interface Cost extends FrameAccount {
  /** Percent of one core. */
  readonly cpu: number;
  readonly pss: number;
  readonly notes: string;
}

/** Watches a tree of processes for the length of a turn. */
async function measure(roots: () => number[]): Promise<{ cpu: number; pss: number }> {
  await sleep(WARM_UP_MS);
  const tree = (): number[] => [...new Set(roots().flatMap(treeOf))];
  const before = cpuSeconds(tree());
  const began = performance.now();
  const memory: number[] = [];
  while (performance.now() - began < SECONDS * 1000) {
    await sleep(Math.min(5000, SECONDS * 1000 - (performance.now() - began)));
    memory.push(pssMb(tree()));
  }
  const cpu = (100 * (cpuSeconds(tree()) - before)) / ((performance.now() - began) / 1000);
  return { cpu, pss: median(memory) };
}

async function recordWithOurs(urls: readonly string[]): Promise<Cost> {
  const hub = new FakeHub({ heartbeatMs: 500, segmentMs: SEGMENT_MS });
  await hub.listen();
  const place = await makePlace(values.folder);
  try {
    hub.cameras = urls.map((url, index) => leased(url, { name: `Camera ${index}`, folder: `camera-${index}` }));
    const extra = values.flags.split(' ').filter((flag) => flag !== '');
    if (values.profile) extra.push('--cpu-prof', `--cpu-prof-dir=${tmpdir()}/vidette-profile`);
    const recorder = startRecorder(hub, place, {}, {}, extra);
    const { cpu, pss } = await measure(() => [recorder.child.pid ?? 0]);
    const code = await recorder.stop();
    const wrong = hub.segments.map((report) => wrongWith(report, place.libraryDir)).find((what) => what !== undefined);
    const unreported = parts(place.libraryDir).length;
    const accounts = hub.cameras.map(({ id }) =>
      accountFrames(
        hub.segments.filter(({ sourceId }) => sourceId === id).map(({ key }) => join(place.libraryDir, key)),
      ),
    );
    const reported = hub.segments.reduce((sum, { frames }) => sum + frames, 0);
    const account = total(accounts);
    if (reported !== account.frames) throw new Error(`${reported} frames reported, ${account.frames} stored`);
    if (code !== 0 || wrong !== undefined || unreported > 0)
      throw new Error(
        `the recorder did not end well: exit ${code}, ${unreported} unreported; ${wrong ?? recorder.log()}`,
      );
    return { cpu, pss, ...account, notes: `${hub.segments.length} segments, ${hub.heartbeats.length} heartbeats` };
  } finally {
    await hub.cut();
    await place.remove();
  }
}

async function recordWithEverything(urls: readonly string[]): Promise<Cost> {
  await using system = await startVidette();
  const api = await system.api();
  for (const [index, url] of urls.entries())
    await api.call(routes.createCamera, { body: { name: `Camera ${index}`, url } });
  const pids = await system.pids();
  const roots = [pids.hub, pids.postgres, pids.recorder].filter((pid) => pid !== undefined);
  const { cpu, pss } = await measure(() => roots);
  await system.stop();
  const library = join(system.data, 'library');
  const accounts = urls.map((_, index) => {
    const folder = join(library, `camera-${index}`);
    return accountFrames(filesBelow(folder).filter((path) => path.endsWith('.mp4')));
  });
  return { cpu, pss, ...total(accounts), notes: 'hub, PostgreSQL, worker, recorder' };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
}

async function recordWithFfmpeg(urls: readonly string[]): Promise<Cost> {
  const folder = mkdtempSync(join(values.folder, 'vidette-ffmpeg-'));
  try {
    const children: ChildProcess[] = [];
    for (const [index, url] of urls.entries()) {
      await mkdir(join(folder, `${index}`));
      const target = join(folder, `${index}`, '%05d.mp4');
      const args = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', url, '-c', 'copy', '-f', 'segment'];
      children.push(
        spawn('ffmpeg', [...args, '-segment_time', `${SEGMENT_MS / 1000}`, target], {
          stdio: ['pipe', 'ignore', 'ignore'],
        }),
      );
    }
    const { cpu, pss } = await measure(() => children.map((child) => child.pid ?? 0));
    // `q` ends it in order, with the last file's index written.
    await Promise.all(
      children.map(async (child) => {
        const exited = once(child, 'exit');
        child.stdin?.write('q');
        await exited;
      }),
    );
    const accounts = urls.map((_, index) =>
      accountFrames(readdirSync(join(folder, `${index}`)).map((name) => join(folder, `${index}`, name))),
    );
    return { cpu, pss, ...total(accounts), notes: '' };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function total(accounts: readonly FrameAccount[]): FrameAccount {
  const sum = (of: (account: FrameAccount) => number): number =>
    accounts.reduce((all, account) => all + of(account), 0);
  return { frames: sum((a) => a.frames), missing: sum((a) => a.missing), repeated: sum((a) => a.repeated) };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

async function startCamera(): Promise<{ child: ChildProcess; urls: string[] }> {
  const args = ['--fixture', 'h264-1080p', '--cameras', `${CAMERAS}`, '--stagger'];
  const child = fork(entry(import.meta.url, '../test/rtsp/camera.main'), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = Promise.withResolvers<{ urls: string[] }>();
  child.once('message', (message) => ready.resolve(message as { urls: string[] }));
  child.once('exit', (code) => ready.reject(new Error(`the test camera ended (${code})`)));
  return { child, urls: (await ready.promise).urls };
}

function line(name: string, costs: readonly Cost[]): string {
  const missing = costs.reduce((sum, cost) => sum + cost.missing, 0);
  const frames = costs.reduce((sum, cost) => sum + cost.frames, 0);
  const each = costs.map(({ cpu }) => cpu.toFixed(2)).join(' ');
  const notes = costs.at(-1)?.notes ?? '';
  return `  ${name}  CPU ${median(costs.map(({ cpu }) => cpu)).toFixed(2)} % of a core (${each}), PSS ${median(costs.map(({ pss }) => pss)).toFixed(0)} MB; ${frames} frames stored, ${missing} missing${notes === '' ? '' : `; ${notes}`}`;
}

const hasPeer = spawnSync('ffmpeg', ['-version']).status === 0;
if (!hasPeer) console.log('ffmpeg is not installed: no peer to compare with');
const camera = await startCamera();
const ours: Cost[] = [];
const theirs: Cost[] = [];
const whole: Cost[] = [];
const contenders = [
  { name: 'ours', costs: ours, run: recordWithOurs, there: true },
  { name: 'theirs', costs: theirs, run: recordWithFfmpeg, there: hasPeer },
  { name: 'whole', costs: whole, run: recordWithEverything, there: true },
].filter(({ name, there }) => there && values.only.split(' ').includes(name));
try {
  for (let number = 0; number < TURNS; number += 1)
    for (const { costs, run } of number % 2 === 0 ? contenders : contenders.toReversed())
      costs.push(await run(camera.urls));
} finally {
  camera.child.kill();
}

console.log(
  `${CAMERAS} × 1080p15 3 Mbit/s recorded for ${SECONDS} s in segments of ${values.segment} s, median of ${TURNS}`,
);
for (const [name, costs] of [
  ['recorder', ours],
  ['ffmpeg  ', theirs],
  ['whole   ', whole],
] as const)
  if (costs.length > 0) console.log(line(name, costs));
if ([...ours, ...whole].some(({ missing, repeated }) => missing + repeated > 0))
  fail('frames are missing or stored twice');
if (theirs.length > 0) {
  const compare = (name: string, of: (cost: Cost) => number, costs: readonly Cost[], bar: number): void => {
    if (costs.length === 0) return;
    const ratio = median(costs.map(of)) / median(theirs.map(of));
    console.log(`  ratio     ${name} ${ratio.toFixed(2)} (bar ${bar})`);
    if (ratio > bar) fail(`${name} is more than it may be`);
  };
  compare('CPU of the recorder', (cost) => cost.cpu, ours, CPU_BAR);
  compare('PSS of the recorder', (cost) => cost.pss, ours, PSS_BAR);
  compare('CPU of everything', (cost) => cost.cpu, whole, WHOLE_CPU_BAR);
}

function fail(why: string): void {
  console.error(`  ${why}`);
  process.exitCode = 1;
}
