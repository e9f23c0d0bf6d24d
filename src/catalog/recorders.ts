/** Recorders and workers that have been seen. Their liveness is a matter of leases; these rows are for people. */
import { type Kysely, sql } from 'kysely';
import { retrying } from './connection.ts';
import type { Database, RecorderRow, WorkerRow } from './tables.ts';

type Db = Kysely<Database>;

/** A recorder says that it is there; again after each start, with the same id. */
export async function registerRecorder(
  db: Db,
  recorder: { id: string; host: string; pid: number; capacity: number; library: string | null },
): Promise<void> {
  const { id, ...rest } = recorder;
  await retrying(() =>
    db
      .insertInto('recorders')
      .values({ id, ...rest, last_seen: new Date() })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...rest, last_seen: sql<Date>`now()` }))
      .execute(),
  );
}

/** Call it every ten seconds or so, not with every heartbeat. */
export async function seeRecorders(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await db
      .updateTable('recorders')
      .set({ last_seen: sql<Date>`now()` })
      .where('id', 'in', [...ids])
      .execute();
}

/** Seen within the last `withinMs`. */
export async function listRecorders(db: Db, withinMs: number): Promise<RecorderRow[]> {
  return await db
    .selectFrom('recorders')
    .selectAll()
    .where('last_seen', '>', sql<Date>`now() - make_interval(secs => ${withinMs / 1000})`)
    .orderBy('registered_at')
    .execute();
}

/** Seen within the last `withinMs`, each with the job that it works on. */
export async function listWorkers(db: Db, withinMs: number): Promise<(WorkerRow & { job: string | null })[]> {
  return await db
    .selectFrom('workers')
    .selectAll('workers')
    .select(({ selectFrom }) =>
      selectFrom('jobs')
        .select('jobs.id')
        .whereRef('jobs.worker_id', '=', 'workers.id')
        .where('jobs.state', '=', 'running')
        .limit(1)
        .as('job'),
    )
    .where('last_seen', '>', sql<Date>`now() - make_interval(secs => ${withinMs / 1000})`)
    .orderBy('first_seen')
    .execute();
}

/** Notes that a worker asked for work. */
export async function seeWorker(db: Db, id: string): Promise<void> {
  await db
    .insertInto('workers')
    .values({ id, last_seen: new Date() })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ last_seen: sql<Date>`now()` }))
    .execute();
}
