/**
 * A snapshot of an image that the car writes to, where the file system can share blocks between files (XFS, btrfs): a scan then sees one moment.
 */

import { randomUUID } from 'node:crypto';
import { constants, copyFile, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../../../base/log.ts';

export interface Snapshot extends AsyncDisposable {
  /** What to open. */
  readonly path: string;
  /** False: the folder cannot share blocks, and `path` is the image itself. */
  readonly frozen: boolean;
}

/** Errors that say that a file system cannot do it, by the kernel's version and the file system. */
const CANNOT = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EINVAL', 'ENOTTY', 'EPERM', 'EACCES', 'EROFS']);
type Clone = (from: string, to: string) => Promise<void>;

const reflink: Clone = (from, to) => copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);

/**
 * A snapshot beside the image, removed when it is disposed of; where that cannot be, the image itself, and a line in the log.
 * @param clone for tests
 */
export async function takeSnapshot(image: string, log: Log, clone: Clone = reflink): Promise<Snapshot> {
  const path = join(dirname(image), `.${basename(image)}.${randomUUID()}.snapshot`);
  try {
    await clone(image, path);
  } catch (error) {
    await rm(path, { force: true });
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!CANNOT.has(code)) throw error;
    log.info(
      'The folder of the image cannot share blocks between files: it is scanned while the car may write to it.',
      {
        image: basename(image),
        code,
      },
    );
    return { path: image, frozen: false, [Symbol.asyncDispose]: async () => undefined };
  }
  return { path, frozen: true, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

/** Snapshots of an image that a process which died has left. */
export async function removeSnapshots(image: string): Promise<void> {
  const folder = dirname(image);
  const start = `.${basename(image)}.`;
  for (const name of await readdir(folder))
    if (name.startsWith(start) && name.endsWith('.snapshot')) await rm(join(folder, name), { force: true });
}
