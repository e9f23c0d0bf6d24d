/**
 * The library that a harvest writes to: a folder with its marker, or a new one. Another library's folder, and one whose disk is not mounted, are left alone.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { FolderStore, MANIFEST, MARKER } from '../../../blobs/folder.ts';
import { takeLock } from '../../../blobs/lock.ts';
import { INTAKE } from './batch.ts';
import { plain } from './key.ts';

export interface LibraryFolder {
  readonly root: string;
  /** Identity, as the marker has it. */
  readonly id: string;
  /** It was made just now. */
  readonly fresh: boolean;
}

const storeOf = (root: string): FolderStore =>
  new FolderStore({ root, library: undefined, signingKey: Buffer.alloc(32), publicBase: '' });

/** @throws UserError `not-found` when it is no library, or is not there */
export async function openLibrary(folder: string): Promise<LibraryFolder> {
  const root = resolve(folder);
  const id = await storeOf(root).readMarker();
  if (id === undefined)
    throw new UserError(
      existsSync(root) ? `${root} is no library: it has no ${MARKER}.` : `There is no library at ${root}.`,
      'Is its disk mounted? Name the folder that holds the footage.',
      { code: 'not-found' },
    );
  return { root, id, fresh: false };
}

/**
 * The same, and a new library where the folder is empty or not there yet.
 * @param mayBegin false: a hub has used it before, so an empty folder is a disk that is not mounted
 */
export async function openOrBeginLibrary(folder: string, mayBegin: boolean): Promise<LibraryFolder> {
  const root = resolve(folder);
  const id = await storeOf(root).readMarker();
  if (id !== undefined) return { root, id, fresh: false };
  const names = existsSync(root) ? (await readdir(root)).filter((name) => !name.startsWith(MARKER)) : [];
  if (names.length > 0 || !mayBegin)
    throw new UserError(
      `${root} is no library: it has no ${MARKER}.`,
      mayBegin
        ? 'Name a library of Vidette, or an empty folder for a new one.'
        : 'Is its disk mounted? If it is, put the file back from a backup.',
      { code: 'not-found' },
    );
  await mkdir(root, { recursive: true });
  const made = randomUUID();
  await storeOf(root).createMarker(made);
  return { root, id: made, fresh: true };
}

/**
 * One harvest of a source at a time, until it is disposed of. Makes the source's folder.
 * @param source its name, which becomes the folder's
 * @throws UserError `locked`; `conflict` when the folder holds something else's footage
 */
export async function lockSource(root: string, source: string): Promise<Disposable> {
  const folder = join(root, source);
  if (source !== plain(source) || source.startsWith('.') || RESERVED.has(source))
    throw new UserError(
      `“${source}” cannot be the name of a car’s folder.`,
      'Use letters, digits, hyphens and underscores.',
      { code: 'invalid' },
    );
  const names = existsSync(folder) ? await readdir(folder) : [];
  const other = names.filter((name) => !name.startsWith('.'));
  if (other.length > 0 && !names.includes(MANIFEST) && !names.includes(INTAKE))
    throw new UserError(
      `The folder ${source} of ${dirname(folder)} holds other footage.`,
      'Give the car another name with --car.',
      { code: 'conflict' },
    );
  await mkdir(folder, { recursive: true });
  return takeLock(
    join(folder, '.harvest.lock'),
    (pid) =>
      new UserError(`Another harvest into ${source} is running (process ${pid}).`, 'Wait until it has ended.', {
        code: 'locked',
      }),
  );
}

/** Folders of a library that are not a source's. */
const RESERVED = new Set(['spool', 'clips', 'cache']);

/** Sources of a library that have a manifest. */
export async function harvestedSources(root: string): Promise<string[]> {
  const items = await readdir(root, { withFileTypes: true });
  return items
    .filter((item) => item.isDirectory() && existsSync(join(root, item.name, MANIFEST)))
    .map((item) => item.name)
    .sort();
}
