/** Alerts about cameras: open ones, and those of before. */
import type { Kysely } from 'kysely';
import type { Alert } from '../contract/alert.ts';
import { retrying } from './connection.ts';
import type { Database } from './tables.ts';

type Db = Kysely<Database>;

/** Writes it, or its end. What belongs to a deleted camera is left out. */
export async function writeAlert(db: Db, alert: Alert): Promise<void> {
  const { id, source, kind, reason } = alert;
  const ended_at = alert.endedAt === null ? null : new Date(alert.endedAt);
  await retrying(() =>
    db.transaction().execute(async (transaction) => {
      const there = await transaction
        .selectFrom('sources')
        .select('id')
        .where('id', '=', source)
        .forShare()
        .executeTakeFirst();
      if (!there) return;
      await transaction
        .insertInto('alerts')
        .values({
          id,
          source_id: source,
          kind,
          reason,
          since: new Date(alert.since),
          raised_at: new Date(alert.raisedAt),
          ended_at,
        })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ ended_at, reason }))
        .execute();
    }),
  );
}

/** Newest first. @param openOnly only those that go on */
export async function listAlerts(db: Db, limit: number, openOnly = false): Promise<Alert[]> {
  let query = db
    .selectFrom('alerts')
    .innerJoin('sources', 'sources.id', 'alerts.source_id')
    .selectAll('alerts')
    .select('sources.name as camera')
    .where('sources.removed', 'is', null)
    .orderBy('raised_at', 'desc')
    .limit(limit);
  if (openOnly) query = query.where('ended_at', 'is', null);
  return (await query.execute()).map((row) => ({
    id: row.id,
    source: row.source_id,
    camera: row.camera,
    kind: row.kind,
    reason: row.reason,
    since: row.since.toISOString(),
    raisedAt: row.raised_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }));
}
