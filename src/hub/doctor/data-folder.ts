/** The data folder and the library: rights, room, lock, marker, key. */
import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FolderStore } from '../../blobs/folder.ts';
import { lockHolder } from '../lock.ts';
import { defaultFloor } from '../retention/plan.ts';
import type { HubSettings } from '../settings.ts';
import { bad, type Check, check, ok, warn } from './check.ts';

/** Less than this and PostgreSQL itself is in danger. */
const LAST_ROOM = 500_000_000;

export async function checkDataFolder({ data, blobs }: HubSettings): Promise<readonly Check[]> {
  const folder = await check('data folder', () => rights(data));
  const room = await check('disk', () => roomFor(blobs.startsWith('s3://') ? data : blobs));
  if (!(await exists(data))) return [...folder, ...room];
  return [
    ...folder,
    ...room,
    ...(await check('lock', () => lock(data))),
    ...(await check('library', () => library(blobs))),
    ...(await check('key', () => key(join(data, 'secret.key')))),
  ];
}

async function rights(data: string): Promise<Check> {
  const there = await exists(data);
  const place = there ? data : await nearestFolder(data);
  try {
    await access(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    return bad(
      'data folder',
      `${place} may not be written by this user`,
      'Run Vidette as the user it belongs to, change its owner, or choose another VIDETTE_DATA.',
    );
  }
  return ok('data folder', there ? data : `${data} will be made`);
}

async function roomFor(folder: string): Promise<Check> {
  const found = await statfs(await nearestFolder(folder));
  const free = found.bavail * found.bsize;
  const floor = Number(process.env.VIDETTE_FLOOR_BYTES) || defaultFloor(found.blocks * found.bsize);
  const says = `${gigabytes(free)} free, ${gigabytes(floor)} must stay free`;
  if (free < LAST_ROOM)
    return bad('disk', says, 'Make room on that disk now: nothing is recorded, and the database is in danger.');
  return free < floor
    ? warn('disk', says, 'Make room: until then old footage is removed, and recording pauses when none is left.')
    : ok('disk', says);
}

function lock(data: string): Check {
  const holder = lockHolder(data);
  if (holder === undefined) return ok('lock', 'no process holds the data folder');
  return holder.alive
    ? ok('lock', `held by process ${holder.pid}`)
    : ok('lock', `left behind by process ${holder.pid}, which is gone; the next start takes it over`);
}

async function library(blobs: string): Promise<Check> {
  if (blobs.startsWith('s3://')) return ok('library', `${blobs}; its marker is looked at when the hub starts`);
  if (!(await exists(blobs))) return ok('library', `${blobs} will be made`);
  const store = new FolderStore({ root: blobs, library: undefined, signingKey: Buffer.alloc(32), publicBase: '' });
  const marker = await store.readMarker();
  return marker === undefined
    ? bad(
        'library',
        `${blobs} has no marker file, so nothing is recorded into it or removed from it`,
        'Is its disk mounted? If it is, put .vidette-library back from a backup.',
      )
    : ok('library', `${blobs} (${marker})`);
}

async function key(path: string): Promise<Check> {
  if (!(await exists(path))) return ok('key', 'will be made at the first start');
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0)
    return bad('key', `${path} can be read by other users`, `chmod 600 ${path}: it opens the passwords of cameras.`);
  await readFile(path);
  return ok('key', path);
}

async function nearestFolder(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return false;
    throw error;
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1_000_000_000).toFixed(1)} GB`;
