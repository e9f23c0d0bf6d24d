/**
 * Many cameras: 64 of 1080p15 with 3 Mbit/s, recorded by a whole Vidette (recorder, hub, PostgreSQL; segments synced, hashed and reported), and in a
 * turn of the same length by 64 × `ffmpeg -c copy`. Every frame is counted by its number, and the timeline must have no gap.
 * Fails when a bar does not hold: no frame missing, no gap, below 5 MB of memory (PSS) a camera over a recorder that holds none,
 * CPU of the recorder at most 0.5 × that of the peers.
 *
 * usage: node bench/cameras.ts [--minutes 10] [--cameras 64] [--folder DIR] [--order 'theirs ours'] [--profile DIR]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { routes } from '../src/contract/routes.ts';
import { startCameraProcess } from '../test/rtsp/camera-process.ts';
import { type System, startVidette, untilFound } from '../test/system/vidette.ts';
import { accountFrames, type FrameAccount } from './frame-count.ts';
import { cpuSeconds, pssMb, treeOf } from './process-cost.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    cameras: { type: 'string', default: '64' },
    folder: { type: 'string', default: tmpdir() },
    order: { type: 'string', default: 'ours theirs' },
    profile: { type: 'string' },
  },
});
const CAMERAS = Number(values.cameras);
const TURN_MS = Number(values.minutes) * 60_000;
const SEGMENT_SECONDS = 60;
/** Connecting, and most of the compilation of hot code, are not measured: this runs for months. */
const WARM_UP_MS = Math.min(30_000, TURN_MS / 2);
const PSS_EVERY_MS = 5000;
const CPU_BAR = 0.5;
const PSS_BAR_MB = 5;

interface Cost {
  /** Percent of one core. */
  readonly cpu: number;
  /** MB; the most that was seen. */
  readonly pss: number;
}

/** Watches several trees of processes for a turn. */
async function measure<Name extends string>(
  roots: Readonly<Record<Name, () => number[]>>,
): Promise<Record<Name, Cost>> {
  await sleep(WARM_UP_MS);
  const names = Object.keys(roots) as Name[];
  const trees = (): Map<Name, number[]> => new Map(names.map((name) => [name, roots[name]().flatMap(treeOf)]));
  const before = new Map([...trees()].map(([name, pids]) => [name, cpuSeconds(pids)]));
  const began = performance.now();
  const most = new Map<Name, number>();
  while (performance.now() - began < TURN_MS) {
    await sleep(Math.min(PSS_EVERY_MS, TURN_MS - (performance.now() - began)));
    for (const [name, pids] of trees()) most.set(name, Math.max(most.get(name) ?? 0, pssMb(pids)));
  }
  const seconds = (performance.now() - began) / 1000;
  const after = trees();
  const costs = names.map((name): [Name, Cost] => [
    name,
    {
      cpu: (100 * (cpuSeconds(after.get(name) ?? []) - (before.get(name) ?? 0))) / seconds,
      pss: most.get(name) ?? 0,
    },
  ]);
  return Object.fromEntries(costs) as Record<Name, Cost>;
}

interface Ours extends FrameAccount {
  readonly costs: Record<'recorder' | 'hub' | 'postgres', Cost>;
  /** PSS of the recorder before it had a camera. */
  readonly idle: number;
  readonly gaps: readonly string[];
  readonly segments: number;
}

async function ours(urls: readonly string[]): Promise<Ours> {
  const data = await mkdtemp(join(values.folder, 'vidette-cameras-'));
  try {
    // One recorder process, there before the first camera, so that it can be seen idle.
    const env = {
      VIDETTE_SEGMENT_SECONDS: `${SEGMENT_SECONDS}`,
      VIDETTE_RECORDERS: '1',
      ...(values.profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${values.profile}` }),
    };
    await using system = await startVidette({ data, env });
    const recorders = await untilFound(async () => {
      const pid = (await system.pids()).recorder;
      return pid === undefined ? undefined : [pid];
    }, 60_000);
    await sleep(Math.min(10_000, WARM_UP_MS));
    const idle = pssMb(recorders.flatMap(treeOf));
    const api = await system.api();
    for (const [index, url] of urls.entries())
      await api.call(routes.createCamera, { body: { name: `Camera ${index}`, url, transport: 'tcp' } });
    const { hub = 0, postgres = 0 } = await system.pids();
    const before = Date.now();
    const costs = await measure({ recorder: () => recorders, hub: () => [hub], postgres: () => [postgres] });
    const found = await gapsOf(system, urls.length, before);
    await system.stop();
    const library = join(data, 'library');
    const files = urls.map((_, index) => mp4Below(join(library, `camera-${index}`)));
    const all = total(files.map(accountFrames));
    return { costs: separated(costs), idle, gaps: found, segments: files.flat().length, ...all };
  } finally {
    await rm(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The recorder and the worker are children of the hub. */
function separated(
  costs: Record<'recorder' | 'hub' | 'postgres', Cost>,
): Record<'recorder' | 'hub' | 'postgres', Cost> {
  const { recorder, hub, postgres } = costs;
  const own = (of: (cost: Cost) => number): number => of(hub) - of(recorder) - of(postgres);
  return { recorder, hub: { cpu: own(({ cpu }) => cpu), pss: own(({ pss }) => pss) }, postgres };
}

/** Gaps on the timeline once every camera has begun. */
async function gapsOf(system: System, cameras: number, from: number): Promise<string[]> {
  const api = await system.api();
  const range = { from: new Date(from).toISOString(), to: new Date().toISOString() };
  const gaps: string[] = [];
  for (let index = 0; index < cameras; index++) {
    const id = `Camera ${index}`;
    const footage = await api.call(routes.footage, { params: { id }, query: { track: 'main', ...range } });
    const first = footage.spans[0]?.start ?? range.to;
    const last = footage.spans.at(-1)?.end ?? range.to;
    const answer = await api.call(routes.gaps, { params: { id }, query: { track: 'main', ...range } });
    for (const gap of answer.gaps)
      if (gap.start >= first && gap.end <= last) gaps.push(`${id}: ${gap.start} to ${gap.end}, ${gap.cause}`);
    // What the hub is told with each heartbeat reaches nearly to now.
    if (Date.parse(range.to) - Date.parse(last) > 15_000) gaps.push(`${id}: nothing since ${last}`);
    if (footage.spans.length === 0) gaps.push(`${id}: nothing recorded`);
  }
  return gaps;
}

async function theirs(urls: readonly string[]): Promise<Cost & FrameAccount> {
  const folder = await mkdtemp(join(values.folder, 'vidette-ffmpeg-'));
  try {
    const children: ChildProcess[] = [];
    for (const [index, url] of urls.entries()) {
      await mkdir(join(folder, `${index}`));
      const input = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', url, '-c', 'copy', '-f', 'segment'];
      const args = [...input, '-segment_time', `${SEGMENT_SECONDS}`, join(folder, `${index}`, '%05d.mp4')];
      children.push(spawn('ffmpeg', args, { stdio: ['pipe', 'ignore', 'ignore'] }));
    }
    const { peers } = await measure({ peers: () => children.map(({ pid }) => pid ?? 0) });
    await Promise.all(
      children.map(async (child) => {
        const exited = once(child, 'exit');
        // `q` ends it in order, with the last file's index written.
        child.stdin?.write('q');
        await exited;
      }),
    );
    return { ...peers, ...total(urls.map((_, index) => accountFrames(mp4Below(join(folder, `${index}`))))) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function mp4Below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mp4'))
    .map((name) => join(folder, name));
}

function total(accounts: readonly FrameAccount[]): FrameAccount {
  const sum = (of: (account: FrameAccount) => number): number => accounts.reduce((all, one) => all + of(one), 0);
  return { frames: sum((a) => a.frames), missing: sum((a) => a.missing), repeated: sum((a) => a.repeated) };
}

function fail(why: string): void {
  console.error(`  ${why}`);
  process.exitCode = 1;
}

const source = await startCameraProcess({ fixture: 'h264-1080p', cameras: CAMERAS, stagger: true });
let mine: Ours | undefined;
let peers: (Cost & FrameAccount) | undefined;
try {
  for (const turn of values.order.split(' ')) {
    if (turn === 'ours') mine = await ours(source.urls);
    else peers = await theirs(source.urls);
    await sleep(1000);
  }
} finally {
  await source.stop();
}
const cost = ({ cpu, pss }: Cost): string => `${cpu.toFixed(1)} % of a core, ${pss.toFixed(0)} MB`;
const counted = ({ frames, missing, repeated }: FrameAccount): string =>
  `${frames} frames stored, ${missing} missing, ${repeated} twice`;
console.log(`  ${CAMERAS} cameras of 1080p15, 3 Mbit/s, ${values.minutes} minutes a turn`);
if (mine) {
  const each = (mine.costs.recorder.pss - mine.idle) / CAMERAS;
  console.log(
    `  recorder    ${cost(mine.costs.recorder)} (${mine.idle.toFixed(0)} MB idle: ${each.toFixed(2)} MB a camera, bar ${PSS_BAR_MB})`,
  );
  console.log(`  hub         ${cost(mine.costs.hub)}, with the worker`);
  console.log(`  PostgreSQL  ${cost(mine.costs.postgres)}`);
  console.log(`  stored      ${counted(mine)}, ${mine.segments} segments, ${mine.gaps.length} gaps`);
  if (mine.missing + mine.repeated > 0) fail('frames are missing or stored twice');
  for (const gap of mine.gaps.slice(0, 10)) fail(gap);
  if (each > PSS_BAR_MB) fail('memory is more than it may be');
}
if (peers) console.log(`  ${CAMERAS} × ffmpeg ${cost(peers)}; ${counted(peers)}`);
if (mine && peers) {
  const ratio = mine.costs.recorder.cpu / peers.cpu;
  console.log(`  ratio       CPU of the recorder ${ratio.toFixed(2)} (bar ${CPU_BAR})`);
  if (ratio > CPU_BAR) fail('CPU is more than it may be');
}
