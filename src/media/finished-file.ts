/**
 * A result in a folder of the person's: whole or not at all, and never over another file unless that was asked for.
 */
import type { Stats } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../base/errors.ts';

/**
 * To be asked before work begins.
 * @param input the file that it is made from, which is never replaced
 * @throws UserError `conflict`
 */
export async function refuseExisting(path: string, force: boolean, input?: string): Promise<void> {
  if (input !== undefined && (await isSame(path, input)))
    throw new UserError('The output is the input.', 'Give the clip another name.', { code: 'conflict' });
  const there = await statOf(path);
  if (there?.isDirectory())
    throw new UserError(`${path} is a folder.`, 'Name the file to be written in it.', { code: 'usage' });
  if (!force && there) throw exists(path);
}

/**
 * A new folder beside the file that is to be, for what is not finished yet; the folder of that file is made where it is missing.
 * @throws UserError `unwritable`
 */
export async function scratchBeside(path: string, prefix = '.vidette-clip-'): Promise<string> {
  return await beside(path, (folder) => mkdtemp(join(folder, prefix)));
}

/**
 * Makes something in the folder of a file that is to be; the folder is made where it is missing.
 * @throws UserError `unwritable`
 */
export async function beside<Made>(path: string, make: (folder: string) => Made): Promise<Awaited<Made>> {
  const folder = dirname(path);
  try {
    await makeFolder(folder);
    return await make(folder);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** Not Node's own `recursive`: it turns for ever where a folder is there and takes none (`/proc`, some network file systems). */
async function makeFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
  }
  try {
    await mkdir(folder);
  } catch (error) {
    // Another made it meanwhile; or it is a file, which is said when something is written in it.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** What the system says of a place where nothing can be written; anything else is a fault and stays one. */
function unwritable(path: string, cause: unknown): unknown {
  const words = UNWRITABLE[codeOf(cause) ?? ''];
  if (words === undefined) return cause;
  return new UserError(`${path} cannot be written: ${words}.`, 'Name a place where you may write.', {
    code: 'unwritable',
    cause,
  });
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'it is not permitted',
  EROFS: 'it is read-only',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a folder',
  ENOENT: 'no folder can be made there',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is used up',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links lead in a circle',
};

/** Also by another name or a link. */
async function isSame(path: string, input: string): Promise<boolean> {
  if (path === input) return true;
  const [one, other] = await Promise.all([statOf(path), statOf(input)]);
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

async function isThere(path: string): Promise<boolean> {
  return (await statOf(path)) !== undefined;
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unwritable(path, error);
  }
}

const exists = (path: string, cause?: unknown): UserError =>
  new UserError(`${basename(path)} exists already.`, 'Give another name, or --force to replace it.', {
    code: 'conflict',
    cause,
  });

/**
 * To its final name in one step, durably enough for a file that can be made again.
 * @throws UserError `conflict` when there is a file of that name by now
 */
export async function publish(from: string, to: string, force: boolean): Promise<void> {
  try {
    await makeFolder(dirname(to));
    if (force) await rename(from, to);
    else await link(from, to);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') throw exists(to, error);
    if (code === 'EXDEV') return bringOver(from, to, force);
    // A file system without links: a rename, after looking.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw unwritable(to, error);
    if (await isThere(to)) throw exists(to, error);
    await rename(from, to);
  }
}

/** Another disk: first a copy beside the final name, then as above. */
async function bringOver(from: string, to: string, force: boolean): Promise<void> {
  const beside = await scratchBeside(to);
  try {
    const copy = join(beside, basename(to));
    await copyFile(from, copy);
    await publish(copy, to, force);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
