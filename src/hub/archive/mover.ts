/**
 * Moves segments to the archive (invariant 8): said, copied, the copy read back and compared, the row changed, the original removed.
 * Each step may be the last before a crash; the next run finds what was begun and ends it.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import {
  beginMove,
  begunMoves,
  commitMove,
  endMove,
  type Movable,
  movableSegments,
  revertMove,
} from '../../catalog/moves.ts';
import type { Database } from '../../catalog/tables.ts';
import { DAY_MS, planMoves } from '../retention/plan.ts';
import type { Space } from '../retention/space.ts';
import { Throttle } from './throttle.ts';

export interface MoverTarget {
  readonly store: BlobStore;
  /** Identity that its marker must carry. */
  readonly id: string;
  readonly space: Space;
  readonly bytesPerSecond: number;
}

export interface MoverOptions {
  readonly db: Kysely<Database>;
  readonly first: BlobStore;
  /** Identity of the first library. */
  readonly library: string;
  readonly archive: () => MoverTarget | undefined;
  /** Days after which the footage of a source moves, by source. */
  readonly ages: () => Promise<ReadonlyMap<string, number>>;
  /** UTC ms by which footage is old. */
  readonly now: () => Promise<number>;
  readonly inUse: () => ReadonlySet<string>;
  /** The archive has less room than moving needs. */
  readonly needsRoom: () => void;
  readonly log: Log;
  readonly everyMs?: number;
}

export interface MoverState {
  readonly moving: 'idle' | 'moving' | 'waiting';
  /** Why it waits. */
  readonly reason: string | null;
  readonly segments: number;
  readonly bytes: number;
}

/** Looked at per track and round. */
const BATCH = 50;

export class Mover {
  readonly #options: MoverOptions;
  readonly #stopping = new AbortController();
  /** Segments whose bytes are not those that were recorded: they stay where they are. */
  readonly #damaged = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<number> | undefined;
  #state: MoverState = { moving: 'idle', reason: null, segments: 0, bytes: 0 };

  constructor(options: MoverOptions) {
    this.#options = options;
  }

  get state(): MoverState {
    return this.#state;
  }

  /** Runs now and then every minute. */
  start(): void {
    this.#timer = setInterval(() => this.soon(), this.#options.everyMs ?? 60_000).unref();
    this.soon();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running?.catch(() => 0);
  }

  soon(): void {
    if (this.#stopping.signal.aborted || this.#running) return;
    this.run().catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      this.#wait(messageOf(error));
      this.#options.log.warn('Footage could not be moved to the archive now; it is tried again in a minute.', {
        error: messageOf(error),
      });
    });
  }

  /** One run; asked for while one is under way, that one answers. @returns how many segments moved */
  run(): Promise<number> {
    this.#running ??= this.#once().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #once(): Promise<number> {
    const { db, archive, first, library, inUse, ages, now } = this.#options;
    const target = archive();
    if (target === undefined) return 0;
    if ((await target.store.readMarker()) !== target.id)
      return this.#wait('The archive is not there: its marker is missing.');
    if ((await first.readMarker()) !== library) return this.#wait('The library is not there: its marker is missing.');
    await this.#finish(target);
    const throttle = new Throttle(target.bytesPerSecond, performance.now());
    let moved = 0;
    for (;;) {
      const time = await now();
      const days = await ages();
      const before = new Map([...days].map(([id, count]) => [id, time - count * DAY_MS]));
      const found = await movableSegments(db, before, BATCH, [...this.#damaged]);
      const reading = inUse();
      const used = new Set(found.filter((one) => reading.has(one.key)).map((one) => String(one.id)));
      const asked = found.map((one) => ({
        segment: { ...one, id: String(one.id), number: one.id },
        archiveAfterDays: days.get(one.sourceId) ?? null,
      }));
      const planned = planMoves(asked, used, time);
      if (planned.length === 0) break;
      for (const { number, ...segment } of planned) {
        this.#stopping.signal.throwIfAborted();
        // It was set anew meanwhile: another place, or another speed.
        if (archive() !== target) return moved + (await this.#once());
        // A clip may have begun to read it since it was planned: a bucket's signed address names one place.
        if (inUse().has(segment.key)) continue;
        const room = await target.space.measure();
        if (room && room.free - segment.bytes < target.space.floor) {
          this.#options.needsRoom();
          this.#wait('The archive is full.');
          return moved;
        }
        this.#state = { ...this.#state, moving: 'moving', reason: null };
        if (!(await this.#move({ ...segment, id: number }, target, throttle))) continue;
        moved++;
        target.space.wrote(segment.bytes);
        this.#state = { ...this.#state, segments: this.#state.segments + 1, bytes: this.#state.bytes + segment.bytes };
      }
    }
    this.#state = { ...this.#state, moving: 'idle', reason: null };
    return moved;
  }

  async #move(segment: Movable, target: MoverTarget, throttle: Throttle): Promise<boolean> {
    const { db, archive, log } = this.#options;
    if (!(await beginMove(db, segment.id))) return false;
    const wanted = segment.sha256.toString('hex');
    // A copy of an earlier run; or all there is of it, when the catalog was put back to an older state.
    if (!(await this.#holds(target.store, segment, throttle))) {
      const copied = await this.#copy(segment, target.store, throttle);
      if (copied !== wanted) {
        this.#damaged.add(segment.id);
        log.error(
          'A segment is not what was recorded and stays where it is; “vidette index --verify” lists all of them.',
          {
            key: segment.key,
            reason: copied === undefined ? 'it is not there' : 'its content has changed (SHA-256 differs)',
          },
        );
        if (copied !== undefined) await target.store.delete(segment.key);
        await endMove(db, segment.id);
        return false;
      }
      // A bucket compares for itself what it keeps with what was sent.
      if (target.store.kind === 'folder' && !(await this.#holds(target.store, segment, throttle))) {
        await target.store.delete(segment.key);
        throw new Unavailable(`The archive has kept other bytes of ${segment.key} than it was given.`, 60_000);
      }
    }
    const committed = await commitMove(db, segment.id);
    if (committed && archive() !== target) {
      // Nobody would look for it there.
      await revertMove(db, segment.id);
      await target.store.delete(segment.key);
      throw new Unavailable('The archive is another one by now.', 1000);
    }
    // Whether the copy or the original is left over, the catalog knows: another hub may have moved it meanwhile.
    await this.#finish(target);
    return committed;
  }

  async #holds(store: BlobStore, { key, bytes, sha256 }: Movable, throttle: Throttle): Promise<boolean> {
    if ((await store.stat(key))?.bytes !== bytes) return false;
    return (await this.#hash(store, key, throttle)) === sha256.toString('hex');
  }

  /** @returns SHA-256 of what was copied; undefined when there is nothing to copy */
  async #copy(segment: Movable, archive: BlobStore, throttle: Throttle): Promise<string | undefined> {
    const { signal } = this.#stopping;
    try {
      const { body, total } = await this.#options.first.get(segment.key, undefined, { signal });
      const { sha256 } = await archive.put(segment.key, Readable.from(this.#slowly(body, throttle)), {
        signal,
        bytes: total,
      });
      return sha256;
    } catch (error) {
      if (error instanceof UserError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async #hash(store: BlobStore, key: string, throttle: Throttle): Promise<string> {
    const hash = createHash('sha256');
    const { body } = await store.get(key, undefined, { signal: this.#stopping.signal });
    for await (const chunk of this.#slowly(body, throttle)) hash.update(chunk);
    return hash.digest('hex');
  }

  async *#slowly(body: Readable, throttle: Throttle): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      const piece = chunk as Buffer;
      const wait = throttle.take(piece.length, performance.now());
      if (wait > 0) await sleep(wait, undefined, { signal: this.#stopping.signal });
      yield piece;
    }
  }

  /** What an earlier run began: the copy of what has gone since goes too, and the original of what has moved. */
  async #finish({ store }: MoverTarget): Promise<void> {
    const { db, first, inUse } = this.#options;
    for (const move of await begunMoves(db)) {
      this.#stopping.signal.throwIfAborted();
      if (move.moved && move.kept && (await store.stat(move.key))?.bytes !== move.bytes) await revertMove(db, move.id);
      else if (move.moved) {
        if (inUse().has(move.key)) continue;
        await first.delete(move.key);
        await endMove(db, move.id);
      } else if (!move.kept) {
        await store.delete(move.key);
        await endMove(db, move.id);
      }
    }
  }

  #wait(reason: string): number {
    this.#state = { ...this.#state, moving: 'waiting', reason };
    return 0;
  }
}
