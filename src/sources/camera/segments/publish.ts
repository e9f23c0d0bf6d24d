/**
 * Gives a finished file its name in the library (DESIGN, invariant 2): never over another, never before its bytes are safe.
 */
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { type Disk, diskErrorCode } from '../../../blobs/disk.ts';
import type { Folders } from '../../../blobs/folders.ts';
import type { SegmentIdentity } from '../../../media/mp4/identity.ts';
import { Gone } from './gone.ts';
import { isLibraryKey, libraryKey } from './names.ts';

/** What file systems without hard links answer: exFAT and FAT, some network and FUSE ones; EMLINK: too many names. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
const MAX_ATTEMPTS = 1000;

/** Beside a `.part` on a file system without links: the key that it was, or is about to be, renamed to. */
export function claimPath(partPath: string): string {
  return `${partPath.slice(0, -'.part'.length)}.claim`;
}

/**
 * Publishes a synced `.part`. Where there are links the `.part` stays beside the published name until `acknowledge`; where there
 * are none it is renamed, and a small `.claim` file stays in its place.
 * @returns the key under which it is published. Doing it again gives the same key.
 * @throws Gone when somebody has removed the `.part`
 */
export async function publish(
  disk: Disk,
  folders: Folders,
  libraryDir: string,
  partPath: string,
  identity: SegmentIdentity,
): Promise<string> {
  // First, because it asks whether the library is there at all: a volume that has gone away has not lost this file.
  await folders.ensure(dirname(join(libraryDir, libraryKey(identity))));
  const part = await disk.stat(partPath);
  if (!part) return renamed(disk, libraryDir, partPath);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const key = libraryKey(identity, attempt);
    const path = join(libraryDir, key);
    await folders.ensure(dirname(path));
    const taken = await disk.stat(path);
    if (taken && taken.ino !== part.ino) continue;
    if (!taken && !(await give(disk, partPath, path, key))) continue;
    await disk.syncFolder(dirname(path));
    return key;
  }
  throw new UserError(
    `There are ${MAX_ATTEMPTS} files named like ${libraryKey(identity)}.`,
    'Look at that folder of the library: something keeps making files there that Vidette does not know.',
  );
}

/** @returns false when the name was taken meanwhile. */
async function give(disk: Disk, partPath: string, path: string, key: string): Promise<boolean> {
  try {
    await disk.link(partPath, path);
    return true;
  } catch (error) {
    const code = diskErrorCode(error) ?? '';
    if (code === 'EEXIST') return (await disk.stat(path))?.ino === (await disk.stat(partPath))?.ino;
    if (!NO_LINKS.has(code)) throw error;
  }
  await writeClaim(disk, claimPath(partPath), key);
  if (await disk.stat(path)) return false;
  await disk.rename(partPath, path);
  return true;
}

/** The `.part` is gone: an earlier try has renamed it, and only the folder may not be synced yet. */
async function renamed(disk: Disk, libraryDir: string, partPath: string): Promise<string> {
  const key = await readClaim(disk, claimPath(partPath));
  if (key === undefined || !(await disk.stat(join(libraryDir, key)))) throw new Gone(basename(partPath));
  await disk.syncFolder(dirname(join(libraryDir, key)));
  return key;
}

/** The key in a `.claim` file; undefined when there is none, or none that could be ours. */
export async function readClaim(disk: Disk, path: string): Promise<string | undefined> {
  if (!(await disk.stat(path))) return undefined;
  const file = await disk.openRead(path);
  try {
    const key = Buffer.from(await file.read(0, 1000)).toString('utf8');
    return isLibraryKey(key) ? key : undefined;
  } finally {
    await file.close();
  }
}

async function writeClaim(disk: Disk, path: string, key: string): Promise<void> {
  if (await disk.stat(path)) await disk.unlink(path);
  const file = await disk.openAppend(path, 'new');
  try {
    await file.writev([Buffer.from(key, 'utf8')]);
    await file.datasync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(dirname(path));
}

/**
 * Takes the sign "published, not yet acknowledged" away, after the hub's receipt. Of an uploaded segment this was the only copy here.
 * No error when it is gone already.
 */
export async function acknowledge(disk: Disk, spoolPath: string): Promise<void> {
  for (const path of [spoolPath, claimPath(spoolPath)]) if (await disk.stat(path)) await disk.unlink(path);
  await disk.syncFolder(dirname(spoolPath));
}
