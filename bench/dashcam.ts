/**
 * Drives of a dash cam: a scan of a 64 GiB image with 4,000 files (beside reading its tables alone), and 10,000 random and
 * mutated images of each file system. `node bench/dashcam.ts`, `--inputs=1000` for fewer.
 */
import { fork } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeClip } from '../test/dashcam/clip.ts';
import { ExfatImage } from '../test/dashcam/exfat-image.ts';
import { Fat32Image } from '../test/dashcam/fat32-image.ts';
import { fuzzImages } from '../test/dashcam/fuzz.ts';
import type { TestImage } from '../test/dashcam/image-writer.ts';

const FILES = 4000;
const FILE_BYTES = 15_000_000;
const inputs = Number(process.argv.find((arg) => arg.startsWith('--inputs='))?.slice(9) ?? 10_000);

interface Cost {
  readonly files: number;
  readonly findings: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** 4,000 clips of whose contents only the boxes are written: a scan reads no more of a sound drive. */
function fillLarge(image: TestImage): void {
  const clip = makeClip({ pictures: 2 });
  const dataAt = clip.bytes.indexOf('mdat') - 4;
  const movie = clip.bytes.subarray(clip.movieAt);
  const head = Buffer.from(clip.bytes.subarray(0, dataAt + 8));
  head.writeUInt32BE(FILE_BYTES - dataAt - movie.length, dataAt);
  image.folder('TeslaCam');
  image.folder('TeslaCam/RecentClips');
  for (let file = 0; file < FILES; file += 1) {
    const clusters = image.reserve(Math.ceil(FILE_BYTES / image.clusterBytes));
    const name = new Date(Date.UTC(2026, 2, 1, 10, 0, file))
      .toISOString()
      .slice(0, 19)
      .replace('T', '_')
      .replaceAll(':', '-');
    image.sparse(`TeslaCam/RecentClips/${name}-front.mp4`, FILE_BYTES, clusters);
    image.writer.put(image.placeOf(clusters[0] ?? 0), head);
    image.writer.put(image.placeOf(clusters[0] ?? 0) + FILE_BYTES - movie.length, movie);
  }
}

function scan(path: string): Promise<Cost> {
  const child = fork(fileURLToPath(new URL('dashcam-scan.main.ts', import.meta.url)), [path]);
  return new Promise((resolve, reject) => {
    child.once('message', (cost: Cost) => resolve(cost));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the scan ended with ${code}`)));
  });
}

/** The floor: seconds to read the tables, which a scan has to, with nothing done about them. */
function tableSeconds(path: string, bytes: number): number {
  const before = performance.now();
  const file = openSync(path, 'r');
  const block = Buffer.alloc(32 * 1024);
  for (let at = 0; at < bytes; at += block.length) readSync(file, block, 0, block.length, at);
  closeSync(file);
  return (performance.now() - before) / 1000;
}

const folder = await mkdtemp(join(tmpdir(), 'vidette-dashcam-'));
let missed = false;
try {
  for (const kind of ['fat32', 'exfat'] as const) {
    const path = join(folder, `${kind}.img`);
    const options = { bytes: 64 * 2 ** 30, clusterBytes: 32_768 };
    let tables = 0;
    {
      using image: TestImage = kind === 'fat32' ? new Fat32Image(path, options) : new ExfatImage(path, options);
      fillLarge(image);
      tables = image.placeOf(2);
    }
    const cost = await scan(path);
    const floor = tableSeconds(path, tables);
    console.log(
      `${kind}: 64 GiB, ${cost.files} files, ${cost.findings} findings: ${cost.seconds.toFixed(2)} s (bar 5), CPU ${cost.cpuSeconds.toFixed(2)} s, ${cost.peakMb.toFixed(0)} MB (bar 150); its tables alone ${floor.toFixed(3)} s`,
    );
    missed ||= cost.files !== FILES || cost.findings > 0 || cost.seconds > 5 || cost.peakMb > 150;
    await rm(path);
  }
  for (const kind of ['fat32', 'exfat'] as const) {
    const { files, slowest, slowestSeed } = await fuzzImages(kind, join(folder, 'fuzz.img'), inputs);
    console.log(
      `${kind}: ${inputs} random and mutated images, ${files} files found, slowest ${slowest.toFixed(0)} ms of CPU (seed ${slowestSeed}; bar 2000), ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB (bar 300)`,
    );
    missed ||= slowest > 2000 || process.resourceUsage().maxRSS > 300 * 1024;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = missed ? 1 : 0;
