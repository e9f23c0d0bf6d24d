/**
 * Files that a drive in a car is sending: each grows in the car's own folder until it is whole, and waits there to be recorded.
 */
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Unavailable, UserError } from '../../base/errors.ts';
import { systemDisk } from '../../blobs/disk.ts';
import { Folders } from '../../blobs/folders.ts';

/** Hidden, so that nobody takes them for footage. */
const FOLDER = '.incoming';
const LEFT_MS = 7 * 86_400_000;
/** Of one car. */
const MOST_FILES = 500;
/** A sender that sends nothing for this long is cut off. */
const STALL_MS = 60_000;

/** A name in the car's folder: nothing but hexadecimal digits comes into it. */
const nameOf = (sha256: string): string => `${sha256}.part`;

export class Incoming {
  readonly #root: string;
  readonly #folders: Folders;
  readonly #busy = new Set<string>();

  /** @param root of the library */
  constructor(root: string) {
    this.#root = root;
    this.#folders = new Folders(systemDisk, root);
  }

  path(car: string, sha256: string): string {
    return join(this.#root, car, FOLDER, nameOf(sha256));
  }

  /** Bytes that are there. */
  async received(car: string, sha256: string): Promise<number> {
    return (await stat(this.path(car, sha256)).catch(() => undefined))?.size ?? 0;
  }

  /**
   * Appends a part. What arrived before it was cut off stays.
   * @param at where the part begins, and the bytes of the whole file; `most` bytes of one part
   * @returns bytes that are there now, durably
   * @throws UserError `conflict` when the part does not begin where the last one ended, `too-large`
   */
  async append(
    car: string,
    sha256: string,
    at: { readonly offset: number; readonly bytes: number; readonly most: number },
    body: Readable,
  ): Promise<number> {
    const path = this.path(car, sha256);
    if (this.#busy.has(path))
      throw new UserError('This file is being sent already.', 'Wait for the other.', { code: 'conflict' });
    this.#busy.add(path);
    try {
      await this.#folders.ensure(join(this.#root, car, FOLDER));
      if (at.offset === 0) await this.#room(car, path);
      await using file = await open(path, 'a', 0o600);
      let size = (await file.stat()).size;
      if (at.offset !== size)
        throw new UserError(`The hub has ${size} bytes of this file.`, 'Go on from there.', { code: 'conflict' });
      const end = Math.min(at.bytes, at.offset + at.most);
      const stall = setTimeout(() => body.destroy(new Error('the upload stalled')), STALL_MS);
      let broken: unknown;
      try {
        for await (const chunk of body) {
          stall.refresh();
          const bytes = chunk as Buffer;
          if (size + bytes.length > end) throw tooLarge();
          await file.appendFile(bytes);
          size += bytes.length;
        }
      } catch (error) {
        broken = error;
      } finally {
        clearTimeout(stall);
      }
      await file.datasync();
      if (broken instanceof UserError) throw broken;
      if (broken !== undefined) throw new Unavailable('The part was cut off.', 1000, { cause: broken });
      return size;
    } finally {
      this.#busy.delete(path);
    }
  }

  async remove(car: string, sha256: string): Promise<void> {
    await rm(this.path(car, sha256), { force: true });
  }

  /** Removes what nobody has gone on with. @param now UTC ms */
  async tidy(car: string, now: number): Promise<void> {
    const folder = join(this.#root, car, FOLDER);
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const seen = await stat(path).catch(() => undefined);
      if (seen && now - seen.mtimeMs > LEFT_MS && !this.#busy.has(path)) await rm(path, { force: true });
    }
  }

  async #room(car: string, path: string): Promise<void> {
    const names = await readdir(join(this.#root, car, FOLDER));
    if (names.length >= MOST_FILES && !names.some((name) => path.endsWith(name)))
      throw new UserError(`${MOST_FILES} files of this car wait to be recorded.`, 'Record them first.', {
        code: 'too-many',
      });
  }
}

function tooLarge(): UserError {
  return new UserError('The part is longer than was agreed.', 'Send less at once, and no more than the file has.', {
    code: 'too-large',
  });
}
