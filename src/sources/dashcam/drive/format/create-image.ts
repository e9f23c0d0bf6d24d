/** Makes the image of an empty drive: a sparse file that takes on this machine's disk what the car writes to it. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../../../base/errors.ts';
import { planExfat } from './exfat-format.ts';
import { planFat32 } from './fat32-format.ts';
import { MIB, type Piece, partitionTable, SECTOR, type VolumeWish } from './volume-plan.ts';

export interface ImageWish {
  /** Of the whole image. */
  readonly bytes: number;
  readonly format: 'exfat' | 'fat32';
  /** A partition table with one partition, as sticks have it; none by default: the volume is the image. */
  readonly partition?: boolean;
  /** At most 11 characters of ASCII. `CAM` by default. */
  readonly label?: string;
  /** Of the root. `TeslaCam` by default, without which the car does not record. */
  readonly folders?: readonly string[];
  readonly clusterBytes?: number;
  readonly now?: () => Date;
}

/**
 * Takes the place of what has that name, whole and at once: who dies in between leaves the old one.
 * The caller knows that no car has it, and that everything in it is safe.
 * @throws UserError `invalid`
 */
export async function createImage(path: string, wish: ImageWish): Promise<void> {
  const pieces = planImage(wish);
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.truncate(wish.bytes);
    for (const { at, bytes } of pieces) await writeAll(file, bytes, at);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
  await file.close();
  await rename(draft, path);
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
}

/** @throws UserError `invalid` */
function planImage(wish: ImageWish): Piece[] {
  const { bytes, format, partition = false, label = 'CAM', folders = ['TeslaCam'], now = () => new Date() } = wish;
  if (!Number.isSafeInteger(bytes) || bytes % SECTOR !== 0)
    throw new UserError('The size of an image is a whole number of sectors.', `Use a multiple of ${SECTOR} bytes.`);
  if (!/^[A-Za-z0-9 _-]{0,11}$/.test(label) || folders.some((name) => !/^[A-Za-z0-9]{1,13}$/.test(name)))
    throw new UserError('A name is not fit for a drive.', 'Use letters and digits, at most 11.');
  const start = partition ? MIB : 0;
  const serial = randomBytes(4).readUInt32LE();
  const volume: VolumeWish = {
    start,
    bytes: bytes - start,
    label,
    folders,
    serial,
    now: now(),
    ...(wish.clusterBytes === undefined ? {} : { clusterBytes: wish.clusterBytes }),
  };
  const pieces = format === 'exfat' ? planExfat(volume) : planFat32(volume);
  if (!partition) return pieces;
  return [...pieces, { at: 0, bytes: partitionTable(start, bytes - start, format === 'exfat' ? 0x07 : 0x0c, serial) }];
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
