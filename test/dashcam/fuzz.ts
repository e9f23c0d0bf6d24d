/**
 * Random and mutated drive images against the readers and salvage: no input may crash them, hold them up, or make them take memory.
 */

import { ImageDrive } from '../../src/sources/dashcam/image/image-drive.ts';
import { Breath } from '../../src/sources/dashcam/image/image-file.ts';
import { planSalvage } from '../../src/sources/dashcam/salvage/plan.ts';
import { fill, makeFootage } from './car.ts';
import { EXFAT_DAMAGE, FAT32_DAMAGE } from './damage.ts';
import { ExfatImage } from './exfat-image.ts';
import { Fat32Image } from './fat32-image.ts';
import { ImageWriter } from './image-writer.ts';
import { type Random, randomOf } from './random.ts';

export interface FuzzResult {
  readonly inputs: number;
  /** The longest that one input took, ms of CPU time. */
  readonly slowest: number;
  readonly slowestSeed: number;
  /** Files that were found in all of them. */
  readonly files: number;
}

const CLUSTER = 512;
const BYTES = 512 * 1024;
const footage = makeFootage({
  minutes: 2,
  clip: { pictures: 4, keyBlocks: 1, blocks: 1, width: 64, height: 48 },
});

/** @param path a file that may be overwritten @param first the first seed; each input has the next */
export async function fuzzImages(
  kind: 'fat32' | 'exfat',
  path: string,
  inputs: number,
  first = 1,
): Promise<FuzzResult> {
  makeImage(kind, path);
  using writer = new ImageWriter(path);
  const sound = writer.get(0, BYTES);
  const used = lastUsed(sound);
  let slowest = 0;
  let slowestSeed = 0;
  let files = 0;
  for (let seed = first; seed < first + inputs; seed += 1) {
    const random = randomOf(seed);
    writer.put(0, seed % 10 === 0 ? noise(random, sound) : mutated(random, sound, used));
    const before = process.cpuUsage();
    files += await readEverything(path);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    if (took > slowest) [slowest, slowestSeed] = [took, seed];
  }
  return { inputs, slowest, slowestSeed, files };
}

function makeImage(kind: 'fat32' | 'exfat', path: string): void {
  const options = { bytes: BYTES, clusterBytes: CLUSTER };
  if (kind === 'fat32') {
    using image = new Fat32Image(path, options);
    fill(image, footage);
    FAT32_DAMAGE.find(({ name }) => name === 'S9')?.apply(image);
  } else {
    using image = new ExfatImage(path, options);
    fill(image, footage);
    EXFAT_DAMAGE.find(({ name }) => name === 'E12')?.apply(image);
  }
}

async function readEverything(path: string): Promise<number> {
  await using drive = new ImageDrive(path);
  const { volumes } = await drive.scan();
  let files = 0;
  for (const volume of volumes) {
    const { items } = await planSalvage(volume, { breath: new Breath(), deleted: true });
    for (const item of items) await item.reader.read(Math.max(0, item.bytes - 10), 20);
    files += items.length;
  }
  return files;
}

function lastUsed(image: Buffer): number {
  let last = image.length - 1;
  while (last > 0 && image[last] === 0) last -= 1;
  return last;
}

/** Nothing but noise, with the marks of a file system in front half of the time. */
function noise(random: Random, sound: Buffer): Buffer {
  const bytes = Buffer.from(random.bytes(64 * 1024));
  if (random.below(2) === 0) sound.copy(bytes, 0, 0, 512);
  return bytes;
}

function mutated(random: Random, sound: Buffer, used: number): Buffer {
  const bytes = Buffer.from(sound);
  const changes = 1 + random.below(12);
  for (let change = 0; change < changes; change += 1) {
    // Tables and directories lie at the front; most changes hit them.
    const range = random.below(3) === 0 ? used : Math.min(used, 48 * 1024);
    const at = random.below(range);
    const sector = at - (at % 512);
    switch (random.below(8)) {
      case 0:
        bytes.fill(0, sector, sector + 512);
        break;
      case 1:
        bytes.fill(0xff, sector, sector + 512);
        break;
      case 2:
        Buffer.from(random.bytes(512)).copy(bytes, sector);
        break;
      case 3: {
        const from = random.below(range);
        bytes.copyWithin(sector, from - (from % 512), from - (from % 512) + 512);
        break;
      }
      case 4:
        // A link, a start cluster or a length to somewhere else.
        bytes.writeUInt32LE(random.below(1200), at - (at % 4));
        break;
      case 5:
        bytes.writeUInt32LE(Math.floor(random.next() * 2 ** 32), at - (at % 4));
        break;
      case 6:
        for (let bit = 0; bit < 4; bit += 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        break;
      default:
        bytes[random.below(512)] = random.below(256);
    }
  }
  return bytes;
}
