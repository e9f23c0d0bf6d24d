/**
 * `npm run bench -- export`: an hour of 1080p15 at 3 Mbit/s as one ordinary MP4, against `cp` of the same bytes; checked with ffmpeg where there is one.
 *
 * usage: node bench/export.ts [--minutes 60]
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { copyFile, link, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { silentLog } from '../src/base/log.ts';
import { FolderStore } from '../src/blobs/folder.ts';
import { exportBytes, planExport } from '../src/hub/playback/export.ts';
import type { Playable } from '../src/hub/playback/library.ts';
import { SegmentShelf } from '../src/hub/playback/segment-shelf.ts';
import { realSegments } from '../test/footage/real-segments.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' } } });
const minutes = Number(values.minutes);
const root = await mkdtemp(join(tmpdir(), 'vidette-bench-export-'));
const T = Date.parse('2026-11-21T18:00:00Z');
const SOURCE = '00000000-0000-4000-8000-000000000001';
/** Groups of two seconds in a minute. */
const GROUPS = 30;

async function record(): Promise<Playable[]> {
  const playables: Playable[] = [];
  // One file at a time: an hour of them is more than a gigabyte.
  for (let minute = 0; minute < minutes; minute++) {
    const runWallStart = T + minute * 60_000;
    const run = `run${String(minute).padStart(13, '0')}`;
    const [made] = await realSegments({ fixture: 'h264-1080p', sourceId: SOURCE, run, runWallStart, groups: [GROUPS] });
    if (!made) throw new Error('no segment was made');
    const key = `${minute}.mp4`;
    await writeFile(join(root, key), made.bytes);
    playables.push({ key, shownFrom: runWallStart, shownTo: runWallStart + made.durationMs });
  }
  return playables;
}

async function timed<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const before = performance.now();
  const result = await work();
  return { seconds: (performance.now() - before) / 1000, result };
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.sync();
  await file.close();
}

try {
  process.stdout.write(`recording ${minutes} minutes …\n`);
  const playables = await record();
  const blobs = new FolderStore({ root, library: undefined, signingKey: Buffer.alloc(32), publicBase: '' });
  const target = join(root, 'export.mp4');
  // From between two key frames to between two others.
  const request = { from: T + 600, to: T + minutes * 60_000 - 700, gaps: 'close' as const };
  const exporting = await timed(async () => {
    const shelf = new SegmentShelf(blobs);
    const planned = await timed(() => planExport(playables, shelf, request, silentLog));
    if (planned.result?.kind !== 'plan') throw new Error('it is no plan');
    const plan = planned.result;
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 50);
    await pipeline(exportBytes(plan, shelf, { start: 0, end: plan.bytes - 1 }), createWriteStream(target));
    clearInterval(watch);
    await synced(target);
    return { plan, planSeconds: planned.seconds, peak };
  });
  const { plan, planSeconds, peak } = exporting.result;
  const { size } = await stat(target);
  const copy = join(root, 'copy.mp4');
  const copying = await timed(async () => {
    await copyFile(target, copy);
    await synced(copy);
  });
  const rate = (seconds: number): string => `${(size / 1e6 / seconds).toFixed(0)} MB/s`;
  process.stdout.write(
    [
      `export: ${(size / 1e6).toFixed(0)} MB, ${plan.frames} pictures, head ${(plan.head.length / 1e6).toFixed(2)} MB`,
      `first byte after ${planSeconds.toFixed(2)} s, whole in ${exporting.seconds.toFixed(2)} s (${rate(exporting.seconds)}, synced), process at most ${(peak / 1e6).toFixed(0)} MB`,
      `cp of the result: ${copying.seconds.toFixed(2)} s (${rate(copying.seconds)}, synced); export / cp = ${(exporting.seconds / copying.seconds).toFixed(2)}`,
      '',
    ].join('\n'),
  );
  const wanted = Math.floor((minutes * 60_000 - 700) / (1000 / 15) + 1e-9) + 1 - Math.ceil(600 / (1000 / 15));
  if (plan.frames !== wanted) throw new Error(`${plan.frames} pictures, not ${wanted}`);
  // Some minutes of it decoded: what ffmpeg complains of is a fault.
  const sample = join(root, 'sample.mp4');
  await link(target, sample);
  const ffmpeg = spawnSync('ffmpeg', ['-v', 'warning', '-xerror', '-t', '120', '-i', sample, '-f', 'null', '-'], {
    encoding: 'utf8',
  });
  const probe = spawnSync(
    'ffprobe',
    ['-v', 'warning', '-select_streams', 'v', '-show_entries', 'stream=nb_frames,duration', '-of', 'csv=p=0', sample],
    { encoding: 'utf8' },
  );
  if (ffmpeg.error) process.stdout.write('ffmpeg is not here: not decoded\n');
  else {
    process.stdout.write(
      `ffprobe: ${probe.stdout.trim()}; ffmpeg, two minutes decoded: ${ffmpeg.stderr.trim() || 'no complaint'}\n`,
    );
    if (ffmpeg.status !== 0 || ffmpeg.stderr.trim() !== '') throw new Error('ffmpeg complains');
  }
} finally {
  await rm(root, { recursive: true });
}
