/**
 * Takes an unfinished segment out of the hands of a recorder that may still have it open.
 */
import { dirname } from 'node:path';
import type { Disk } from '../../../blobs/disk.ts';

const BLOCK = 1 << 20;

/**
 * Copies a file of another's spool to a place of one's own and removes the original: whoever has that open writes into a file without
 * a name from now on, and never into one that is published. One that was published already is finished and stays where it is.
 * May be done again when it failed.
 * @returns where the segment is now; undefined when it is being written, and was left alone
 */
export async function bringOver(disk: Disk, from: string, to: string): Promise<string | undefined> {
  const stat = await disk.stat(from);
  if (!from.endsWith('.part') || stat === undefined || stat.nlink > 1) return from;
  await disk.mkdir(dirname(to));
  if (await disk.stat(to)) await disk.unlink(to);
  const source = await disk.openRead(from);
  try {
    const copy = await disk.openAppend(to, 'new');
    try {
      for (let at = 0; at < source.size; at += BLOCK) await copy.writev([await source.read(at, BLOCK)]);
      await copy.datasync();
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
  await disk.syncFolder(dirname(to));
  const now = await disk.stat(from);
  if (now !== undefined && now.size !== source.size) {
    await disk.unlink(to);
    return undefined;
  }
  await disk.unlink(from);
  await disk.syncFolder(dirname(from));
  return to;
}
