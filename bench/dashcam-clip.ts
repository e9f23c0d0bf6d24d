/**
 * `npm run bench -- dashcam-clip`: a clip of a car's cameras with bar and stamp, under a size, against its floor in the same run: FFmpeg's own program that
 * decodes the same files, scales and stacks them and encodes with the same preset, number and size of passes and bitrate, and draws nothing.
 *
 * usage: node bench/dashcam-clip.ts [--seconds 10] [--rounds 1] [--only hw3|hw4]
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type CarLayoutName, LAYOUT_CAMERAS } from '../src/sources/dashcam/clip/camera-names.ts';
import { layoutOf } from '../src/sources/dashcam/clip/layouts.ts';
import { clipOfStream } from '../test/dashcam/encoded-clip.ts';
import { EVENT_NAME, EVENT_START, minuteName } from '../test/dashcam/event-folder.ts';
import { CLI, Coding, type Cost, ffmpegPasses, judge, middle, say, timed, two } from './clip-cost.ts';
import { pssMb, treeOf } from './process-cost.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const FPS = 36;
/** Pictures that are encoded; the minute repeats them. */
const ENCODED = 4 * FPS;
/** MB for each second: as 8 for half a minute. */
const MAX = (8 / 30) * seconds;
const MOST_RATIO = 1.35;
const MOST_MB = 700;

interface Car {
  readonly title: string;
  readonly layout: CarLayoutName & keyof typeof LAYOUT_CAMERAS;
  readonly size: (camera: string) => { readonly width: number; readonly height: number };
  /** Bits a second. */
  readonly rate: (camera: string) => number;
}

const CARS: Readonly<Record<string, Car>> = {
  hw4: {
    title: 'HW4: six cameras, 2896×1876 and five of 1448×938',
    layout: 'six',
    size: (camera) => (camera === 'front' ? { width: 2896, height: 1876 } : { width: 1448, height: 938 }),
    rate: (camera) => (camera === 'front' ? 10e6 : 5e6),
  },
  hw3: {
    title: 'HW3: four cameras, 1280×960',
    layout: '2x2',
    size: () => ({ width: 1280, height: 960 }),
    rate: () => 5e6,
  },
};

const Made = z.object({
  bytes: z.number(),
  width: z.number(),
  height: z.number(),
  coding: Coding,
  notes: z.array(z.string()),
});
type Made = z.output<typeof Made>;
const root = await mkdtemp(join(tmpdir(), 'vidette-bench-car-'));
// As `vidette` itself is started: what was compiled once is kept. The first clip, which is not counted, fills it.
process.env.NODE_COMPILE_CACHE = join(root, 'code');

/** Something like a street: things that move, and grain. */
function encoded(width: number, height: number, rate: number): string {
  const path = join(root, `${width}x${height}.h264`);
  const { status, stderr } = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-y', '-f', 'lavfi'],
      ...['-i', `testsrc2=size=${width}x${height}:rate=${FPS},noise=alls=8:allf=t`, '-frames:v', String(ENCODED)],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', String(rate), '-maxrate', String(rate * 1.5)],
      ...['-bufsize', String(rate), '-g', '18', '-bf', '0', '-pix_fmt', 'yuv420p', '-f', 'h264', path],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`ffmpeg: ${stderr}`);
  return path;
}

async function eventOf(name: string, { layout, size, rate }: Car): Promise<string> {
  const folder = join(root, name, EVENT_NAME);
  await mkdir(folder, { recursive: true });
  const streams = new Map<string, Buffer>();
  for (const [number, camera] of LAYOUT_CAMERAS[layout].entries()) {
    const { width, height } = size(camera);
    const key = `${width}x${height}`;
    const once = streams.get(key) ?? (await readFile(encoded(width, height, rate(camera))));
    streams.set(key, once);
    const repeats = Math.ceil(((seconds + 2) * FPS) / ENCODED);
    const clip = clipOfStream(Buffer.concat(Array.from({ length: repeats }, () => once)), {
      codec: 'h264',
      width,
      height,
      pictures: repeats * ENCODED,
      gop: 18,
      bitrate: rate(camera),
      camera: number,
      sequence: 100_000,
      telemetry: true,
      start: new Date(EVENT_START).toISOString().replace('.000', ''),
    });
    await writeFile(join(folder, minuteName(0, camera)), clip.bytes);
  }
  return folder;
}

async function ours(
  folder: string,
  { layout }: Car,
  watch?: (pid: number) => void,
): Promise<{ cost: Cost; made: Made }> {
  const args = [CLI, 'clip', folder, '-s', '0', '-l', String(seconds), '-m', String(MAX), '--layout', layout];
  const { out, ...cost } = await timed(
    root,
    process.execPath,
    [...args, '-o', join(root, 'ours.mp4'), '--force', '--json'],
    watch,
  );
  return { cost, made: Made.parse(JSON.parse(out)) };
}

async function floor(folder: string, { layout, size }: Car, { width, height, coding }: Made): Promise<Cost> {
  const cameras = LAYOUT_CAMERAS[layout];
  const { cells } = layoutOf({
    layout,
    cameras,
    sizes: new Map(cameras.map((camera) => [camera, size(camera)])),
    telemetry: true,
    stamp: true,
    most: { width },
  });
  // As constant pictures a second, which is the least work.
  const inputs = cameras.flatMap((camera) => ['-r', String(FPS), '-i', join(folder, minuteName(0, camera))]);
  const frames = ['-an', '-frames:v', String(seconds * FPS)];
  const filter = (whole: { readonly width: number; readonly height: number }): string => {
    const even = (value: number): number => Math.round(value / 2) * 2;
    const [x, y] = [whole.width / width, whole.height / height];
    const scaled = cells.map(
      ({ rect }, at) => `[${at}:v]scale=${even(rect.width * x)}:${even(rect.height * y)}:flags=bicubic[s${at}]`,
    );
    const places = cells.map(({ rect }) => `${even(rect.x * x)}_${even(rect.y * y)}`).join('|');
    const all = cells.map((_, at) => `[s${at}]`).join('');
    return `${scaled.join(';')};${all}xstack=inputs=${cells.length}:layout=${places},pad=${whole.width}:${whole.height}:0:0`;
  };
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '250', '-threads', '2'];
  const log = ['-passlogfile', join(root, 'floor')];
  const passes = [
    [
      ...inputs,
      ...['-filter_complex', filter(coding.firstPass), ...frames, ...x264, '-crf', '23', '-pass', '1', ...log],
      ...['-f', 'mp4', '/dev/null'],
    ],
    ...Array.from({ length: coding.passes }, () => [
      ...inputs,
      ...['-filter_complex', filter({ width, height }), ...frames, ...x264],
      ...['-b:v', String(coding.bitrate), '-pass', '2', ...log, '-movflags', '+faststart', join(root, 'floor.mp4')],
    ]),
  ];
  return await ffmpegPasses(root, passes);
}

try {
  for (const [name, car] of Object.entries(CARS)) {
    if (values.only !== '' && values.only !== name) continue;
    say(`\n${car.title}, ${seconds} s`);
    const folder = await eventOf(name, car);
    const ratios: number[] = [];
    let memory = 0;
    for (let round = 0; round < rounds; round++) {
      const load = loadavg()[0] ?? 0;
      const { cost, made } = await ours(folder, car, (pid) => {
        memory = Math.max(memory, pssMb(treeOf(pid)));
      });
      const least = await floor(folder, car, made);
      ratios.push(cost.cpu / least.cpu);
      say(
        `  ours ${two(cost.wall)} s, CPU ${two(cost.cpu)} s · floor ${two(least.wall)} s, CPU ${two(least.cpu)} s · load before ${two(load)} · ${made.width}×${made.height}, ${made.coding.passes + 1} passes · ${(made.bytes / 1e6).toFixed(3)} of ${MAX.toFixed(3)} MB`,
      );
      if (made.bytes > MAX * 1e6) judge(false, 'larger than its limit');
    }
    const cpu = middle(ratios);
    judge(cpu <= MOST_RATIO, `CPU ${two(cpu)} × the floor (at most ${MOST_RATIO})`);
    judge(memory < MOST_MB, `at most ${memory.toFixed(0)} MB of memory (below ${MOST_MB})`);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
