/**
 * Drives in a folder of this machine: found by what is in it, read where they lie, never written.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UserError } from '../../../../base/errors.ts';
import type { RouteHolding } from '../holding.ts';
import { type ListedFile, routesIn } from './listed.ts';

/** `<dongle>/<log id>/<N>/<file>` lies three folders deep; one more for a folder of devices. */
const DEEPEST = 4;
/** A device with 256 GB holds about 3,000 minutes of 8 files. */
const MOST_FILES = 200_000;

/** @throws UserError when it is not a readable folder */
export async function routesInFolder(folder: string, signal?: AbortSignal): Promise<RouteHolding[]> {
  const home = resolve(folder);
  const files: ListedFile[] = [];
  await walk(home, 0, files, signal).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof UserError || error.code === undefined || error.name === 'AbortError') throw error;
    throw new UserError(`${folder} cannot be read (${error.code}).`, 'Name the folder that holds the drives.', {
      cause: error,
    });
  });
  return routesIn(files, home, (path) => ({ at: 'path', path }));
}

async function walk(
  folder: string,
  depth: number,
  files: ListedFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const items = await readdir(folder, { withFileTypes: true });
  for (const item of items.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, item.name);
    if (item.isDirectory()) {
      if (depth < DEEPEST) await walkBelow(path, depth + 1, files, signal);
      continue;
    }
    if (!item.isFile() && !item.isSymbolicLink()) continue;
    const found = await stat(path).catch(goneMeanwhile);
    if (found === null) continue;
    if (found.isDirectory() && depth < DEEPEST) await walkBelow(path, depth + 1, files, signal);
    if (!found.isFile()) continue;
    if (files.length >= MOST_FILES)
      throw new UserError(
        `${folder} and what is beside it hold more than ${MOST_FILES} files.`,
        'Name a folder that holds drives and nothing else.',
      );
    files.push({ path, bytes: found.size, modified: Math.round(found.mtimeMs) });
  }
}

/** A folder below the named one that went away, or that others closed, is passed over. */
async function walkBelow(
  path: string,
  depth: number,
  files: ListedFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await walk(path, depth, files, signal).catch(goneMeanwhile);
}

function goneMeanwhile(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ELOOP' || error.code === 'ENOTDIR')
    return null;
  throw error;
}
