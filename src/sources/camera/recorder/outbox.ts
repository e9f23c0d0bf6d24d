/**
 * Finished segments on their way to the hub's catalog. A segment stays in the spool until the hub's receipt has come,
 * so whatever is lost here (a crash, an overflow) is found and reported again at the next start.
 */
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { SegmentReceipts, SegmentReport } from '../../../contract/recorder.ts';

/** Most reports in one request; the contract's own bound. */
const BATCH = 500;
/** Reports that finish within this time go together. */
const GATHER_MS = 150;
const RETRY_MS = [500, 1000, 2000, 5000] as const;
/** What the hub refuses is reported again after these, the last one for ever: a network disk may show a new file to others a minute late. */
const REFUSED_MS = [10_000, 60_000, 600_000] as const;
/** More wait for the next start. */
const MOST_REFUSED = 1000;

export interface Finished {
  readonly report: SegmentReport;
  /** The `.part`, absolute. */
  readonly spoolPath: string;
  /** Where it was published; null: it has to be uploaded. */
  readonly finalPath: string | null;
}

/** What the outbox needs of the hub and the disk. */
export interface OutboxPort {
  /** @throws Unavailable to be tried again; UserError when the hub refuses the batch */
  report(reports: SegmentReport[], signal: AbortSignal): Promise<SegmentReceipts>;
  /** Brings the whole file to the library. */
  upload(finished: Finished, signal: AbortSignal): Promise<void>;
  /** Removes the `.part`: the hub has the segment in its catalog. */
  acknowledge(spoolPath: string): Promise<void>;
}

export interface OutboxOptions {
  readonly port: OutboxPort;
  readonly log: Log;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** More than this are forgotten, oldest first, and reported after the next start. */
  readonly limit?: number;
}

export class Outbox {
  readonly #port: OutboxPort;
  readonly #log: Log;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #limit: number;
  readonly #queue: Finished[] = [];
  readonly #uploaded = new Set<string>();
  /** By spool path: how often the hub has refused it. */
  readonly #refused = new Map<string, number>();
  #wake: (() => void) | undefined;
  #idle: (() => void)[] = [];
  #forgotten = 0;
  finished = 0;
  acknowledged = 0;

  constructor(options: OutboxOptions) {
    this.#port = options.port;
    this.#log = options.log;
    this.#sleep = options.sleep;
    this.#limit = options.limit ?? 50_000;
  }

  /** Segments without a receipt. */
  get waiting(): number {
    return this.#queue.length;
  }

  add(finished: Finished): void {
    this.finished += 1;
    this.#queue.push(finished);
    if (this.#queue.length > this.#limit) {
      this.#queue.shift();
      this.#forgotten += 1;
      if (this.#forgotten % 1000 === 1)
        this.#log.warn('too many unreported segments; the oldest are reported after the next start', {
          forgotten: this.#forgotten,
        });
    }
    this.#wake?.();
  }

  /** A segment that the hub refuses holds nothing up, and is reported again later. */
  #again(finished: Finished, reason: string, signal: AbortSignal): void {
    this.#remove(finished);
    const { spoolPath, report } = finished;
    const times = this.#refused.get(spoolPath) ?? 0;
    if (times === 0 && this.#refused.size >= MOST_REFUSED) {
      this.#log.error('the hub refuses a segment; its file is kept and reported after the next start', {
        key: report.key,
        reason,
      });
      return;
    }
    this.#refused.set(spoolPath, times + 1);
    this.#log[times === 0 ? 'error' : 'debug']('the hub refuses a segment; its file is kept and reported again later', {
      key: report.key,
      reason,
    });
    void this.#sleep(REFUSED_MS[Math.min(times, REFUSED_MS.length - 1)] ?? 0, signal).then(() => {
      if (signal.aborted) return;
      this.#queue.push(finished);
      this.#wake?.();
    });
  }

  /** Sends until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      if (this.#queue.length === 0) {
        for (const idle of this.#idle.splice(0)) idle();
        await this.#woken(signal);
        if (this.#queue.length < BATCH) await this.#sleep(GATHER_MS, signal);
        continue;
      }
      const done = await this.#round(signal);
      if (signal.aborted) return;
      failures = done ? 0 : failures + 1;
      if (!done) await this.#sleep(RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? 5000, signal);
    }
  }

  /** Resolves when nothing waits any more; never, when the hub does not answer. */
  drained(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** One batch; false when it has to be tried again. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const batch = this.#queue.slice(0, BATCH);
    try {
      const ready = await this.#ready(batch, signal);
      await this.#send(ready, signal);
      return ready.length > 0;
    } catch (error) {
      if (signal.aborted) return false;
      const known = error instanceof Unavailable || error instanceof UserError;
      this.#log[known ? 'warn' : 'error']('segments could not be reported; trying again', {
        reason: messageOf(error),
        waiting: this.#queue.length,
        ...(known ? {} : { error }),
      });
      return false;
    }
  }

  /** Those of the batch whose bytes are in the library. An upload that failed holds back only its own report. */
  async #ready(batch: readonly Finished[], signal: AbortSignal): Promise<Finished[]> {
    const ready: Finished[] = [];
    for (const finished of batch) {
      if (finished.finalPath === null && !this.#uploaded.has(finished.spoolPath)) {
        try {
          await this.#port.upload(finished, signal);
          this.#uploaded.add(finished.spoolPath);
        } catch (error) {
          if (signal.aborted) return ready;
          if (isMissing(error)) {
            this.#log.error('a finished segment is gone from the spool', { key: finished.report.key, error });
            this.#remove(finished);
            continue;
          }
          this.#log.warn('a segment could not be uploaded; trying again', {
            key: finished.report.key,
            reason: messageOf(error),
          });
          if (error instanceof Unavailable) return ready;
          continue;
        }
      }
      ready.push(finished);
    }
    return ready;
  }

  async #send(batch: readonly Finished[], signal: AbortSignal): Promise<void> {
    if (batch.length === 0) return;
    let receipts: SegmentReceipts['receipts'];
    try {
      ({ receipts } = await this.#port.report(
        batch.map((finished) => finished.report),
        signal,
      ));
    } catch (error) {
      if (!(error instanceof UserError) || error.code === 'unauthorised') throw error;
      const only = batch.length === 1 ? batch[0] : undefined;
      if (only === undefined) return await this.#sendEach(batch, signal);
      return this.#again(only, error.message, signal);
    }
    if (receipts.length !== batch.length)
      throw new Unavailable(`The hub gave ${receipts.length} receipts for ${batch.length} segments.`, 1000);
    for (const [index, finished] of batch.entries()) {
      const state = receipts[index]?.state;
      if (state === 'gone') this.#log.info('a segment belongs to a deleted camera', { key: finished.report.key });
      await this.#port.acknowledge(finished.spoolPath);
      this.acknowledged += 1;
      this.#refused.delete(finished.spoolPath);
      this.#remove(finished);
    }
  }

  /** One bad report must not hold back the others. */
  async #sendEach(batch: readonly Finished[], signal: AbortSignal): Promise<void> {
    for (const finished of batch) await this.#send([finished], signal);
  }

  #remove(finished: Finished): void {
    const index = this.#queue.indexOf(finished);
    if (index >= 0) this.#queue.splice(index, 1);
    this.#uploaded.delete(finished.spoolPath);
  }

  #woken(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#queue.length > 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = (): void => {
      signal.removeEventListener('abort', done);
      this.#wake = undefined;
      resolve();
    };
    this.#wake = done;
    signal.addEventListener('abort', done, { once: true });
    return promise;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
