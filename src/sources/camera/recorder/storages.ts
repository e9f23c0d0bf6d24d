/**
 * The spools that a recorder process has taken, and their disks: where it writes, and what others have left there.
 */
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { Folders } from '../../../blobs/folders.ts';
import { ownSpool, SPOOL } from '../segments/names.ts';
import { acknowledge } from '../segments/publish.ts';
import { type Recovery, recoverSpool } from '../segments/recover.ts';
import { DeadSpools } from './dead-spools.ts';
import { frozenListing, listingOf } from './frozen-listing.ts';
import { guardedDisk } from './guarded-disk.ts';
import { LeftBehind } from './left-behind.ts';
import { MarkerGuard } from './library-marker.ts';
import type { RecorderOptions } from './options.ts';
import type { Finished } from './outbox.ts';
import { isBusy, RENEW_MS, type SpoolLock, silenceWatch, tryLockSpool } from './spool-lock.ts';
import type { Storage } from './storage.ts';

/** So many of its own spools may still be in the hands of others that completed them when it came back. */
const MOST_PLACES = 9;

type OnFinished = (finished: Finished) => void;

/** A root folder's disk, and what is known of the folders below it. */
interface Opened {
  readonly disk: Disk;
  readonly folders: Folders;
}

/** A root folder whose `spool/` is looked after. */
interface Taken extends Opened {
  readonly storage: Storage;
  readonly onFinished: OnFinished;
  /** Of this recorder, and its lock; null where it only hands on what is there. */
  readonly own: { readonly spool: string; readonly lock: SpoolLock } | null;
  readonly dead: DeadSpools;
}

export class Storages {
  readonly #options: Pick<RecorderOptions, 'id' | 'libraryDir' | 'spoolDir'>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #taken = new Map<string, Taken>();
  readonly #stop = new AbortController();
  readonly #recoveries: Promise<unknown>[] = [];
  readonly #left: LeftBehind;
  #renewedAt = 0;
  /** Another has completed the own spool: what is open there is out of our hands, and from now on runs are to be written elsewhere. */
  onTakenAway: (() => void) | undefined;

  constructor(options: Pick<RecorderOptions, 'id' | 'libraryDir' | 'spoolDir'>, clock: Clock, log: Log) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#left = new LeftBehind(() => clock.monotonic());
  }

  /**
   * Takes a spool of its own there, and begins to complete and hand on what an earlier process, or a dead recorder, has left.
   * @throws UserError `conflict` when another process records under this recorder's id
   */
  async prepare(storage: Storage, onFinished: OnFinished): Promise<void> {
    await this.#take(storage, onFinished, true);
    // What was left on the own disk, when the library could not be seen, still has to be uploaded.
    const { spoolDir } = this.#options;
    if (storage.dir === spoolDir || (await systemDisk.readdir(join(spoolDir, SPOOL))).length === 0) return;
    await this.#take({ ...storage, dir: spoolDir, publish: 'keep' }, onFinished, false);
  }

  /** Of this recorder below `storage.dir`. */
  spoolOf(storage: Storage): string {
    return this.#taken.get(storage.dir)?.own?.spool ?? ownSpool(this.#options.id);
  }

  /** A segment that the disk did not let end: again in a while, for as long as this process lives. */
  finishLater(storage: Storage, path: string, onFinished: OnFinished): void {
    this.#left.add(async () => {
      try {
        if ((await this.diskOf(storage).disk.stat(path)) === undefined) return true;
        const { left } = await this.#complete(storage, onFinished, this.spoolOf(storage), path);
        return left === 0;
      } catch (error) {
        if (!this.#stop.signal.aborted) this.#log.warn('a segment cannot be finished yet', { path, error });
        return false;
      }
    });
  }

  /** The hub has this segment. */
  async acknowledge(spoolPath: string): Promise<void> {
    const taken = [...this.#taken.values()].find(({ storage }) => spoolPath.startsWith(`${storage.dir}/`));
    await acknowledge(taken?.disk ?? systemDisk, spoolPath);
    await taken?.dead.acknowledged(spoolPath);
  }

  diskOf({ dir }: Pick<Storage, 'dir'>): Opened {
    const { disk, folders } = this.#taken.get(dir) ?? opened(systemDisk, dir);
    return { disk, folders };
  }

  tick(): void {
    this.#left.tick();
    const now = this.#clock.monotonic();
    for (const { dead } of this.#taken.values()) dead.tick();
    if (now - this.#renewedAt < RENEW_MS) return;
    this.#renewedAt = now;
    for (const taken of this.#taken.values())
      this.#renew(taken).catch((error: unknown) => {
        this.#log.warn('the spool’s lock could not be renewed', { reason: messageOf(error), dir: taken.storage.dir });
      });
  }

  /** After a long pause another may have completed what was in the own spool: then it is taken again, or the next one. */
  async #renew(taken: Taken): Promise<void> {
    await taken.dead.renew();
    const { own, storage, onFinished } = taken;
    if (own === null || (await own.lock.renew()) || this.#stop.signal.aborted) return;
    this.#log.warn('another recorder thought this one dead, and has completed its spool', { spool: own.spool });
    if (this.#taken.get(storage.dir) !== taken) return;
    const anew = await this.#lockOwn(storage.dir);
    await taken.dead.stop();
    this.#taken.set(storage.dir, { ...taken, own: anew, dead: this.#deadOf(storage, anew, onFinished) });
    this.onTakenAway?.();
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.#left.stop();
    await Promise.all(this.#recoveries);
    for (const { own, dead } of this.#taken.values()) {
      try {
        await dead.stop();
        await own?.lock.release();
      } catch (error) {
        this.#log.warn('the spool’s lock stays behind; it dies with this process', { reason: messageOf(error) });
      }
    }
  }

  async #take(storage: Storage, onFinished: OnFinished, writes: boolean): Promise<void> {
    const { dir, library, publish } = storage;
    let disk = systemDisk;
    if (publish === 'link') {
      const guard = new MarkerGuard(dir, library, () => this.#clock.monotonic());
      await guard.check();
      disk = guardedDisk(systemDisk, guard);
    }
    const before = this.#taken.get(dir);
    const own = before?.own ?? (writes ? await this.#lockOwn(dir) : null);
    const taken: Taken = {
      ...opened(disk, dir),
      storage,
      onFinished,
      own,
      dead: this.#deadOf(storage, own, onFinished),
    };
    this.#taken.set(dir, taken);
    await before?.dead.stop();
    taken.dead.tick();
    if (own !== null && before?.own !== own) await this.#recoverOwn(taken, own.spool);
  }

  #deadOf(storage: Storage, own: Taken['own'], onFinished: OnFinished): DeadSpools {
    const dead: DeadSpools = new DeadSpools({
      dir: storage.dir,
      disk: systemDisk,
      monotonic: () => this.#clock.monotonic(),
      log: this.#log,
      isSilent: silenceWatch(() => this.#clock.monotonic()),
      own: own?.spool ?? null,
      complete: (spool, path) =>
        this.#complete(
          storage,
          (finished) => {
            dead.finished(finished.spoolPath);
            onFinished(finished);
          },
          spool,
          path,
        ),
    });
    return dead;
  }

  async #lockOwn(dir: string): Promise<NonNullable<Taken['own']>> {
    for (let place = 1; ; place++) {
      const spool = ownSpool(this.#options.id, place);
      const lock = await tryLockSpool(join(dir, spool), 'recording');
      if (!('busy' in lock)) return { spool, lock };
      // Thought dead, it came back: another recorder is at what it has left, or its lock was made in another container.
      const { task, here } = lock.busy;
      if ((task === 'recording' && here) || place === MOST_PLACES) throw isBusy(join(dir, spool), lock);
    }
  }

  /** What is there now is recovered beside the recording: after a long time without hub that may be hours of footage to hash. */
  async #recoverOwn({ storage, disk, onFinished }: Taken, spool: string): Promise<void> {
    const { dir } = storage;
    const frozen = await frozenListing(disk, join(dir, spool));
    const recovery = this.#recover(storage, onFinished, spool, frozen);
    this.#recoveries.push(
      recovery.catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#log.error('the spool could not be recovered', { dir, error });
      }),
    );
  }

  /** A whole spool in which nobody writes, or one file. */
  #complete(storage: Storage, onFinished: OnFinished, spool: string, path?: string): Promise<Recovery> {
    const { disk } = this.diskOf(storage);
    const shown = path === undefined ? disk : listingOf(disk, join(storage.dir, spool), path);
    return this.#recover(storage, onFinished, spool, shown);
  }

  #recover(storage: Storage, onFinished: OnFinished, spool: string, disk: Disk): Promise<Recovery> {
    const { dir, library, publish } = storage;
    return recoverSpool({
      disk,
      folders: this.diskOf(storage).folders,
      clock: this.#clock,
      log: this.#log,
      libraryDir: dir,
      spool,
      library,
      publish,
      signal: this.#stop.signal,
      onFinished: (report, spoolPath, finalPath) => onFinished({ report, spoolPath, finalPath }),
    });
  }
}

function opened(disk: Disk, dir: string): Opened {
  return { disk, folders: new Folders(disk, dir) };
}
