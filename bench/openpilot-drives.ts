/** The drives of `bench/openpilot.ts`: a real one where the check data is, and others that are made once and kept in `.cache/`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRoute } from '../test/openpilot/route.ts';
import { makeWorld, steadyDriving } from '../test/openpilot/world.ts';

export interface BenchDrive {
  readonly title: string;
  /** A folder with the drive. */
  readonly data: string;
  readonly logId: string;
  /** Seconds of the route. */
  readonly start: number;
  readonly length: number;
  readonly sound: boolean;
  /** Of the pictures that are shown, and of the part of them that the driving screen shows. */
  readonly picture: { readonly width: number; readonly height: number };
  readonly window: { readonly width: number; readonly height: number };
  /** The file with these pictures, and whether it is a raw byte stream. */
  readonly film: string;
  readonly raw: boolean;
  /** The small film of the same pictures. */
  readonly small: string;
  /** Second of the films at which the clip begins. */
  readonly from: number;
}

export const DATA = process.env.VIDETTE_TEST_DATA ?? fileURLToPath(new URL('../../shared/data', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache/bench-openpilot/', import.meta.url));
const REAL = '0000002c--d68dde99ca';
const MADE = '0000001f--0a1b2c3d4e';
/** Seconds of the made drive. */
const LENGTH = 30;

/** Engaged at night, two alerts, sound. Undefined where the check data is not. */
export function realDrive(): BenchDrive | undefined {
  const folder = join(DATA, 'openpilot');
  const film = join(folder, `${REAL}--1`, 'qcamera.ts');
  if (!existsSync(film)) return undefined;
  return {
    title: '28 s of a real drive: small film and reduced log, with sound',
    data: folder,
    logId: REAL,
    start: 90,
    length: 28,
    sound: true,
    picture: { width: 526, height: 330 },
    window: { width: 520, height: 252 },
    film,
    raw: false,
    small: film,
    from: 30,
  };
}

/** 1928×1208 H.265 of 9 Mbit/s and a full-rate log with everything to be drawn. */
export async function madeDrive(): Promise<BenchDrive> {
  const data = join(CACHE, 'full-1');
  const minute = join(data, `${MADE}--0`);
  const film = join(minute, 'fcamera.hevc');
  if (!existsSync(film)) await once(data, writeFullDrive);
  return {
    title: '30 s of a made drive: 1928×1208 H.265 and full-rate log',
    data,
    logId: MADE,
    start: 0,
    length: LENGTH,
    sound: true,
    picture: { width: 1928, height: 1208 },
    window: { width: 1908, height: 926 },
    film,
    raw: true,
    small: join(minute, 'qcamera.ts'),
    from: 0,
  };
}

/** Ten minutes with small films and reduced logs. */
export async function longDrive(): Promise<{ readonly data: string; readonly logId: string }> {
  const data = join(CACHE, 'long-1');
  if (!existsSync(data)) await once(data, writeLongDrive);
  return { data, logId: MADE };
}

/** Whole or not at all. */
async function once(folder: string, write: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(join(CACHE, '.draft-'));
  try {
    await write(draft);
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

const world = makeWorld({
  lead: (t) => ({ distance: 30 + 10 * Math.sin(t / 3), left: 0.2, relativeSpeed: Math.cos(t / 3) }),
  drive: (t) => ({ ...steadyDriving, speed: 22 + 3 * Math.sin(t / 4), steeringAngleDeg: 20 * Math.sin(t / 5) }),
});

async function writeFullDrive(folder: string): Promise<void> {
  process.stdout.write('making a drive of full rate (a minute or two, once) …\n');
  await writeRoute({ folder, world, minutes: 1, year: 2026, logId: MADE, traffic: true });
  const minute = join(folder, `${MADE}--0`);
  // By daylight, with grain: what a camera really gives.
  const real = join(DATA, 'openpilot', '0000006b--d72540bad7--1', 'qcamera.ts');
  const source = existsSync(real) ? ['-ss', '20', '-t', String(LENGTH), '-i', real] : drawn(LENGTH);
  ffmpeg(
    ...source,
    ...['-vf', 'scale=1928:1208:flags=bicubic,noise=alls=6:allf=t', '-r', '20', '-an', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx265', '-preset', 'ultrafast', '-b:v', '9000k'],
    '-x265-params',
    'bframes=0:keyint=30:min-keyint=30:scenecut=0:repeat-headers=1:log-level=error',
    ...['-f', 'hevc', join(minute, 'fcamera.hevc')],
  );
  ffmpeg(
    ...['-f', 'hevc', '-framerate', '20', '-i', join(minute, 'fcamera.hevc')],
    ...['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=16000:duration=${LENGTH}`],
    ...['-vf', 'scale=526:330', ...SMALL, join(minute, 'qcamera.ts')],
  );
}

async function writeLongDrive(folder: string): Promise<void> {
  process.stdout.write('making a drive of ten minutes (a minute or two, once) …\n');
  const { segments } = await writeRoute({ folder, world, minutes: 10, year: 2026, logId: MADE, logs: () => ['qlog'] });
  const real = join(DATA, 'openpilot', '0000006b--d72540bad7--1', 'qcamera.ts');
  for (const [index, segment] of segments.entries()) {
    const film = join(segment, 'qcamera.ts');
    if (existsSync(real)) await copyFile(real, film);
    else if (index > 0) await copyFile(join(segments[0] ?? '', 'qcamera.ts'), film);
    else ffmpeg(...drawn(60), ...SMALL, film);
  }
}

const drawn = (seconds: number): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=526x330:rate=20:duration=${seconds}`],
  ...['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=16000:duration=${seconds}`],
];

/** As a device codes its small film. */
const SMALL = [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'high', '-g', '15', '-bf', '0', '-b:v', '256k'],
  ...['-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '1', '-b:a', '32k', '-f', 'mpegts'],
];

function ffmpeg(...args: string[]): void {
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ffmpeg: ${stderr}`);
}
