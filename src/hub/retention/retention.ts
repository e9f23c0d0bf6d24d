/**
 * Removes footage (invariant 7): row marked, file removed, folder synced, row removed. What a crash left marked is finished first.
 * Only files that have a row are ever removed, and only from a library that is there.
 */
import { messageOf, Unavailable } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { type Deletion, planRetention, type StoreRoom } from './plan.ts';
import type { Space } from './space.ts';
import type { KeptSource } from './value.ts';

export interface StoredSegment {
  readonly id: number;
  readonly sourceId: string;
  readonly track: string;
  readonly key: string;
  /** UTC ms. */
  readonly start: number;
  readonly end: number;
  readonly shadow: boolean;
  readonly bytes: number;
  /** 0 the first library, 1 the archive. */
  readonly store: number;
}

/** Enough of what is kept to plan with. */
export interface Look {
  readonly sources: readonly KeptSource[];
  /** By the ids that the plan names. */
  readonly segments: ReadonlyMap<string, StoredSegment>;
}

/** What retention needs of the catalog. */
export interface RetentionShelf {
  look(wish: {
    /** UTC ms by which footage is old. */
    readonly now: number;
    /** Libraries that are there, and those of them that need room. */
    readonly stores: readonly number[];
    readonly short: readonly number[];
    /** Segments of each list. */
    readonly limit: number;
  }): Promise<Look>;
  /** Limits, moments or protections are not what they were. */
  changed(): void;
  /** From now on nobody is shown these, and they do not count; but for those that somebody has protected meanwhile. */
  mark(segments: readonly StoredSegment[]): Promise<void>;
  /** Marked ones in order of their ids, from the one after `after` on. */
  marked(limit: number, after: number): Promise<readonly StoredSegment[]>;
  forget(segments: readonly StoredSegment[]): Promise<void>;
  /** Drops deleted sources that have no footage left. */
  purge(): Promise<void>;
}

/** A library that footage is removed from. */
export interface RetentionStore {
  readonly store: number;
  readonly blobs: Pick<BlobStore, 'delete' | 'readMarker'>;
  /** Identity that its marker must carry. */
  readonly library: string;
  readonly space: Space;
}

export interface RetentionOptions {
  readonly shelf: RetentionShelf;
  /** The first library, and the archive where there is one. */
  readonly stores: () => readonly RetentionStore[];
  readonly log: Log;
  /** UTC ms by which footage is old: not the wall clock, which may leap. */
  readonly now: () => Promise<number>;
  /** Blob keys that a job is reading. */
  readonly inUse: () => ReadonlySet<string>;
  readonly onRemoved: (sourceIds: ReadonlySet<string>) => void;
  readonly everyMs?: number;
  readonly measureEveryMs?: number;
  /** Runs that are asked for begin at least so far apart. */
  readonly restMs?: number;
}

/** Segments looked at per list and round, and removed at once. */
const BATCH = 200;
/** Between runs that make room. */
const LEAST_REST_MS = 1000;
/** Rounds in one run; the next run goes on. */
const ROUNDS = 100;
/** When so many files cannot be removed and none can, it is the library and not a file: no more footage is marked. */
const STUCK = 20;

export class Retention {
  readonly #options: RetentionOptions;
  #running: Promise<number> | undefined;
  #again = false;
  /** What was planned before no longer holds. */
  #stale = false;
  #stopped = false;
  #timers: NodeJS.Timeout[] = [];
  #resting: NodeJS.Timeout | undefined;
  #lastRun = Number.NEGATIVE_INFINITY;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Runs now and then every 30 s, and whenever the disk is found to be full. */
  start(): void {
    const { everyMs = 30_000, measureEveryMs = 5000 } = this.#options;
    this.#timers = [
      setInterval(() => this.soon(), everyMs).unref(),
      setInterval(() => void this.#watch(), measureEveryMs).unref(),
    ];
    this.soon();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#resting);
    await this.#running?.catch(() => 0);
  }

  /** Asks for a run, now or after a short rest; a failing one is logged, and the next comes in half a minute. */
  soon(): void {
    const { restMs = 5000 } = this.#options;
    if (this.#stopped || this.#resting) return;
    const rested = performance.now() - this.#lastRun;
    if (rested < restMs) {
      this.#resting = setTimeout(() => {
        this.#resting = undefined;
        this.soon();
      }, restMs - rested).unref();
      return;
    }
    this.#lastRun = performance.now();
    this.run().catch((error: unknown) => {
      this.#options.log.warn('Old footage could not be removed now; it is tried again in half a minute.', {
        error: messageOf(error),
      });
    });
  }

  /** One run; asked for while one is under way, another follows it. @returns how many segments went. */
  run(): Promise<number> {
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#runs().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runs(): Promise<number> {
    let count = 0;
    do {
      this.#again = false;
      count += await this.#once();
    } while (this.#again && !this.#stopped);
    return count;
  }

  /** Limits, moments or protections have changed. */
  changed(): void {
    this.#options.shelf.changed();
    this.#stale = true;
    this.soon();
  }

  /** Footage came: the room that is left is asked for with each of it, which costs nothing, and made before it is needed. */
  async published(): Promise<void> {
    await this.#watch();
    this.soon();
  }

  async #watch(): Promise<void> {
    for (const { space, store } of this.#options.stores())
      try {
        await space.measure();
        if (space.short && !space.paused) this.#now();
      } catch (error) {
        this.#options.log.warn('The disk of a library cannot be asked for its free space.', {
          store,
          error: messageOf(error),
        });
      }
  }

  /** Room is needed: no rest. */
  #now(): void {
    if (this.#stopped || this.#running || performance.now() - this.#lastRun < LEAST_REST_MS) return;
    clearTimeout(this.#resting);
    this.#resting = undefined;
    this.#lastRun = Number.NEGATIVE_INFINITY;
    this.soon();
  }

  /** What would go now; removes nothing. */
  async plan(): Promise<readonly Deletion[]> {
    const { deletions } = await this.#look(await this.#there());
    return deletions;
  }

  async #once(): Promise<number> {
    const { shelf } = this.#options;
    const there = await this.#there();
    if (there.length === 0) return 0;
    let { removed, failed } = await this.#finishMarked(there);
    for (let round = 0; round < ROUNDS && !this.#stopped; round++) {
      this.#stale = false;
      const { deletions, segments } = await this.#look(there);
      if (deletions.length === 0 || (removed === 0 && failed >= STUCK)) {
        this.#settle(there);
        break;
      }
      for (let at = 0; at < deletions.length && !this.#stopped && !this.#stale; at += BATCH) {
        const chosen = deletions.slice(at, at + BATCH).flatMap((one) => segments.get(one.segment) ?? []);
        await shelf.mark(chosen);
        const one = await this.#finishMarked(there, Math.min(...chosen.map((segment) => segment.id)) - 1);
        removed += one.removed;
        failed += one.failed;
        if (removed === 0 && failed >= STUCK) break;
      }
    }
    await shelf.purge();
    return removed;
  }

  /** Everything that may go has gone: what is still short of room pauses, and says why. */
  #settle(there: readonly RetentionStore[]): void {
    for (const { store, space } of there) {
      const before = space.paused;
      space.settle();
      if (!space.paused || before) continue;
      const { free, floor } = space.state;
      this.#options.log.warn(
        store === 0
          ? 'The disk is full, and nothing more may be removed: what is left is protected or in use. Recording waits for room.'
          : 'The archive is full, and nothing more of it may be removed: what is left is protected or in use. Nothing moves there.',
        { free, floor },
      );
    }
  }

  async #look(
    there: readonly RetentionStore[],
  ): Promise<{ deletions: readonly Deletion[]; segments: Look['segments'] }> {
    const { shelf, now, inUse } = this.#options;
    const rooms: StoreRoom[] = [];
    for (const { store, space } of there) {
      await space.measure();
      rooms.push({ store, free: space.expected ?? null, floor: space.short ? space.goal : 0 });
    }
    const time = await now();
    const short = rooms.filter((room) => room.free !== null && room.free < room.floor).map((room) => room.store);
    const { sources, segments } = await shelf.look({
      now: time,
      stores: there.map((one) => one.store),
      short,
      limit: BATCH,
    });
    const reading = inUse();
    const used = new Set<string>();
    if (reading.size > 0) for (const [id, segment] of segments) if (reading.has(segment.key)) used.add(id);
    const { deletions } = planRetention({ sources, stores: rooms, inUse: used }, time);
    return { deletions, segments };
  }

  /** Libraries that are what the catalog says. */
  async #there(): Promise<RetentionStore[]> {
    const found: RetentionStore[] = [];
    for (const one of this.#options.stores()) {
      const marker = await one.blobs.readMarker().catch((error: unknown) => {
        if (one.store === 0) throw error;
        this.#options.log.debug('The archive cannot be reached.', { error: messageOf(error) });
        return undefined;
      });
      if (marker === one.library) found.push(one);
      else
        this.#options.log[one.store === 0 ? 'error' : 'warn'](
          'Nothing is removed: the marker of the library is missing or names another library.',
          { store: one.store, expected: one.library, found: marker ?? null },
        );
    }
    return found;
  }

  /**
   * Removes the files and rows of what is marked. A file that cannot be removed stays marked for the next run and does not hold up
   * the others.
   * @param after only rows with higher ids
   */
  async #finishMarked(there: readonly RetentionStore[], after = 0): Promise<Removal> {
    const { shelf, log } = this.#options;
    const stores = new Map(there.map((one) => [one.store, one]));
    const touched = new Set<string>();
    const count = { removed: 0, failed: 0 };
    let reason: { key: string; error: string } | undefined;
    try {
      for (let last = after; !this.#stopped; ) {
        const marked = await shelf.marked(BATCH, last);
        const gone: StoredSegment[] = [];
        for (const segment of marked) {
          last = segment.id;
          const store = stores.get(segment.store);
          if (store === undefined) continue;
          try {
            await store.blobs.delete(segment.key);
            store.space.removed(segment.bytes);
            gone.push(segment);
          } catch (error) {
            // The library itself is away: nothing of it can be removed now.
            if (error instanceof Unavailable && segment.store === 0) throw error;
            reason ??= { key: segment.key, error: messageOf(error) };
            count.failed++;
            continue;
          }
          touched.add(segment.sourceId);
        }
        if (marked.length === 0) break;
        await shelf.forget(gone);
        count.removed += gone.length;
      }
    } finally {
      if (touched.size > 0) this.#options.onRemoved(touched);
    }
    if (reason) log.warn('Files of old footage cannot be removed; they are tried again.', { ...reason, ...count });
    return count;
  }
}

interface Removal {
  readonly removed: number;
  readonly failed: number;
}
