/**
 * A harvest of an image against `cp` of the same files, `sync` of them and `sha256sum`, in turns; then what a salvage of the damaged image costs. `node bench/dashcam-harvest.ts`, `--clips=120` for more.
 */
import { execFile, fork } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { clipName, RECENT } from '../test/dashcam/car.ts';
import { makeClip } from '../test/dashcam/clip.ts';
import { EXFAT_DAMAGE, FAT32_DAMAGE } from '../test/dashcam/damage.ts';
import { ExfatImage } from '../test/dashcam/exfat-image.ts';
import { Fat32Image } from '../test/dashcam/fat32-image.ts';

const CAMERAS = ['front', 'back', 'left_repeater', 'right_repeater', 'left_pillar', 'right_pillar'] as const;
const clips = Number(process.argv.find((arg) => arg.startsWith('--clips='))?.slice(8) ?? 24);
const ROUNDS = 3;
const run = promisify(execFile);

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}
interface Harvested extends Cost {
  readonly stored: number;
  readonly failed: number;
  readonly peakMb: number;
}

/** Clips of about 30 MB, no two alike. */
function* footage(): Generator<readonly [string, Buffer]> {
  const { bytes } = makeClip({ pictures: 2154, keyBlocks: 100, blocks: 66 });
  const movie = bytes.lastIndexOf('mvhd') + 8;
  const first = bytes.readUInt32BE(movie);
  for (let clip = 0; clip < clips; clip += 1) {
    const minute = Math.floor(clip / CAMERAS.length);
    // Cameras of one minute begin some seconds apart.
    bytes.writeUInt32BE(first + minute * 60 + (clip % CAMERAS.length), movie);
    yield [`${RECENT}/${clipName(minute, CAMERAS[clip % CAMERAS.length] ?? 'front')}`, bytes];
  }
}

async function harvested(image: string, library: string): Promise<Harvested> {
  const before = performance.now();
  const told = await forked<Omit<Harvested, 'seconds'>>('dashcam-harvest.main.ts', image, library);
  return { ...told, seconds: (performance.now() - before) / 1000 };
}

interface Salvaged {
  readonly files: number;
  readonly cut: number;
  readonly seconds: number;
  readonly peakMb: number;
}

function forked<Told>(script: string, ...args: readonly string[]): Promise<Told> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), args);
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
}

/** Four cameras of the last minutes: no chain or bitmap, size 0, no entry, an old size. */
const HITS = { fat32: ['S1', 'S4', 'S5', 'S13'], exfat: ['E1', 'E4', 'E8', 'E6'] } as const;

function damage(image: Fat32Image | ExfatImage): void {
  const paths = [...image.items.keys()].filter((path) => path.endsWith('.mp4')).reverse();
  for (const [index, name] of HITS[image instanceof Fat32Image ? 'fat32' : 'exfat'].entries()) {
    const at = { file: paths[index] ?? '', other: paths[index + HITS.fat32.length] ?? '' };
    if (image instanceof Fat32Image) FAT32_DAMAGE.find((one) => one.name === name)?.apply(image, at);
    else EXFAT_DAMAGE.find((one) => one.name === name)?.apply(image, at);
  }
}

/** The floor; its CPU time is that of the shell's children (bash(1), TIMEFORMAT). */
async function copied(from: string, to: string): Promise<Cost> {
  const script = `TIMEFORMAT='%R %U %S'; time (cp "$0"/* "$1"/ && sync "$1"/* "$1" && sha256sum "$1"/* > /dev/null)`;
  const { stderr } = await run('bash', ['-c', script, from, to]);
  const [seconds = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return { seconds, cpuSeconds: user + system };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const folder = await mkdtemp(join(tmpdir(), 'vidette-harvest-'));
let missed = false;
try {
  const files = join(folder, 'files');
  await mkdir(files);
  let bytes = 0;
  for (const [path, clip] of footage()) {
    await writeFile(join(files, basename(path)), clip);
    bytes += clip.length;
  }
  for (const kind of ['fat32', 'exfat'] as const) {
    const path = join(folder, `${kind}.img`);
    const options = { bytes: Math.max(4 * 2 ** 30, bytes * 1.5), clusterBytes: 32_768 };
    using image: Fat32Image | ExfatImage =
      kind === 'fat32' ? new Fat32Image(path, options) : new ExfatImage(path, options);
    for (const name of ['TeslaCam', RECENT]) image.folder(name);
    for (const [name, clip] of footage()) image.file(name, clip);
    const floors: Cost[] = [];
    const ours: Harvested[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const to = join(folder, 'copy');
      await mkdir(to);
      floors.push(await copied(files, to));
      await rm(to, { recursive: true });
      ours.push(await harvested(path, join(folder, 'library')));
      await rm(join(folder, 'library'), { recursive: true });
    }
    const ratio = median(ours.map(({ seconds }, at) => seconds / (floors[at]?.seconds ?? 1)));
    const cpu = median(ours.map(({ cpuSeconds }, at) => cpuSeconds / (floors[at]?.cpuSeconds ?? 1)));
    const peak = Math.max(...ours.map(({ peakMb }) => peakMb));
    console.log(
      `${kind}: ${(await readdir(files)).length} clips, ${(bytes / 1e6).toFixed(0)} MB: ${median(ours.map(({ seconds }) => seconds)).toFixed(2)} s against ${median(floors.map(({ seconds }) => seconds)).toFixed(2)} s of cp, sync and sha256sum: ${ratio.toFixed(2)} times (bar 1.3), CPU ${cpu.toFixed(2)} times, ${peak.toFixed(0)} MB (bar 150)`,
    );
    missed ||= ratio > 1.3 || peak > 150 || ours.some(({ stored, failed }) => stored !== clips || failed > 0);
    damage(image);
    const salvage = await forked<Salvaged>('dashcam-salvage.main.ts', path, join(folder, 'salvaged'));
    console.log(
      `${kind}: ${salvage.files} files read out of it when four are damaged, ${salvage.cut} cut: ${salvage.seconds.toFixed(2)} s, ${salvage.peakMb.toFixed(0)} MB (bar 150)`,
    );
    missed ||= salvage.files !== clips || salvage.cut > 0 || salvage.peakMb > 150;
    await rm(join(folder, 'salvaged'), { recursive: true });
    await rm(path);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = missed ? 1 : 0;
