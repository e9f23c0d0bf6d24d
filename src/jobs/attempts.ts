/**
 * The steps of a job's life, each within one transaction on both pg-boss's tables and ours. Ours are what counts; pg-boss carries
 * the waiting, the order and the retries, and is told by id and attempt, never by a bare id.
 */
import { randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { type Db, fromKysely, type PgBoss } from 'pg-boss';
import { isUuid } from '../catalog/connection.ts';
import type { Database, JobRow } from '../catalog/tables.ts';
import { DEAD_LETTERS } from './boss.ts';

export type Work = Transaction<Database>;

export interface NewJob {
  readonly type: 'render' | 'transcode';
  readonly kind: string;
  /** Of everything that goes in. While an equal job waits, runs, or has a result, no second one is made. */
  readonly hash: string;
  /** What is needed to build the worker's job: keys, parameters, limits. Never a signed URL, never a credential. */
  readonly payload: object;
  /** Greater goes first. */
  readonly priority?: number;
}

type Outcome = 'done' | 'failed' | 'cancelled' | 'lost';

const SHARED = ['waiting', 'running', 'done'] as const;

export function queueName(type: string, kind: string): string {
  return `${type}.${kind}`;
}

/** The end of a lease that is taken or renewed now, by the database's clock. */
export function leaseEnd(leaseMs: number) {
  return sql<Date>`now() + make_interval(secs => ${leaseMs / 1000})`;
}

/** Inserts a job, or finds the equal one. */
export async function insertJob(boss: PgBoss, work: Work, job: NewJob): Promise<{ job: JobRow; created: boolean }> {
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
        .where('state', 'in', [...SHARED])
        .doNothing(),
    )
    .returningAll()
    .executeTakeFirst();
  if (made) {
    await boss.send(queueName(job.type, job.kind), { id }, { id, db: on(work), priority: job.priority ?? 0 });
    return { job: made, created: true };
  }
  const equal = await work
    .selectFrom('jobs')
    .selectAll()
    .where('hash', '=', job.hash)
    .where('state', 'in', [...SHARED])
    .executeTakeFirstOrThrow();
  return { job: equal, created: false };
}

/** The next job of a queue, given to a worker; undefined when there is none that is due. */
export async function takeJob(
  boss: PgBoss,
  work: Work,
  queue: string,
  worker: string,
  leaseMs: number,
): Promise<JobRow | undefined> {
  const [job] = await boss.fetch<{ id: string }>(queue, { includeMetadata: true, db: on(work) });
  if (!job) return undefined;
  const row = await work
    .updateTable('jobs')
    .set({
      state: 'running',
      attempt: job.retryCount,
      worker_id: worker,
      lease_until: leaseEnd(leaseMs),
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
    await boss.cancel(queue, { id: job.id, retryCount: job.retryCount }, { db: on(work) });
    return undefined;
  }
  const again = { worker_id: worker, started_at: sql<Date>`now()`, finished_at: null, outcome: null, error: null };
  await work
    .insertInto('job_attempts')
    .values({ job_id: job.id, attempt: job.retryCount, worker_id: worker })
    .onConflict((conflict) => conflict.columns(['job_id', 'attempt']).doUpdateSet(again))
    .execute();
  return row;
}

/** Ends a running job with its result. */
export async function completeJob(boss: PgBoss, work: Work, job: JobRow, result: object): Promise<JobRow> {
  await boss.complete(queueName(job.type, job.kind), { id: job.id, retryCount: job.attempt }, null, { db: on(work) });
  await endAttempt(work, job, 'done', null);
  return await work
    .updateTable('jobs')
    .set({
      state: 'done',
      progress: 1,
      stage: '',
      error: null,
      lease_until: null,
      result: JSON.stringify(result),
      finished_at: sql<Date>`now()`,
    })
    .where('id', '=', job.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Ends a running attempt without a result: the job waits for its next try, or is failed and goes to the dead letters. */
export async function failJob(
  boss: PgBoss,
  work: Work,
  job: JobRow,
  error: string,
  retry: boolean,
  outcome: 'failed' | 'lost',
): Promise<JobRow> {
  const queue = queueName(job.type, job.kind);
  const attempt = { id: job.id, retryCount: job.attempt };
  const options = { db: on(work) };
  let again = false;
  if (retry) {
    // When its tries are used up, pg-boss itself copies it to the dead letters.
    await boss.fail(queue, attempt, { error }, options);
    const [left] = await boss.findJobs(queue, { id: job.id, ...options });
    again = left?.state === 'retry' || left?.state === 'created';
  } else {
    await boss.cancel(queue, attempt, options);
    await boss.send(DEAD_LETTERS, { id: job.id }, options);
  }
  await endAttempt(work, job, outcome, error);
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
    .executeTakeFirstOrThrow();
}

/** Ends a job that waits or runs, because nobody wants it any more. */
export async function cancelJob(boss: PgBoss, work: Work, job: JobRow): Promise<JobRow> {
  await boss.cancel(queueName(job.type, job.kind), job.id, { db: on(work) });
  if (job.state === 'running') await endAttempt(work, job, 'cancelled', null);
  return await work
    .updateTable('jobs')
    .set({ state: 'cancelled', stage: '', lease_until: null, finished_at: sql<Date>`now()` })
    .where('id', '=', job.id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The row, held until the transaction ends. */
export async function lockJob(work: Work, id: string): Promise<JobRow | undefined> {
  return isUuid(id)
    ? await work.selectFrom('jobs').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
    : undefined;
}

async function endAttempt(work: Work, job: JobRow, outcome: Outcome, error: string | null): Promise<void> {
  await work
    .updateTable('job_attempts')
    .set({ finished_at: sql<Date>`now()`, outcome, error })
    .where('job_id', '=', job.id)
    .where('attempt', '=', job.attempt)
    .execute();
}

function on(work: Work): Db {
  return fromKysely(work);
}
