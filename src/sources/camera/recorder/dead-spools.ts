/**
 * What recorders that are dead have left below one `spool/`: completed and handed on by one that lives and sees the same disk.
 *
 * Whoever completes a spool holds its lock until the hub has acknowledged all of it, so nothing is done twice.
 */
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../../base/log.ts';
import { type Disk, diskErrorCode } from '../../../blobs/disk.ts';
import { isOwnSpool, SPOOL } from '../segments/names.ts';
import type { Recovery } from '../segments/recover.ts';
import { bringOver } from './bring-over.ts';
import { type IsSilent, lifeOfLock, type SpoolLock, tryLockSpool } from './spool-lock.ts';

const LOOK_EVERY_MS = 3000;
/** A recorder elsewhere that is said to be silent lives all the same when anything in its spool has grown within this time. */
const STILL_MS = 15_000;
/** What could not be completed (a failing disk, another library's) is tried again after this. */
const AGAIN_MS = 600_000;

export interface DeadSpoolsOptions {
  /** The folder that holds `spool/`. */
  readonly dir: string;
  readonly disk: Disk;
  readonly monotonic: () => number;
  readonly log: Log;
  readonly isSilent: IsSilent;
  /** Of this recorder in this folder, e.g. `spool/<id>`; null: it has none here. */
  readonly own: string | null;
  /** Completes all files of a spool (its name below `dir`), or one of them; the segments are told as they are finished. */
  readonly complete: (spool: string, path?: string) => Promise<Recovery>;
}

interface Completing {
  readonly lock: SpoolLock;
  /** Paths of finished segments that the hub has not acknowledged. */
  readonly waiting: Set<string>;
  done: boolean;
}

export class DeadSpools {
  readonly #o: DeadSpoolsOptions;
  readonly #completing = new Map<string, Completing>();
  readonly #notBefore = new Map<string, number>();
  /** What lay in the spools of silent ones, and since when it has not changed. */
  readonly #seen = new Map<string, { readonly what: string; readonly since: number }>();
  #lookAt = 0;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: DeadSpoolsOptions) {
    this.#o = options;
  }

  /** To be called about once a second. */
  tick(): void {
    const { monotonic, log, dir } = this.#o;
    if (this.#stopped || this.#looking !== undefined || monotonic() < this.#lookAt) return;
    this.#lookAt = monotonic() + LOOK_EVERY_MS;
    this.#looking = this.#look()
      .catch((error: unknown) => log.warn('what other recorders have left cannot be looked for', { dir, error }))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** A segment of such a spool is finished; the hub is told. */
  finished(path: string): void {
    for (const [spool, completing] of this.#completing)
      if (path.startsWith(`${join(this.#o.dir, spool)}/`)) completing.waiting.add(path);
  }

  /** The hub has it, and its file is gone from the spool. */
  async acknowledged(path: string): Promise<void> {
    for (const [spool, completing] of this.#completing)
      if (completing.waiting.delete(path)) await this.#letGo(spool, completing);
  }

  async renew(): Promise<void> {
    for (const { lock } of this.#completing.values()) await lock.renew();
  }

  /** Nothing new is begun; what is not acknowledged is left to others. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#looking;
    for (const { lock } of this.#completing.values()) await lock.release();
    this.#completing.clear();
  }

  async #look(): Promise<void> {
    const { dir, disk, own, monotonic } = this.#o;
    const entries = await disk.readdir(join(dir, SPOOL));
    const spools = entries
      .filter((entry) => entry.folder && isOwnSpool(entry.name))
      .map((entry) => `${SPOOL}/${entry.name}`);
    // The one spool for all of earlier versions.
    for (const spool of [...spools, SPOOL]) {
      if (this.#stopped) return;
      if (spool === own || this.#completing.has(spool) || (this.#notBefore.get(spool) ?? 0) > monotonic()) continue;
      await this.#take(spool);
    }
  }

  async #take(spool: string): Promise<void> {
    const { dir, log, isSilent, monotonic } = this.#o;
    const path = join(dir, spool);
    const life = await lifeOfLock(path, isSilent);
    const free = life === 'silent' ? await this.#isStill(spool) : life === 'nobody' || life === 'dead';
    if (life !== 'silent') this.#seen.delete(spool);
    if (!free) return;
    if (spool === SPOOL && (await this.#filesOf(spool)).length === 0)
      return void this.#notBefore.set(spool, monotonic() + AGAIN_MS);
    const lock = await tryLockSpool(path, 'completing', isSilent);
    if ('busy' in lock) return;
    const completing: Completing = { lock, waiting: new Set(), done: false };
    this.#completing.set(spool, completing);
    try {
      if ((await this.#filesOf(spool)).length > 0) {
        log.info('a recorder that has ended left segments; they are completed', { spool, lock: lock.before });
        const left = await this.#complete(spool, lock.before !== 'dead');
        if (left > 0) this.#notBefore.set(spool, monotonic() + AGAIN_MS);
        this.#seen.delete(spool);
      }
    } catch (error) {
      this.#notBefore.set(spool, monotonic() + AGAIN_MS);
      if (!this.#stopped) log.warn('what a recorder has left cannot be completed', { spool, error });
    }
    completing.done = true;
    await this.#letGo(spool, completing);
  }

  /** Nothing there has grown, come or gone for a while: who cannot renew its lock may still be recording. */
  async #isStill(spool: string): Promise<boolean> {
    const { dir, disk, monotonic, log } = this.#o;
    const sizes = await Promise.all(
      (await this.#filesOf(spool)).map(
        async (file) => `${file} ${(await disk.stat(join(dir, spool, file)))?.size ?? 'gone'}`,
      ),
    );
    const what = sizes.join('\n');
    const now = monotonic();
    const before = this.#seen.get(spool);
    if (before?.what === what) return now - before.since >= STILL_MS;
    if (before !== undefined)
      log.warn('a recorder elsewhere does not renew its lock, but is still recording', { spool });
    this.#seen.set(spool, { what, since: now });
    return false;
  }

  /** @returns how many files could not be completed */
  async #complete(spool: string, mayStillWrite: boolean): Promise<number> {
    const { dir, disk, own } = this.#o;
    if (!mayStillWrite || own === null) return (await this.#o.complete(spool)).left;
    // Paused or cut off it may come back and write on: what it has open is copied, and taken out of its hands.
    let left = 0;
    for (const file of await this.#filesOf(spool)) {
      const from = join(dir, spool, file);
      const path = await bringOver(disk, from, join(dir, own, file));
      if (path === undefined) return left + 1;
      left += (await this.#o.complete(path === from ? spool : own, path)).left;
    }
    return left;
  }

  async #letGo(spool: string, completing: Completing): Promise<void> {
    if (!completing.done || completing.waiting.size > 0 || this.#completing.get(spool) !== completing) return;
    const path = join(this.#o.dir, spool);
    if (spool !== SPOOL) await this.#tidy(path);
    await completing.lock.release();
    this.#completing.delete(spool);
    if (spool !== SPOOL) await removeIfEmpty(path);
  }

  /** Removes empty folders, two levels deep. */
  async #tidy(path: string): Promise<void> {
    const { disk } = this.#o;
    for (const source of await disk.readdir(path)) {
      if (!source.folder) continue;
      for (const track of await disk.readdir(join(path, source.name)))
        if (track.folder) await removeIfEmpty(join(path, source.name, track.name));
      await removeIfEmpty(join(path, source.name));
    }
  }

  /** `<folder>/<track>/<name>` of what can be completed. */
  async #filesOf(spool: string): Promise<string[]> {
    const { dir, disk } = this.#o;
    const files: string[] = [];
    for (const source of await disk.readdir(join(dir, spool))) {
      if (!source.folder || (spool === SPOOL && isOwnSpool(source.name))) continue;
      for (const track of await disk.readdir(join(dir, spool, source.name))) {
        if (!track.folder) continue;
        const folder = `${source.name}/${track.name}`;
        for (const { name } of await disk.readdir(join(dir, spool, folder)))
          if (name.endsWith('.part') || name.endsWith('.claim')) files.push(`${folder}/${name}`);
      }
    }
    return files;
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT']).has(diskErrorCode(error) ?? '')) throw error;
  }
}
