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
  if (!force && (await isThere(path))) throw exists(path);
}

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
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
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
  const folder = dirname(to);
  await mkdir(folder, { recursive: true });
  try {
    if (force) await rename(from, to);
    else await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(to, error);
    if (code === 'EXDEV') return bringOver(from, to, force);
    // A file system without links: a rename, after looking.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    if (await isThere(to)) throw exists(to, error);
    await rename(from, to);
  }
}

/** Another disk: first a copy beside the final name, then as above. */
async function bringOver(from: string, to: string, force: boolean): Promise<void> {
  const beside = await mkdtemp(join(dirname(to), '.vidette-clip-'));
  try {
    const copy = join(beside, basename(to));
    await copyFile(from, copy);
    await publish(copy, to, force);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
