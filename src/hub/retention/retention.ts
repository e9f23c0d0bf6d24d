/**
 * Removes footage (invariant 7): row marked, file removed, folder synced, row removed. What a crash left marked is finished first.
 * Only files that have a row are ever removed.
 */
import { messageOf } from '../../base/errors.ts';
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
  mark(ids: readonly number[]): Promise<void>;
  marked(limit: number): Promise<readonly StoredSegment[]>;
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
    let removed = await this.#finishMarked();
    for (let round = 0; round < ROUNDS && !this.#stopped; round++) {
      const room = await space.measure();
      const { ids, left } = await this.#choose(room?.free ?? null);
      if (ids.length === 0) {
        if (!left) space.settle();
        break;
      }
      await shelf.mark(ids);
      removed += await this.#finishMarked();
    }
    await shelf.purge();
    return removed;
  }

  /** @returns what to remove now, and whether anything would be left that could go. */
  async #choose(free: number | null): Promise<{ ids: number[]; left: boolean }> {
    const { shelf, space, now, inUse } = this.#options;
    const sources = await shelf.sources();
    const short = space.short;
    const reading = inUse();
    const kept: KeptSource[] = [];
    const used = new Set<string>();
    let looked = 0;
    for (const source of sources) {
      if (!short && source.days === null && source.bytes === null && !source.demo) continue;
      const oldest = await shelf.oldest(source.id, BATCH);
      for (const segment of oldest) if (reading.has(segment.key)) used.add(String(segment.id));
      looked += oldest.length;
      kept.push({
        ...source,
        oldest: oldest.map((segment) => ({ id: String(segment.id), end: segment.end, bytes: segment.bytes })),
      });
    }
    const floor = short ? space.goal : 0;
    const plan = planRetention({ sources: kept, free, floor, inUse: used }, now());
    return { ids: plan.slice(0, BATCH).map((deletion) => Number(deletion.segment)), left: looked > used.size };
  }

  async #finishMarked(): Promise<number> {
    const { shelf, blobs } = this.#options;
    const touched = new Set<string>();
    let count = 0;
    try {
      while (!this.#stopped) {
        const marked = await shelf.marked(BATCH);
        if (marked.length === 0) break;
        for (const segment of marked) {
          await blobs.delete(segment.key);
          touched.add(segment.sourceId);
        }
        await shelf.forget(marked);
        count += marked.length;
      }
    } finally {
      if (touched.size > 0) this.#options.onRemoved(touched);
    }
    return count;
  }
}
