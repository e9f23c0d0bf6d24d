/**
 * Files of drives that came from elsewhere: each once, whole or not there, the least lately used out first.
 *
 * `<folder>/<hash of what it is>/<name>` is a whole file; `<owner>.part` beside it one that is on its way, which another process waits for
 * while its owner lives, and goes on with when it is dead. All processes of a machine may use one folder at once.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../../base/errors.ts';
import { pause } from '../http/ask.ts';
import { isOwnerAlive, ownerName } from './owner.ts';

/** What was used in this time is not put out: a clip is being made of it. Those who use a file longer touch it. */
const IN_USE = 10 * 60_000;
const TOUCH_EVERY = 60_000;
/** Beginnings of files that nobody went on with. */
const PART_DAYS = 24 * 3_600_000;
const LOOK_EVERY = 250;

export interface FileIdentity {
  /** What it is, from server to file name; the same words are the same bytes. */
  readonly parts: readonly string[];
  /** `fcamera.hevc`: the name under which it lies. */
  readonly name: string;
}

/** @param room makes room for so many bytes in all before they are written. @returns when the whole file is at `part`, on the disk */
export type Fill = (part: string, room: (bytes: number) => Promise<void>) => Promise<void>;

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly used: number;
  readonly part: boolean;
}

/** Parts that this process writes, of every cache → bytes that they will have. */
const parts = new Map<string, number>();

export class FileCache {
  readonly folder: string;
  /** Bytes that it may hold. */
  readonly most: number;
  readonly #under = new Map<string, Promise<string>>();
  readonly #held = new Map<string, number>();
  #sweeping: Promise<void> = Promise.resolve();

  constructor(folder: string, most: number) {
    this.folder = folder;
    this.most = most;
  }

  /** Path of the file, which is made by `fill` where it is not here yet. */
  async take(identity: FileIdentity, fill: Fill, signal?: AbortSignal): Promise<string> {
    const key = createHash('sha256').update(identity.parts.join('\0')).digest('hex').slice(0, 40);
    while (true) {
      const running = this.#under.get(key);
      if (running === undefined) {
        const task = this.#take(key, identity.name, fill, signal).finally(() => this.#under.delete(key));
        this.#under.set(key, task);
        return await task;
      }
      try {
        return await running;
      } catch (error) {
        // Who was first may have been stopped; that does not stop us.
        if (signal?.aborted === true || (error as Error).name !== 'AbortError') throw error;
      }
    }
  }

  /** Keeps files from being put out until it is disposed. */
  hold(paths: Iterable<string>): Disposable {
    const held = [...paths];
    for (const path of held) this.#held.set(path, (this.#held.get(path) ?? 0) + 1);
    const timer = setInterval(() => void Promise.allSettled(held.map(touch)), TOUCH_EVERY);
    timer.unref();
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer);
        for (const path of held) {
          const count = (this.#held.get(path) ?? 1) - 1;
          if (count > 0) this.#held.set(path, count);
          else this.#held.delete(path);
        }
      },
    };
  }

  async #take(key: string, name: string, fill: Fill, signal: AbortSignal | undefined): Promise<string> {
    const home = join(this.folder, key);
    const whole = join(home, name);
    try {
      const part = await this.#claim(home, whole, signal);
      if (part === null) return whole;
      parts.set(part, 0);
      try {
        await fill(part, (bytes) => this.#room(part, bytes));
        await rename(part, whole);
        await rm(`${part}.json`, { force: true });
      } finally {
        parts.delete(part);
      }
      return whole;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT')
        throw new UserError(
          `The disk of ${this.folder} is full.`,
          'Make room, or put the cache elsewhere with XDG_CACHE_HOME or VIDETTE_DATA.',
          { cause: error },
        );
      if (code === 'EACCES' || code === 'EROFS')
        throw new UserError(
          `${this.folder} cannot be written (${code}).`,
          'Put the cache elsewhere with XDG_CACHE_HOME or VIDETTE_DATA.',
          { cause: error },
        );
      throw error;
    }
  }

  /** @returns the part to write, with what a dead owner left in it; null when the whole file is there */
  async #claim(home: string, whole: string, signal: AbortSignal | undefined): Promise<string | null> {
    const own = join(home, `${ownerName()}-${randomBytes(4).toString('hex')}.part`);
    while (true) {
      signal?.throwIfAborted();
      if (await touch(whole)) return null;
      await mkdir(home, { recursive: true, mode: 0o700 });
      let alive = false;
      let left: string | undefined;
      for (const item of await readdir(home)) {
        if (!item.endsWith('.part')) continue;
        const path = join(home, item);
        const { mtimeMs } = (await stat(path).catch(gone)) ?? { mtimeMs: null };
        if (mtimeMs === null) continue;
        if (isOwnerAlive(item, mtimeMs, parts.has(path))) alive = true;
        else left = path;
      }
      if (alive) {
        await pause(LOOK_EVERY, signal);
        continue;
      }
      if (left !== undefined) {
        // Of several who want it one renames it; the others look again.
        if ((await rename(left, own).catch(gone)) === null) continue;
        await rename(`${left}.json`, `${own}.json`).catch(gone);
        await touch(own);
        return own;
      }
      const made = await open(own, 'wx', 0o600).catch(gone);
      // The folder may have been swept between.
      if (made === null) continue;
      await made.close();
      return own;
    }
  }

  async #room(part: string, bytes: number): Promise<void> {
    parts.set(part, bytes);
    const before = this.#sweeping;
    const mine = before.then(() => this.#sweep());
    // One after the other; the failure of one is told to the one who asked.
    this.#sweeping = mine.catch(() => undefined);
    await mine;
  }

  /** Removes the least lately used until all that is here and on its way fits. */
  async #sweep(): Promise<void> {
    const now = Date.now();
    const entries = await this.#entries();
    let sum = 0;
    for (const { path, bytes } of entries) sum += parts.has(path) ? 0 : bytes;
    for (const [path, bytes] of parts) if (path.startsWith(`${this.folder}/`)) sum += bytes;
    for (const entry of entries.sort((a, b) => a.used - b.used)) {
      if (parts.has(entry.path) || this.#held.has(entry.path)) continue;
      const idle = now - entry.used;
      const old = entry.part ? idle > PART_DAYS : sum > this.most && idle > IN_USE;
      if (!old) continue;
      await rm(entry.path, { force: true });
      if (entry.part) await rm(`${entry.path}.json`, { force: true });
      await rmdir(join(entry.path, '..')).catch(notEmpty);
      sum -= entry.bytes;
    }
    if (sum > this.most)
      throw new UserError(
        `What clips are being made of needs ${gigabytes(sum)}, and the cache of drives may hold ${gigabytes(this.most)}.`,
        `Choose fewer seconds or --files low, or set VIDETTE_CACHE_BYTES to more than ${Math.ceil(sum / 1e9)}000000000.`,
        { code: 'cache-full' },
      );
  }

  async #entries(): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const folder of (await readdir(this.folder).catch(gone)) ?? [])
      for (const item of (await readdir(join(this.folder, folder)).catch(gone)) ?? []) {
        if (item.endsWith('.json') || item.endsWith('.new')) continue;
        const path = join(this.folder, folder, item);
        const found = await stat(path).catch(gone);
        if (found?.isFile())
          entries.push({ path, bytes: found.size, used: found.mtimeMs, part: item.endsWith('.part') });
      }
    return entries;
  }
}

/** @returns whether it is there */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return (await utimes(path, now, now).then(() => true as const, gone)) === true;
}

function gone(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}

function notEmpty(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)} GB`;
