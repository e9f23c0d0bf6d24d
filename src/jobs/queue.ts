/**
 * The queue as the hub sees it. pg-boss carries the job and its retries; what it is about, how far it is, who works on it until when
 * and what came of it is in our own tables, written in the same transaction.
 */
import { type Kysely, sql } from 'kysely';
import type { PgBoss } from 'pg-boss';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Catalog, isUuid, retrying } from '../catalog/connection.ts';
import { seeWorker } from '../catalog/recorders.ts';
import type { Database, JobRow } from '../catalog/tables.ts';
import type { JobOrders } from '../contract/worker.ts';
import {
  cancelJob,
  completeJob,
  failJob,
  insertJob,
  leaseEnd,
  lockJob,
  type NewJob,
  queueName,
  takeJob,
  type Work,
} from './attempts.ts';
import { DEAD_LETTERS, ensureQueue, startBoss } from './boss.ts';
import { OpenJobs } from './open-jobs.ts';

export type { NewJob };

export interface JobQueueOptions {
  readonly catalog: Catalog;
  readonly log: Log;
  readonly clock: Clock;
  /** A worker that is silent for this long has lost its job; it is free again. Default 20 s. */
  readonly leaseMs?: number;
  /** How often workers shall report. Default 5 s. */
  readonly heartbeatMs?: number;
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

/** While jobs wait (for a retry, or for a worker of their kind), those who ask look this often. */
const LOOK_MS = 1000;
const SWEEP_MS = 2000;
/** Workers are noted in the database at most this often. */
const SEE_MS = 10_000;

export class JobQueue {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly #db: Kysely<Database>;
  readonly #boss: PgBoss;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #queues = new Set<string>();
  readonly #open = new OpenJobs();
  readonly #seen = new Map<string, number>();
  #sweeper: NodeJS.Timeout | undefined;
  #stopped = false;
  /** A change may have come through although its answer was lost: what is remembered has to be compared with the database. */
  #doubt = false;

  private constructor(options: JobQueueOptions, boss: PgBoss) {
    this.leaseMs = options.leaseMs ?? 20_000;
    this.heartbeatMs = options.heartbeatMs ?? 5000;
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
      .set({ lease_until: leaseEnd(queue.leaseMs) })
      .where('state', '=', 'running')
      .execute();
    for (const job of await queue.#db
      .selectFrom('jobs')
      .select(['id', 'state'])
      .where('state', 'in', ['waiting', 'running'])
      .execute())
      if (job.state === 'waiting' || job.state === 'running') queue.#open.adopt(job.id, job.state);
    queue.#sweepSoon();
    return queue;
  }

  /** Calls `listener` with every job that changed, after the change is in the database. Returns how to take that back. */
  onChange(listener: (job: JobRow) => void): () => void {
    return this.#open.onChange(listener);
  }

  /** Puts a job into the queue, or answers with the equal one that is already there. @throws Unavailable */
  async send(job: NewJob): Promise<{ job: JobRow; created: boolean }> {
    const name = queueName(job.type, job.kind);
    if (!this.#queues.has(name)) {
      await ensureQueue(this.#boss, name);
      this.#queues.add(name);
    }
    const sent = await this.#changing(() => this.#transact((work) => insertJob(this.#boss, work, job)));
    if (sent.created) this.#tell(sent.job);
    else this.#open.reconcile(sent.job);
    return sent;
  }

  async find(id: string): Promise<JobRow | undefined> {
    return isUuid(id)
      ? await this.#db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
      : undefined;
  }

  /** A job for this worker, waited for up to `waitMs`; null when there was none, or when the signal was aborted. @throws Unavailable */
  async lease(wanted: LeaseWanted): Promise<LeasedJob | null> {
    await this.#see(wanted.worker);
    const deadline = this.#clock.monotonic() + wanted.waitMs;
    for (;;) {
      if (this.#stopped || wanted.signal?.aborted) return null;
      if (this.#open.has('waiting')) {
        const row = await this.#take(wanted);
        if (row)
          return {
            id: row.id,
            attempt: row.attempt,
            type: row.type,
            kind: row.kind,
            payload: row.payload as Record<string, unknown>,
          };
      }
      const left = deadline - this.#clock.monotonic();
      if (left <= 0) return null;
      await this.#open.wait(this.#open.has('waiting') ? Math.min(left, LOOK_MS) : left, wanted.signal);
    }
  }

  /** Of these jobs those that neither wait nor run any more. */
  async settled(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const open = await this.#db
      .selectFrom('jobs')
      .select('id')
      .where('id', 'in', [...ids])
      .where('state', 'in', ['waiting', 'running'])
      .execute();
    const still = new Set(open.map(({ id }) => id));
    return ids.filter((id) => !still.has(id));
  }

  /** Whether this attempt still holds its job. */
  async check(id: string, attempt: number): Promise<Orders> {
    return ordersFor(await this.find(id), attempt);
  }

  /** Renews the lease and notes how far the job is. */
  async progress(id: string, report: { attempt: number; progress: number; stage: string }): Promise<Orders> {
    if (!isUuid(id)) return 'lost';
    const row = await this.#changing(() =>
      this.#db
        .updateTable('jobs')
        .set({ lease_until: leaseEnd(this.leaseMs), progress: report.progress, stage: report.stage })
        .where('id', '=', id)
        .where('attempt', '=', report.attempt)
        .where('state', '=', 'running')
        .returningAll()
        .executeTakeFirst(),
    );
    if (!row) return await this.check(id, report.attempt);
    this.#tell(row);
    return 'go-on';
  }

  /** The job is done. Saying it again for the same attempt is answered in the same way. */
  async complete(id: string, report: { attempt: number; result: object }): Promise<Orders> {
    return await this.#settle(id, report.attempt, (work, job) => completeJob(this.#boss, work, job, report.result));
  }

  /** The attempt failed. With `retry`, and while tries are left, the job waits for the next one; otherwise it is failed and goes to the dead letters. */
  async fail(id: string, report: { attempt: number; error: string; retry: boolean }): Promise<Orders> {
    return await this.#settle(id, report.attempt, (work, job) =>
      failJob(this.#boss, work, job, report.error, report.retry, 'failed'),
    );
  }

  /** Stops a job that waits or runs; its worker is told with its next report. Undefined when it was finished or is unknown. */
  async cancel(id: string): Promise<JobRow | undefined> {
    const row = await this.#changing(() =>
      this.#transact(async (work) => {
        const job = await lockJob(work, id);
        return job?.state === 'waiting' || job?.state === 'running'
          ? await cancelJob(this.#boss, work, job)
          : undefined;
      }),
    );
    if (row) this.#tell(row);
    return row;
  }

  /** Ends a job that may still wait or run, and forgets it; its worker hears `lost`. */
  async remove(id: string): Promise<void> {
    await this.cancel(id);
    await retrying(() => this.#db.deleteFrom('jobs').where('id', '=', id).execute());
  }

  /** All jobs of a type. */
  async removeAll(type: string): Promise<void> {
    for (const { id } of await this.#db.selectFrom('jobs').select('id').where('type', '=', type).execute())
      await this.remove(id);
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
    this.#open.wake();
    await this.#boss.stop({ graceful: false, close: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #take(wanted: LeaseWanted): Promise<JobRow | undefined> {
    for (const type of wanted.types)
      for (const kind of wanted.kinds) {
        const name = queueName(type, kind);
        if (!this.#queues.has(name)) continue;
        // Not repeated when the answer is lost: the job may be taken already, by nobody, until its lease runs out.
        const row = await this.#doubting(() =>
          this.#transact((work) => takeJob(this.#boss, work, name, wanted.worker, this.leaseMs)),
        );
        if (!row) continue;
        this.#tell(row);
        return row;
      }
    return undefined;
  }

  /** Ends a running attempt; says `lost` or `cancel` when it is not this attempt's to end. */
  async #settle(id: string, attempt: number, end: (work: Work, job: JobRow) => Promise<JobRow>): Promise<Orders> {
    const { job, ended, orders } = await this.#changing(() =>
      this.#transact(async (work) => {
        const held = await lockJob(work, id);
        if (held?.state !== 'running' || held.attempt !== attempt)
          return { job: held, ended: false, orders: ordersFor(held, attempt) };
        return { job: await end(work, held), ended: true, orders: 'go-on' as const };
      }),
    );
    if (job && ended) this.#tell(job);
    // It was ended before, and said again because the answer was lost: then nobody has been told yet.
    else if (job) this.#open.reconcile(job);
    return orders;
  }

  #transact<T>(step: (work: Work) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(step);
  }

  /** A change that may be made twice: repeated while the database is away. */
  #changing<T>(change: () => Promise<T>): Promise<T> {
    return this.#doubting(() => retrying(change));
  }

  /** A change that fails may have been made all the same. */
  async #doubting<T>(change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } catch (error) {
      this.#doubt = true;
      this.#sweepSoon();
      throw error;
    }
  }

  #tell(job: JobRow): void {
    this.#open.changed(job);
    this.#sweepSoon();
  }

  /** As long as anything runs, or is in doubt: looks for leases that have run out, and for what has changed unheard. */
  #sweepSoon(): void {
    if (this.#stopped || this.#sweeper || !(this.#doubt || this.#open.has('running'))) return;
    const sweep = async (): Promise<void> => {
      try {
        if (this.#doubt) await this.#recall();
        await this.#expire();
      } catch (error) {
        this.#log.warn('Jobs could not be looked after; trying again.', { error: messageOf(error) });
      }
      this.#sweeper = undefined;
      this.#sweepSoon();
    };
    this.#sweeper = setTimeout(() => void sweep(), Math.min(SWEEP_MS, this.leaseMs / 2));
    this.#sweeper.unref();
  }

  /** Compares what is remembered with the database. */
  async #recall(): Promise<void> {
    this.#doubt = false;
    const remembered = this.#open.ids;
    try {
      const rows = await this.#db
        .selectFrom('jobs')
        .selectAll()
        .where(({ eb, or }) =>
          or([
            eb('state', 'in', ['waiting', 'running']),
            ...(remembered.length > 0 ? [eb('id', 'in', remembered)] : []),
          ]),
        )
        .execute();
      const found = new Set(rows.map((row) => row.id));
      for (const id of remembered) if (!found.has(id)) this.#open.drop(id);
      for (const row of rows) this.#open.reconcile(row);
    } catch (error) {
      this.#doubt = true;
      throw error;
    }
  }

  async #expire(): Promise<void> {
    const expired = await this.#db
      .selectFrom('jobs')
      .select(['id', 'attempt', 'worker_id'])
      .where('state', '=', 'running')
      .where('lease_until', '<', sql<Date>`now()`)
      .execute();
    for (const { id, attempt, worker_id } of expired) {
      this.#log.warn('A worker has gone silent; its job is free again.', { job: id, attempt, worker: worker_id });
      await this.#settle(id, attempt, (work, job) =>
        failJob(this.#boss, work, job, 'The worker has gone silent.', true, 'lost'),
      );
    }
  }

  async #see(worker: string): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - (this.#seen.get(worker) ?? Number.NEGATIVE_INFINITY) < SEE_MS) return;
    if (this.#seen.size > 1000) this.#seen.clear();
    this.#seen.set(worker, now);
    await seeWorker(this.#db, worker);
  }
}

function ordersFor(job: JobRow | undefined, attempt: number): Orders {
  if (!job || job.attempt !== attempt) return 'lost';
  if (job.state === 'cancelled') return 'cancel';
  return job.state === 'running' || job.state === 'done' ? 'go-on' : 'lost';
}
