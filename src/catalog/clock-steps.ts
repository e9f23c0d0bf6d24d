/** When the clock of a recorder was set, and by how much: an hour of footage that is said to be of another hour is explained by it. */
import type { Kysely } from 'kysely';
import type { ClockStep } from '../contract/outage.ts';
import { retrying } from './connection.ts';
import type { Database } from './tables.ts';

/** A clock that is set each second for ever must not fill the database. */
const MOST = 10_000;

/** Idempotent by id. The oldest go when there are too many. @throws Unavailable while the database is away */
export async function noteClockSteps(
  db: Kysely<Database>,
  recorder: string,
  steps: readonly ClockStep[],
): Promise<void> {
  if (steps.length === 0) return;
  const rows = steps.map(({ id, at, byMs }) => ({ id, recorder_id: recorder, at, by_ms: byMs }));
  await retrying(async () => {
    await db
      .insertInto('clock_steps')
      .values(rows)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    await db
      .deleteFrom('clock_steps')
      .where('id', 'in', (of) =>
        of.selectFrom('clock_steps').select('id').orderBy('at', 'desc').orderBy('id').offset(MOST),
      )
      .execute();
  });
}

/** Newest first, each with the host that its recorder last had; `host` null: the recorder is not known. */
export async function clockSteps(
  db: Kysely<Database>,
  limit = 100,
): Promise<(ClockStep & { recorder: string; host: string | null })[]> {
  const rows = await db
    .selectFrom('clock_steps')
    .leftJoin('recorders', 'recorders.id', 'clock_steps.recorder_id')
    .selectAll('clock_steps')
    .select('recorders.host')
    .orderBy('at', 'desc')
    .orderBy('clock_steps.id')
    .limit(limit)
    .execute();
  return rows.map(({ id, recorder_id, at, by_ms, host }) => ({ id, recorder: recorder_id, host, at, byMs: by_ms }));
}
