/**
 * A picture at one path, replaced by a rename: who reads it sees the one before or the new one, never a part and never nothing.
 * Nothing is synced: the file is meant for memory, and is made again at once.
 */
import { mkdir, open, rename, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../../../base/errors.ts';

/** What stands in the file beside the picture. */
export interface FrameStatus {
  /** `fresh`; `stale`: nothing newer has come in time; `frozen`: what comes does not change; `waiting`: none has come yet. */
  readonly state: 'fresh' | 'stale' | 'frozen' | 'waiting' | 'stopped';
  /** Counts the pictures that were written. */
  readonly sequence: number;
  /** When the picture arrived, RFC 3339; null before the first. */
  readonly time: string | null;
  /** Seconds since then, when this was written. */
  readonly age: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number | null;
  /** Why there is nothing newer. */
  readonly reason: string | null;
  /** When this was written, RFC 3339. */
  readonly written: string;
}

export class FrameFile {
  readonly path: string;
  readonly statusPath: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, statusPath: string) {
    this.path = path;
    this.statusPath = statusPath;
  }

  /** @throws UserError when the folder cannot be made */
  async prepare(): Promise<void> {
    for (const folder of new Set([dirname(this.path), dirname(this.statusPath)]))
      await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
        throw new UserError(
          `The folder ${folder} cannot be made: ${messageOf(cause)}.`,
          'Name a file in another one.',
          {
            code: 'data-folder',
            cause,
          },
        );
      });
  }

  /** @param time of the picture, UTC ms: the file's time of change */
  picture(jpeg: Uint8Array, time: number): Promise<void> {
    return this.#next(() => replace(this.path, jpeg, time));
  }

  status(status: FrameStatus): Promise<void> {
    return this.#next(() => replace(this.statusPath, Buffer.from(`${JSON.stringify(status)}\n`)));
  }

  remove(): Promise<void> {
    return this.#next(() => rm(this.path, { force: true }));
  }

  /** One after the other, so that an older picture never replaces a newer one. */
  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work);
    this.#writing = done.catch(() => undefined);
    return done;
  }
}

async function replace(path: string, bytes: Uint8Array, time?: number): Promise<void> {
  // Hidden, so that a program that takes all pictures of the folder does not take it; one process, one name: what a crash leaves is used again.
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(draft, 'w', 0o644);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    if (time !== undefined) await utimes(draft, time / 1000, time / 1000);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
