/**
 * The queue as the hub sees it. pg-boss carries the job and its retries; what it is about, how far it is, who works on it until when
 * and what came of it is in our own tables, written in the same transaction.
 */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { type Db, fromKysely, type PgBoss } from 'pg-boss';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Catalog, isUuid, retrying } from '../catalog/connection.ts';
import { seeWorker } from '../catalog/recorders.ts';
import type { Database, JobRow } from '../catalog/tables.ts';
import type { JobOrders } from '../contract/worker.ts';
import { affected, DEAD_LETTERS, ensureQueue, startBoss } from './boss.ts';

export interface JobQueueOptions {
  readonly catalog: Catalog;
  readonly log: Log;
  readonly clock: Clock;
  /** A worker that is silent for this long has lost its job; it is free again. Default 20 s. */
  readonly leaseMs?: number;
  /** How often workers shall report. Default 5 s. */
  readonly heartbeatMs?: number;
}

export interface NewJob {
  readonly type: 'render';
  readonly kind: string;
  /** Of everything that goes in. While an equal job waits, runs, or has a result, no second one is made. */
  readonly hash: string;
  /** What is needed to build the worker's job: keys, parameters, limits. Never a signed URL, never a credential. */
  readonly payload: object;
  /** Greater goes first. */
  readonly priority?: number;
}

export interface LeaseWanted {
  readonly worker: string;
  readonly types: readonly string[];
  readonly kinds: readonly string[];
  /** How long to wait for a job, at most. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface LeasedJob {
  readonly id: string;
  /** pg-boss's retry count: 0 for the first try. Every later call names it. */
  readonly attempt: number;
  readonly type: string;
  readonly kind: string;
  readonly payload: Record<string, unknown>;
}

type Orders = JobOrders['orders'];
type Work = Transaction<Database>;

/** While jobs wait (for a retry, or for a worker of their kind), those who ask look this often. */
const LOOK_MS = 1000;
const SWEEP_MS = 2000;

export class JobQueue {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly #catalog: Catalog;
  readonly #db: Kysely<Database>;
  readonly #boss: PgBoss;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #queues = new Set<string>();
  /** Ids of jobs that wait and that run: nothing is asked of the database while there are none. */
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #wakers = new Set<() => void>();
  readonly #listeners = new Set<(job: JobRow) => void>();
  readonly #seen = new Map<string, number>();
  #sweeper: NodeJS.Timeout | undefined;
  #stopped = false;

  private constructor(options: JobQueueOptions, boss: PgBoss) {
    this.leaseMs = options.leaseMs ?? 20_000;
    this.heartbeatMs = options.heartbeatMs ?? 5000;
    this.#catalog = options.catalog;
    this.#db = options.catalog.db;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#boss = boss;
  }

  /** Starts pg-boss and takes up what an earlier hub left: running jobs get one lease time for their workers to come back. */
  static async open(options: JobQueueOptions): Promise<JobQueue> {
    const boss = await startBoss(options.catalog.execute, options.log);
    const queue = new JobQueue(options, boss);
    await ensureQueue(boss, DEAD_LETTERS);
    for (const known of await boss.getQueues()) queue.#queues.add(known.name);
    await queue.#db
      .updateTable('jobs')
      .set({ lease_until: queue.#leaseEnd() })
      .where('state', '=', 'running')
      .execute();
    for (const job of await queue.#db
      .selectFrom('jobs')
      .select(['id', 'state'])
      .where('state', 'in', ['waiting', 'running'])
      .execute())
      (job.state === 'waiting' ? queue.#waiting : queue.#running).add(job.id);
    queue.#sweepSoon();
    return queue;
  }

  /** Calls `listener` with every job that changed, after the change is in the database. Returns how to take that back. */
  onChange(listener: (job: JobRow) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts a job into the queue, or answers with the equal one that is already there. */
  async send(job: NewJob): Promise<{ job: JobRow; created: boolean }> {
    const name = queueName(job.type, job.kind);
    if (!this.#queues.has(name)) {
      await ensureQueue(this.#boss, name);
      this.#queues.add(name);
    }
    const sent = await retrying(() =>
      this.#db.transaction().execute(async (work) => {
        const id = randomUUID();
        const made = await work
          .insertInto('jobs')
          .values({
            id,
            type: job.type,
            kind: job.kind,
            hash: job.hash,
            payload: JSON.stringify(job.payload),
            state: 'waiting',
          })
          .onConflict((conflict) =>
            conflict
              .column('hash')
              .where('hash', 'is not', null)
              .where('state', 'in', ['waiting', 'running', 'done'])
              .doNothing(),
          )
          .returningAll()
          .executeTakeFirst();
        if (made) {
          await this.#boss.send(name, { id }, { id, db: on(work), priority: job.priority ?? 0 });
          return { job: made, created: true };
        }
        const equal = await work
          .selectFrom('jobs')
          .selectAll()
          .where('hash', '=', job.hash)
          .where('state', 'in', ['waiting', 'running', 'done'])
          .executeTakeFirstOrThrow();
        return { job: equal, created: false };
      }),
    );
    if (sent.created) this.#changed(sent.job);
    return sent;
  }

  async find(id: string): Promise<JobRow | undefined> {
    return isUuid(id)
      ? await this.#db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
      : undefined;
  }

  /** A job for this worker, waited for up to `waitMs`; null when there was none, or when the signal was aborted. */
  async lease(wanted: LeaseWanted): Promise<LeasedJob | null> {
    await this.#see(wanted.worker);
    const deadline = this.#clock.monotonic() + wanted.waitMs;
    for (;;) {
      if (this.#stopped || wanted.signal?.aborted) return null;
      if (this.#waiting.size > 0) {
        const leased = await this.#take(wanted);
        if (leased) return leased;
      }
      const left = deadline - this.#clock.monotonic();
      if (left <= 0) return null;
      await this.#wait(this.#waiting.size > 0 ? Math.min(left, LOOK_MS) : left, wanted.signal);
    }
  }

  /** Whether this attempt still holds its job. */
  async check(id: string, attempt: number): Promise<Orders> {
    return ordersFor(await this.find(id), attempt);
  }

  /** Renews the lease and notes how far the job is. */
  async progress(id: string, report: { attempt: number; progress: number; stage: string }): Promise<Orders> {
    if (!isUuid(id)) return 'lost';
    const row = await retrying(() =>
      this.#db
        .updateTable('jobs')
        .set({ lease_until: this.#leaseEnd(), progress: report.progress, stage: report.stage })
        .where('id', '=', id)
        .where('attempt', '=', report.attempt)
        .where('state', '=', 'running')
        .returningAll()
        .executeTakeFirst(),
    );
    if (!row) return await this.check(id, report.attempt);
    this.#changed(row);
    return 'go-on';
  }

  /** The job is done. Saying it again for the same attempt is answered in the same way. */
  async complete(id: string, report: { attempt: number; result: object }): Promise<Orders> {
    return await this.#settle(id, report.attempt, async (work, job) => {
      const settled = await this.#boss.complete(
        queueName(job.type, job.kind),
        { id, retryCount: report.attempt },
        null,
        { db: on(work) },
      );
      if (affected(settled) === 0) return undefined;
      await this.#endAttempt(work, id, report.attempt, 'done', null);
      return await work
        .updateTable('jobs')
        .set({
          state: 'done',
          progress: 1,
          stage: '',
          error: null,
          lease_until: null,
          result: JSON.stringify(report.result),
          finished_at: sql<Date>`now()`,
        })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
    });
  }

  /** The attempt failed. With `retry`, and while tries are left, the job waits for the next one; otherwise it is failed and goes to the dead letters. */
  async fail(id: string, report: { attempt: number; error: string; retry: boolean }): Promise<Orders> {
    return await this.#settle(id, report.attempt, (work, job) =>
      this.#failIn(work, job, report.error, report.retry, 'failed'),
    );
  }

  /** Stops a job that waits or runs; its worker is told with its next report. Undefined when it was finished or is unknown. */
  async cancel(id: string): Promise<JobRow | undefined> {
    const row = await retrying(() =>
      this.#db.transaction().execute(async (work) => {
        const job = await lock(work, id);
        if (!job || (job.state !== 'waiting' && job.state !== 'running')) return undefined;
        await this.#boss.cancel(queueName(job.type, job.kind), id, { db: on(work) });
        if (job.state === 'running') await this.#endAttempt(work, id, job.attempt, 'cancelled', null);
        return await work
          .updateTable('jobs')
          .set({ state: 'cancelled', stage: '', lease_until: null, finished_at: sql<Date>`now()` })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst();
      }),
    );
    if (row) this.#changed(row);
    return row;
  }

  /** The result of a job is gone (its file was deleted): an equal request makes a new job from now on. */
  async forget(id: string): Promise<void> {
    await retrying(() => this.#db.updateTable('jobs').set({ hash: null }).where('id', '=', id).execute());
  }

  /** Ends all waiting and pg-boss's timers; what runs at workers goes on. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#sweeper);
    this.#wake();
    await this.#boss.stop({ graceful: false, close: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #take(wanted: LeaseWanted): Promise<LeasedJob | undefined> {
    for (const type of wanted.types)
      for (const kind of wanted.kinds) {
        const name = queueName(type, kind);
        if (!this.#queues.has(name)) continue;
        const row = await this.#db.transaction().execute((work) => this.#takeFrom(work, name, wanted.worker));
        if (!row) continue;
        this.#changed(row);
        return {
          id: row.id,
          attempt: row.attempt,
          type: row.type,
          kind: row.kind,
          payload: row.payload as Record<string, unknown>,
        };
      }
    return undefined;
  }

  async #takeFrom(work: Work, name: string, worker: string): Promise<JobRow | undefined> {
    const [job] = await this.#boss.fetch<{ id: string }>(name, { includeMetadata: true, db: on(work) });
    if (!job) return undefined;
    const row = await work
      .updateTable('jobs')
      .set({
        state: 'running',
        attempt: job.retryCount,
        worker_id: worker,
        lease_until: this.#leaseEnd(),
        started_at: sql<Date>`now()`,
        progress: 0,
        stage: '',
      })
      .where('id', '=', job.id)
      .where('state', '=', 'waiting')
      .returningAll()
      .executeTakeFirst();
    if (!row) {
      // Its row was deleted or settled meanwhile: nobody waits for it.
      await this.#boss.cancel(name, { id: job.id, retryCount: job.retryCount }, { db: on(work) });
      return undefined;
    }
    await work
      .insertInto('job_attempts')
      .values({ job_id: job.id, attempt: job.retryCount, worker_id: worker })
      .onConflict((conflict) =>
        conflict.columns(['job_id', 'attempt']).doUpdateSet({
          worker_id: worker,
          started_at: sql<Date>`now()`,
          finished_at: null,
          outcome: null,
          error: null,
        }),
      )
      .execute();
    return row;
  }

  async #failIn(
    work: Work,
    job: JobRow,
    error: string,
    retry: boolean,
    outcome: 'failed' | 'lost',
  ): Promise<JobRow | undefined> {
    const name = queueName(job.type, job.kind);
    const attempt = { id: job.id, retryCount: job.attempt };
    const options = { db: on(work) };
    const settled = retry
      ? await this.#boss.fail(name, attempt, { error }, options)
      : await this.#boss.cancel(name, attempt, options);
    if (affected(settled) === 0) return undefined;
    const [left] = retry ? await this.#boss.findJobs(name, { id: job.id, ...options }) : [];
    const again = left?.state === 'retry';
    // pg-boss itself copies a job to the dead letters when its tries are used up.
    if (!retry) await this.#boss.send(DEAD_LETTERS, { id: job.id }, options);
    await this.#endAttempt(work, job.id, job.attempt, outcome, error);
    return await work
      .updateTable('jobs')
      .set({
        state: again ? 'waiting' : 'failed',
        error,
        stage: again ? 'Trying again soon' : '',
        lease_until: null,
        worker_id: null,
        ...(again ? {} : { finished_at: sql<Date>`now()` }),
      })
      .where('id', '=', job.id)
      .returningAll()
      .executeTakeFirst();
  }

  /** Ends a running attempt within one transaction; says `lost` or `cancel` when it is not this attempt's to end. */
  async #settle(
    id: string,
    attempt: number,
    end: (work: Work, job: JobRow) => Promise<JobRow | undefined>,
  ): Promise<Orders> {
    const { row, orders } = await retrying(() =>
      this.#db.transaction().execute(async (work) => {
        const job = await lock(work, id);
        if (job?.state !== 'running' || job.attempt !== attempt)
          return { row: undefined, orders: ordersFor(job, attempt) };
        const ended = await end(work, job);
        return { row: ended, orders: ended ? ('go-on' as const) : ('lost' as const) };
      }),
    );
    if (row) this.#changed(row);
    return orders;
  }

  async #endAttempt(
    work: Work,
    id: string,
    attempt: number,
    outcome: 'done' | 'failed' | 'cancelled' | 'lost',
    error: string | null,
  ): Promise<void> {
    await work
      .updateTable('job_attempts')
      .set({ finished_at: sql<Date>`now()`, outcome, error })
      .where('job_id', '=', id)
      .where('attempt', '=', attempt)
      .execute();
  }

  #leaseEnd() {
    return sql<Date>`now() + make_interval(secs => ${this.leaseMs / 1000})`;
  }

  #changed(job: JobRow): void {
    this.#waiting.delete(job.id);
    this.#running.delete(job.id);
    if (job.state === 'waiting') this.#waiting.add(job.id);
    if (job.state === 'running') this.#running.add(job.id);
    if (job.state === 'waiting') this.#wake();
    this.#sweepSoon();
    for (const listener of this.#listeners) listener(job);
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, ms));
      this.#wakers.add(done);
      signal?.addEventListener('abort', done);
      if (signal?.aborted) done();
    });
  }

  /** Looks for leases that have run out, as long as anything runs. */
  #sweepSoon(): void {
    if (this.#stopped || this.#sweeper || this.#running.size === 0) return;
    this.#sweeper = setTimeout(
      () => {
        this.#sweep()
          .catch((error: unknown) =>
            this.#log.warn('Leases of jobs could not be looked at; trying again.', { error: messageOf(error) }),
          )
          .finally(() => {
            this.#sweeper = undefined;
            this.#sweepSoon();
          });
      },
      Math.min(SWEEP_MS, this.leaseMs / 2),
    );
    this.#sweeper.unref();
  }

  async #sweep(): Promise<void> {
    const expired = await this.#db
      .selectFrom('jobs')
      .select(['id', 'attempt', 'worker_id'])
      .where('state', '=', 'running')
      .where('lease_until', '<', sql<Date>`now()`)
      .execute();
    for (const { id, attempt, worker_id } of expired) {
      this.#log.warn('A worker has gone silent; its job is free again.', { job: id, attempt, worker: worker_id });
      await this.#settle(id, attempt, (work, job) =>
        this.#failIn(work, job, 'The worker has gone silent.', true, 'lost'),
      );
    }
  }

  async #see(worker: string): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - (this.#seen.get(worker) ?? Number.NEGATIVE_INFINITY) < 10_000) return;
    if (this.#seen.size > 1000) this.#seen.clear();
    this.#seen.set(worker, now);
    await seeWorker(this.#db, worker);
  }
}

function queueName(type: string, kind: string): string {
  return `${type}.${kind}`;
}

function on(work: Work): Db {
  return fromKysely(work);
}

async function lock(work: Work, id: string): Promise<JobRow | undefined> {
  return isUuid(id)
    ? await work.selectFrom('jobs').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
    : undefined;
}

function ordersFor(job: JobRow | undefined, attempt: number): Orders {
  if (!job || job.attempt !== attempt) return 'lost';
  if (job.state === 'cancelled') return 'cancel';
  return job.state === 'running' || job.state === 'done' ? 'go-on' : 'lost';
}
