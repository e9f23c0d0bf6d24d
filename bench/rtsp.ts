/**
 * What reading costs: 16 cameras of 1080p15 with 3 Mbit/s read by one process of ours, beside 16 × `ffmpeg -c copy` that throw
 * everything away too; and what the test camera costs with 64 clients. CPU in percent of one core, median of three turns.
 *
 * usage: node bench/rtsp.ts [--seconds 20] [--turns 3]
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { entry } from '../src/base/entry.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, turns: { type: 'string', default: '3' } },
});
const SECONDS = Number(values.seconds);
const TURNS = Number(values.turns);
/** Ticks per second of the times in /proc (USER_HZ): 100 on every Linux that we run on. */
const TICKS = 100;

async function startCamera(...args: string[]): Promise<{ child: ChildProcess; urls: string[] }> {
  const child = fork(entry(import.meta.url, '../test/rtsp/camera.main'), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ready = await new Promise<{ urls: string[] }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { urls: string[] }));
    child.once('exit', (code) => reject(new Error(`the test camera ended (${code})`)));
  });
  return { child, urls: ready.urls };
}

/** CPU seconds of a process so far. */
function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

function pssMb(pid: number | undefined): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1000;
}

interface Cost {
  cpu: number;
  pss: number;
  camera: number;
  frames: number;
}

/** Runs readers for a while; percent of a core that they and the camera took. */
async function measure(children: ChildProcess[], camera: ChildProcess): Promise<Cost> {
  await sleep(5000);
  const pids = children.map((child) => child.pid);
  const total = (): number => pids.reduce<number>((sum, pid) => sum + cpuSeconds(pid), 0);
  const before = [total(), cpuSeconds(camera.pid), performance.now()] as const;
  await sleep(SECONDS * 1000);
  const seconds = (performance.now() - before[2]) / 1000;
  const cost = {
    cpu: (100 * (total() - before[0])) / seconds,
    camera: (100 * (cpuSeconds(camera.pid) - before[1])) / seconds,
    pss: pids.reduce<number>((sum, pid) => sum + pssMb(pid), 0),
    frames: 0,
  };
  for (const child of children) {
    if (child.channel)
      cost.frames = await new Promise<number>((resolve) => {
        child.once('message', (message) => resolve(Number(message)));
        child.send('count');
      });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
  return cost;
}

const readOurs = (urls: readonly string[], camera: ChildProcess): Promise<Cost> => {
  const child = fork(entry(import.meta.url, './rtsp-reader.main'));
  child.send(urls);
  return measure([child], camera);
};

const readFfmpeg = (urls: readonly string[], camera: ChildProcess): Promise<Cost> =>
  measure(
    urls.map((url) =>
      spawn('ffmpeg', ['-v', 'error', '-rtsp_transport', 'tcp', '-i', url, '-c', 'copy', '-f', 'null', '-'], {
        stdio: 'ignore',
      }),
    ),
    camera,
  );

const median = (costs: readonly Cost[]): Cost | undefined => costs.toSorted((a, b) => a.cpu - b.cpu)[costs.length >> 1];
const percent = (value: number | undefined): string => `${(value ?? Number.NaN).toFixed(2)} %`;

const big = await startCamera('--fixture', 'h264-1080p', '--cameras', '16', '--stagger');
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const ours: Cost[] = [];
const theirs: Cost[] = [];
for (let turn = 0; turn < TURNS; turn += 1) {
  ours.push(await readOurs(big.urls, big.child));
  if (hasFfmpeg) theirs.push(await readFfmpeg(big.urls, big.child));
}
big.child.kill();
const mine = median(ours);
const peer = median(theirs);
console.log(`16 × 1080p15 3 Mbit/s, read and thrown away, ${SECONDS} s, median of ${TURNS}`);
console.log(
  `  ours    ${percent(mine?.cpu)} of a core, ${mine?.pss.toFixed(0)} MB PSS, ${mine?.frames} frames (camera ${percent(mine?.camera)})`,
);
if (mine && peer) {
  console.log(
    `  ffmpeg  ${percent(peer.cpu)} of a core, ${peer.pss.toFixed(0)} MB PSS (camera ${percent(peer.camera)})`,
  );
  console.log(`  ratio   CPU ${(mine.cpu / peer.cpu).toFixed(2)}, memory ${(mine.pss / peer.pss).toFixed(2)}`);
} else console.log('  ffmpeg  not installed: no peer to compare with');

const many = await startCamera('--fixture', 'h264-1080p', '--cameras', '64', '--stagger');
const sixtyFour = await readOurs(many.urls, many.child);
many.child.kill();
console.log(
  `64 clients of the test camera: camera ${percent(sixtyFour.camera)} of a core (goal < 25 %), readers ${percent(sixtyFour.cpu)}, ${sixtyFour.frames} frames`,
);
