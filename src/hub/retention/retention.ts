/**
 * Removes footage (invariant 7): row marked, file removed, folder synced, row removed. What a crash left marked is finished first.
 * Only files that have a row are ever removed.
 */
import { messageOf, Unavailable } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { type KeptSource, planRetention } from './plan.ts';
import type { Space } from './space.ts';

export interface StoredSegment {
  readonly id: number;
  readonly sourceId: string;
  readonly key: string;
  /** UTC ms. */
  readonly end: number;
  readonly bytes: number;
}

export interface RetentionSource {
  readonly id: string;
  readonly demo: boolean;
  readonly days: number | null;
  readonly bytes: number | null;
  readonly totalBytes: number;
}

/** What retention needs of the catalog. */
export interface RetentionShelf {
  /** Every source that has footage, deleted ones too. */
  sources(): Promise<readonly RetentionSource[]>;
  /** Oldest first; marked ones not. */
  oldest(sourceId: string, limit: number): Promise<readonly StoredSegment[]>;
  /** From now on nobody is shown these, and they do not count. */
  mark(segments: readonly StoredSegment[]): Promise<void>;
  /** Marked ones in order of their ids, from the one after `after` on. */
  marked(limit: number, after: number): Promise<readonly StoredSegment[]>;
  forget(segments: readonly StoredSegment[]): Promise<void>;
  /** Drops deleted sources that have no footage left. */
  purge(): Promise<void>;
}

export interface RetentionOptions {
  readonly shelf: RetentionShelf;
  readonly blobs: Pick<BlobStore, 'delete' | 'readMarker'>;
  /** Identity of the library that the catalog speaks of. */
  readonly library: string;
  readonly space: Space;
  readonly log: Log;
  /** UTC ms. */
  readonly now: () => number;
  /** Blob keys that a job is reading. */
  readonly inUse: () => ReadonlySet<string>;
  readonly onRemoved: (sourceIds: ReadonlySet<string>) => void;
  readonly everyMs?: number;
  readonly measureEveryMs?: number;
  /** Runs that are asked for begin at least so far apart. */
  readonly restMs?: number;
}

/** Segments looked at per source and round. */
const BATCH = 200;
/** Rounds in one run; the next run goes on. */
const ROUNDS = 100;
/** When so many files cannot be removed and none can, it is the library and not a file: no more footage is marked. */
const STUCK = 20;

export class Retention {
  readonly #options: RetentionOptions;
  #running: Promise<number> | undefined;
  #again = false;
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

  async #watch(): Promise<void> {
    try {
      await this.#options.space.measure();
      if (this.#options.space.short && !this.#options.space.paused) this.soon();
    } catch (error) {
      this.#options.log.warn('The disk of the library cannot be asked for its free space.', {
        error: messageOf(error),
      });
    }
  }

  async #once(): Promise<number> {
    const { blobs, library, log, space, shelf } = this.#options;
    const marker = await blobs.readMarker();
    if (marker !== library) {
      log.error('Nothing is removed: the marker of the library is missing or names another library.', {
        expected: library,
        found: marker ?? null,
      });
      return 0;
    }
    let { removed, failed } = await this.#finishMarked();
    for (let round = 0; round < ROUNDS && !this.#stopped; round++) {
      const room = await space.measure();
      if (removed === 0 && failed >= STUCK) {
        space.settle();
        break;
      }
      const { chosen, left } = await this.#choose(room?.free ?? null);
      if (chosen.length === 0) {
        if (!left) space.settle();
        break;
      }
      await shelf.mark(chosen);
      ({ removed, failed } = sum(
        { removed, failed },
        await this.#finishMarked(Math.min(...chosen.map((segment) => segment.id)) - 1),
      ));
    }
    await shelf.purge();
    return removed;
  }

  /** @returns what to remove now, and whether anything would be left that could go. */
  async #choose(free: number | null): Promise<{ chosen: StoredSegment[]; left: boolean }> {
    const { shelf, space, now, inUse } = this.#options;
    const sources = await shelf.sources();
    const short = space.short;
    const reading = inUse();
    const kept: KeptSource[] = [];
    const used = new Set<string>();
    const known = new Map<string, StoredSegment>();
    for (const source of sources) {
      if (!short && source.days === null && source.bytes === null && !source.demo) continue;
      const oldest = await shelf.oldest(source.id, BATCH);
      for (const segment of oldest) {
        known.set(String(segment.id), segment);
        if (reading.has(segment.key)) used.add(String(segment.id));
      }
      kept.push({
        ...source,
        oldest: oldest.map((segment) => ({ id: String(segment.id), end: segment.end, bytes: segment.bytes })),
      });
    }
    const floor = short ? space.goal : 0;
    const plan = planRetention({ sources: kept, free, floor, inUse: used }, now());
    const chosen = plan.slice(0, BATCH).flatMap((deletion) => known.get(deletion.segment) ?? []);
    return { chosen, left: known.size > used.size };
  }

  /**
   * Removes the files and rows of what is marked. A file that cannot be removed stays marked for the next run and does not hold up
   * the others.
   * @param after only rows with higher ids
   */
  async #finishMarked(after = 0): Promise<Removal> {
    const { shelf, blobs, log } = this.#options;
    const touched = new Set<string>();
    const count = { removed: 0, failed: 0 };
    let reason: { key: string; error: string } | undefined;
    try {
      for (let last = after; !this.#stopped; ) {
        const marked = await shelf.marked(BATCH, last);
        const gone: StoredSegment[] = [];
        for (const segment of marked) {
          last = segment.id;
          try {
            await blobs.delete(segment.key);
            gone.push(segment);
          } catch (error) {
            // The library itself is away: nothing of it can be removed now.
            if (error instanceof Unavailable) throw error;
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

function sum(a: Removal, b: Removal): Removal {
  return { removed: a.removed + b.removed, failed: a.failed + b.failed };
}
