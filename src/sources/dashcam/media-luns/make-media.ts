/**
 * Makes an image of a folder with music, light shows and sounds: a FAT32 drive that the car has beside that of its cameras. Filled by mtools.
 */
import { execFile } from 'node:child_process';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../../base/errors.ts';
import { createImage } from '../drive/format/create-image.ts';
import { checkMedia, type MediaFile, type MediaProblem } from './rules.ts';

const run = promisify(execFile);
const MIB = 1 << 20;
/** FAT32 has at least 65,525 clusters; and room for more music. */
const SMALLEST = 512 * MIB;
const MOST_FILES = 20_000;
const HEAD = 64;
/** A file takes whole clusters; folders and tables take some too. */
const PER_FILE = 64 * 1024;

export interface MediaMade {
  readonly image: string;
  readonly files: number;
  readonly bytes: number;
}

class MediaRefused extends UserError {
  readonly problems: readonly MediaProblem[];
  constructor(problems: readonly MediaProblem[]) {
    super(
      `${problems.length === 1 ? 'One thing' : `${problems.length} things`} in the folder would be ignored by the car:\n${problems.map(({ path, text }) => `  ${path}: ${text}`).join('\n')}`,
      'Correct that and run it again; nothing was made.',
      { code: 'media' },
    );
    this.problems = problems;
  }
}

/**
 * The image takes the place of an older one at once: a car that has that one keeps it until the drive is plugged in anew.
 * @throws UserError
 */
export async function makeMedia(folder: string, image: string, signal?: AbortSignal): Promise<MediaMade> {
  const root = resolve(folder);
  const { files, problems } = checkMedia(await mediaIn(root));
  if (problems.length > 0) throw new MediaRefused(problems);
  if (files.length === 0)
    throw new UserError(
      `There is nothing in ${folder} that a car could play.`,
      'Put music into a folder in it, or LockChime.wav.',
      {
        code: 'media',
      },
    );
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const wanted = bytes * 1.02 + files.length * PER_FILE + 64 * MIB;
  const size = Math.max(SMALLEST, Math.ceil(wanted / MIB) * MIB);
  const draft = `${resolve(image)}.media`;
  await rm(draft, { force: true });
  try {
    await createImage(draft, { bytes: size, format: 'fat32', partition: true, label: 'MEDIA', folders: [] });
    await fill(root, draft, files, signal);
    const made = await open(draft, 'r');
    await made.sync();
    await made.close();
    await rename(draft, image);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return { image: resolve(image), files: files.length, bytes };
}

async function mediaIn(root: string): Promise<MediaFile[]> {
  const items = await readdir(root, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new UserError(`The folder ${root} cannot be read (${code}).`, 'Name the folder with the music.', {
      code: 'not-found',
      cause: error,
    });
  });
  const out: MediaFile[] = [];
  for (const item of items) {
    if (!item.isFile()) continue;
    if (out.length >= MOST_FILES)
      throw new UserError(`There are more than ${MOST_FILES} files.`, 'Use fewer.', { code: 'media' });
    const path = join(item.parentPath, item.name);
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(HEAD);
      const { bytesRead } = await file.read(head, 0, HEAD, 0);
      out.push({
        path: path.slice(root.length + 1),
        bytes: (await file.stat()).size,
        head: head.subarray(0, bytesRead),
      });
    } finally {
      await file.close();
    }
  }
  return out.sort((a, b) => a.path.localeCompare(b.path));
}

/** By mtools: no mount, no root. */
async function fill(root: string, image: string, files: readonly MediaFile[], signal?: AbortSignal): Promise<void> {
  const drive = `${image}@@1M`;
  const tool = async (program: string, args: readonly string[]): Promise<void> => {
    try {
      await run(program, ['-i', drive, ...args], {
        cwd: root,
        ...(signal ? { signal } : {}),
        env: { ...process.env, MTOOLS_SKIP_CHECK: '1' },
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        throw new UserError('mtools is not installed.', 'On Debian and Raspberry Pi OS: sudo apt-get install mtools', {
          code: 'mtools',
          cause: error,
        });
      const words =
        error instanceof Error && 'stderr' in error ? String(error.stderr).trim().slice(0, 500) : String(error);
      throw new UserError(`The image could not be filled: ${words}`, 'Is there room on the disk?', {
        code: 'mtools',
        cause: error,
      });
    }
  };
  const folders = new Set<string>();
  for (const { path } of files)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  for (const folder of [...folders].sort()) await tool('mmd', ['-D', 's', `::/${folder}`]);
  for (const { path } of files) await tool('mcopy', ['-m', `./${path}`, `::/${path}`]);
}
