/** Clips: what somebody asked for, how far it is, and what came of it. The job behind a clip is in `src/jobs`. */
import { type Kysely, sql } from 'kysely';
import { isUuid, retrying } from './connection.ts';
import type { ClipResultRow, ClipRow, ClipStateName, Database } from './tables.ts';

type Db = Kysely<Database>;

export interface NewClip {
  readonly id: string;
  readonly title: string;
  readonly request: object;
  readonly plan?: object | null;
  readonly createdBy: string | null;
  /** Id of the account that asks. */
  readonly owner?: string | null;
}

/** Undefined fields are left as they are. */
export interface ClipChange {
  readonly title?: string;
  readonly plan?: object | null;
  readonly state?: ClipStateName;
  readonly progress?: number;
  readonly stage?: string;
  readonly error?: string | null;
  readonly jobId?: string | null;
  readonly result?: ClipResultRow | null;
}

const FINAL: readonly ClipStateName[] = ['done', 'failed', 'cancelled'];

export async function createClip(db: Db, clip: NewClip): Promise<ClipRow> {
  return await db
    .insertInto('clips')
    .values({
      id: clip.id,
      title: clip.title,
      request: JSON.stringify(clip.request),
      plan: clip.plan ? JSON.stringify(clip.plan) : null,
      state: 'waiting',
      created_by: clip.createdBy,
      owner: clip.owner ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Newest first: those that this account may see (null: a program). */
export async function listClips(db: Db, limit: number, asker: string | null): Promise<ClipRow[]> {
  const mine = sql<boolean>`(plan->>'privateTo' is null or plan->>'privateTo' = ${asker ?? ''})`;
  return await db
    .selectFrom('clips')
    .selectAll()
    .where(mine)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

export async function findClip(db: Db, id: string): Promise<ClipRow | undefined> {
  return isUuid(id) ? await db.selectFrom('clips').selectAll().where('id', '=', id).executeTakeFirst() : undefined;
}

/** Waiting and running ones: what a hub goes on with after its start. Oldest first. */
export async function openClips(db: Db): Promise<ClipRow[]> {
  return await db
    .selectFrom('clips')
    .selectAll()
    .where('state', 'in', ['waiting', 'running'])
    .orderBy('created_at')
    .execute();
}

/** How many wait or run. */
export async function countOpenClips(db: Db): Promise<number> {
  const row = await db
    .selectFrom('clips')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', 'in', ['waiting', 'running'])
    .executeTakeFirst();
  return row?.count ?? 0;
}

export async function clipsOfJob(db: Db, jobId: string): Promise<ClipRow[]> {
  return await db.selectFrom('clips').selectAll().where('job_id', '=', jobId).orderBy('created_at').execute();
}

/** Clips whose result lies under this blob key: a file goes when the last of them goes. */
export async function clipsOfKey(db: Db, key: string): Promise<ClipRow[]> {
  return await db.selectFrom('clips').selectAll().where(sql`result->>'key'`, '=', key).execute();
}

/**
 * Changes a clip that is not finished; undefined when it is finished or gone. A final state sets `finished_at`.
 * `progress` may be sent often; it is one small update.
 */
export async function changeClip(db: Db, id: string, change: ClipChange): Promise<ClipRow | undefined> {
  return await retrying(() =>
    db
      .updateTable('clips')
      .set({
        ...(change.title === undefined ? {} : { title: change.title }),
        ...(change.plan === undefined ? {} : { plan: change.plan === null ? null : JSON.stringify(change.plan) }),
        ...(change.state === undefined ? {} : { state: change.state }),
        ...(change.progress === undefined ? {} : { progress: change.progress }),
        ...(change.stage === undefined ? {} : { stage: change.stage }),
        ...(change.error === undefined ? {} : { error: change.error }),
        ...(change.jobId === undefined ? {} : { job_id: change.jobId }),
        ...(change.result === undefined
          ? {}
          : { result: change.result === null ? null : JSON.stringify(change.result) }),
        ...(change.state !== undefined && FINAL.includes(change.state) ? { finished_at: sql<Date>`now()` } : {}),
        // A change without a field would be no statement at all.
        id,
      })
      .where('id', '=', id)
      .where('state', 'in', ['waiting', 'running'])
      .returningAll()
      .executeTakeFirst(),
  );
}

/** Undefined when there was none. */
export async function deleteClip(db: Db, id: string): Promise<ClipRow | undefined> {
  return await db.deleteFrom('clips').where('id', '=', id).returningAll().executeTakeFirst();
}
