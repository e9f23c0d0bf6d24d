/**
 * `npm run bench:openpilot`: a clip of a drive (1440×720, under 7.8 MB) against its floor in the same run: FFmpeg's own program with the same
 * inputs, crop, scale, preset, number and size of passes and bitrate, and nothing drawn. Then its quality against a lossless master, and
 * what ten minutes of a drive take of memory and disk, and leave behind when they are cancelled.
 *
 * usage: node bench/openpilot.ts [--rounds 2] [--only speed|quality|long]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { CLI, Coding, type Cost, ffmpegPasses, judge, middle, say, timed, two } from './clip-cost.ts';
import { type BenchDrive, DATA, longDrive, madeDrive, realDrive } from './openpilot-drives.ts';
import { cpuSeconds, pssMb, treeOf } from './process-cost.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '2' }, only: { type: 'string', default: '' } },
});
const rounds = Number(values.rounds);
const MAX = 7.8;
/** Most that a clip may cost, in parts of the floor. */
const MOST_RATIO = 1.35;
const MOST_MB = 700;
const MOST_DISK_MB = 100;

const Made = z.object({
  file: z.string(),
  bytes: z.number(),
  duration: z.number(),
  coding: Coding,
  notes: z.array(z.string()),
});
type Made = z.output<typeof Made>;

const root = await mkdtemp(join(tmpdir(), 'vidette-bench-drive-'));
// As `vidette` itself is started (bin/bootstrap.js): what was compiled once is kept. The first clip, which is not counted, fills it.
process.env.NODE_COMPILE_CACHE = join(root, 'code');

function clipArgs(drive: BenchDrive, name: string, ...more: string[]): string[] {
  const part = ['-s', String(drive.start), '-l', String(drive.length), '-m', String(MAX)];
  return [
    CLI,
    'clip',
    drive.logId,
    '--data',
    drive.data,
    ...part,
    '-o',
    join(root, name),
    '--force',
    '--json',
    ...more,
  ];
}

async function ours(drive: BenchDrive): Promise<{ cost: Cost; made: Made }> {
  const { out, ...cost } = await timed(root, process.execPath, clipArgs(drive, 'ours.mp4'));
  return { cost, made: Made.parse(JSON.parse(out)) };
}

/** Both passes in one shell, as a person would run them. */
async function floor(drive: BenchDrive, { coding }: Made): Promise<Cost> {
  const seek = ['-ss', String(drive.from), '-t', String(drive.length)];
  // A raw stream cannot be sought in; the drive that has one is shown from its start.
  const film = drive.raw ? ['-f', 'hevc', '-framerate', '20', '-i', drive.film] : [...seek, '-i', drive.film];
  const frames = ['-frames:v', String(drive.length * 20)];
  const small = [...seek, '-i', drive.small];
  const part = drive.picture.width / 526;
  const even = (value: number): number => Math.round(value / 2) * 2;
  const cropSmall = `crop=${even(drive.window.width / part)}:${even(drive.window.height / part)}`;
  const { firstPass } = coding;
  const content = { width: even((1400 * firstPass.width) / 1440), height: even((680 * firstPass.height) / 720) };
  const first = `${cropSmall},scale=${content.width}:${content.height}:flags=bicubic,pad=${firstPass.width}:${firstPass.height}:-1:-1`;
  const second = `crop=${drive.window.width}:${drive.window.height},scale=1400:680:flags=bicubic,pad=1440:720:-1:-1`;
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '160', '-threads', '2'];
  const log = join(root, 'floor');
  const passes: string[][] = [
    [
      ...small,
      '-an',
      '-vf',
      first,
      ...frames,
      ...x264,
      '-crf',
      '23',
      '-pass',
      '1',
      '-passlogfile',
      log,
      '-f',
      'mp4',
      '/dev/null',
    ],
  ];
  for (let pass = 0; pass < coding.passes; pass++)
    passes.push([
      ...film,
      ...(drive.raw && drive.sound ? [...small, '-map', '0:v', '-map', '1:a?'] : []),
      ...['-vf', second, ...frames, ...x264, '-b:v', String(coding.bitrate), '-pass', '2', '-passlogfile', log],
      ...['-c:a', 'aac', '-b:a', '64k', '-movflags', '+faststart', join(root, 'floor.mp4')],
    ]);
  return await ffmpegPasses(root, passes);
}

async function speed(drive: BenchDrive, goal: number): Promise<void> {
  say(`\n${drive.title}`);
  const mine: Cost[] = [];
  const floors: Cost[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const load = loadavg()[0] ?? 0;
    const { cost, made } = await ours(drive);
    const least = await floor(drive, made);
    mine.push(cost);
    floors.push(least);
    bytes = made.bytes;
    say(
      `  ours ${two(cost.wall)} s, CPU ${two(cost.cpu)} s · floor ${two(least.wall)} s, CPU ${two(least.cpu)} s · load before ${two(load)} · ${made.coding.passes + 1} passes, first ${made.coding.firstPass.width}×${made.coding.firstPass.height}`,
    );
  }
  const cpu = middle(mine.map((one, index) => one.cpu / (floors[index]?.cpu ?? 1)));
  const wall = middle(mine.map((one, index) => one.wall / (floors[index]?.wall ?? 1)));
  judge(
    bytes <= MAX * 1e6,
    `${(bytes / 1e6).toFixed(3)} MB of ${MAX} MB (${((bytes / MAX / 1e6) * 100).toFixed(1)} %)`,
  );
  judge(cpu <= MOST_RATIO, `CPU ${two(cpu)} × the floor (at most ${MOST_RATIO})`);
  // Wall time means something on an idle machine only.
  say(
    `  wall ${two(wall)} × the floor; best ${two(Math.min(...mine.map((one) => one.wall)))} s (goal ${goal} s on two idle cores)`,
  );
}

/** SSIM over all planes, of the pictures of `path` against those of the master. */
function ssim(path: string, master: string): number {
  const { stderr } = spawnSync('ffmpeg', ['-nostdin', '-i', path, '-i', master, '-lavfi', 'ssim', '-f', 'null', '-'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const found = /SSIM .* All:([\d.]+)/.exec(stderr);
  if (!found) throw new Error(`no SSIM: ${stderr.slice(-500)}`);
  return Number(found[1]);
}

async function quality(drive: BenchDrive): Promise<void> {
  say(`\nquality: ${drive.title}`);
  const master = join(root, 'master.mkv');
  const { out } = await timed(root, process.execPath, clipArgs(drive, 'ours.mp4', '--master', master));
  const { coding, file } = Made.parse(JSON.parse(out));
  const log = join(root, 'reference');
  const common = ['-v', 'error', '-nostdin', '-y', '-i', master, '-an', '-c:v', 'libx264', '-preset', 'veryfast'];
  const rate = ['-b:v', String(coding.bitrate), '-g', '160', '-passlogfile', log];
  await timed(root, 'ffmpeg', [...common, ...rate, '-pass', '1', '-f', 'mp4', '/dev/null']);
  await timed(root, 'ffmpeg', [...common, ...rate, '-pass', '2', join(root, 'reference.mp4')]);
  const [mine, reference] = [ssim(file, master), ssim(join(root, 'reference.mp4'), master)];
  judge(
    mine >= reference - 0.005,
    `SSIM ${mine.toFixed(4)}, two full passes over the lossless scene ${reference.toFixed(4)}`,
  );
  await rm(master);
}

/** Bytes of all files below a folder. */
async function bytesBelow(folder: string): Promise<number> {
  let sum = 0;
  for (const item of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []))
    if (item.isFile())
      sum += await stat(join(item.parentPath, item.name)).then(
        ({ size }) => size,
        () => 0,
      );
  return sum;
}

async function long(): Promise<void> {
  const { data, logId } = await longDrive();
  say('\nten minutes of a drive, under 100 MB');
  for (const cancel of [true, false]) {
    const folder = await mkdtemp(join(root, 'long-'));
    const args = [
      CLI,
      'clip',
      logId,
      '--data',
      data,
      '-s',
      '0',
      '-l',
      '10:00',
      '-m',
      '100',
      '-o',
      join(folder, 'long.mp4'),
    ];
    const started = performance.now();
    const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    let [memory, disk, cpu, over] = [0, 0, 0, false];
    ended.then(() => {
      over = true;
    });
    while (!over) {
      const tree = treeOf(child.pid ?? 0);
      memory = Math.max(memory, pssMb(tree));
      cpu = Math.max(cpu, cpuSeconds(tree));
      const passes = await bytesBelow(folder);
      // What will be the result is no spool: the file of the running pass.
      disk = Math.max(disk, passes - (await resultSoFar(folder)));
      if (cancel && performance.now() - started > 20_000) child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    const code = await ended;
    const left = await readdir(folder);
    if (cancel) {
      judge(
        code === 1 && left.length === 0,
        `cancelled after 20 s: nothing is left (${left.join(', ') || 'empty folder'})`,
      );
      continue;
    }
    const seconds = (performance.now() - started) / 1000;
    judge(
      code === 0 && left.length === 1,
      `made in ${seconds.toFixed(0)} s, CPU ${cpu.toFixed(0)} s: ${(600 / seconds).toFixed(1)} × as fast as driven`,
    );
    judge(memory < MOST_MB, `at most ${memory.toFixed(0)} MB of memory (below ${MOST_MB})`);
    judge(
      disk / 1e6 < MOST_DISK_MB,
      `at most ${(disk / 1e6).toFixed(1)} MB of disk beside the result (below ${MOST_DISK_MB})`,
    );
  }
}

async function resultSoFar(folder: string): Promise<number> {
  let largest = 0;
  for (const item of await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []))
    if (item.isFile() && item.name.endsWith('.mp4'))
      largest = Math.max(
        largest,
        await stat(join(item.parentPath, item.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      );
  return largest;
}

try {
  const real = realDrive();
  if (!real) say(`(no check data in ${DATA}: the real drive is left out)`);
  const drives: [BenchDrive, number][] = [
    ...(real ? [[real, 12] as [BenchDrive, number]] : []),
    [await madeDrive(), 25],
  ];
  const { only } = values;
  if (only === '' || only === 'speed') for (const [drive, goal] of drives) await speed(drive, goal);
  if (only === '' || only === 'quality') for (const [drive] of drives) await quality(drive);
  if (only === '' || only === 'long') await long();
} finally {
  await rm(root, { recursive: true, force: true });
}
