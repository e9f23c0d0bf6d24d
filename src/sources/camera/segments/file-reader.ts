/**
 * Reads a segment's file through a `Disk`.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Disk, DiskReader } from '../../../blobs/disk.ts';
import { type ReadSegmentOptions, readSegmentIndex, type SegmentIndex } from '../../../media/mp4/segment-index.ts';

const BLOCK = 1 << 20;

/** Opens, uses and closes a file. */
async function withFile<T>(disk: Disk, path: string, use: (file: DiskReader) => Promise<T>): Promise<T> {
  const file = await disk.openRead(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** @throws InputError when it is no segment of ours. */
export function readIndex(disk: Disk, path: string, options: ReadSegmentOptions = {}): Promise<SegmentIndex> {
  return withFile(disk, path, (file) => {
    const reader = {
      name: basename(path),
      size: file.size,
      read: (at: number, length: number) => file.read(at, length),
    };
    return readSegmentIndex(reader, options);
  });
}

/** SHA-256 of a whole file, in hex. */
export function sha256Of(disk: Disk, path: string): Promise<string> {
  return withFile(disk, path, async (file) => {
    const hash = createHash('sha256');
    for (let at = 0; at < file.size; at += BLOCK) hash.update(await file.read(at, BLOCK));
    return hash.digest('hex');
  });
}
