/**
 * Moments: what happened, or what a person has marked.
 */
import { type Kysely, sql } from 'kysely';
import type { Database, MomentRow } from './tables.ts';

type Db = Kysely<Database>;

/** No moment is longer; what bounds every search by time. */
export const LONGEST_MOMENT_MS = 86_400_000;

export type NewMoment = Omit<MomentRow, 'created_at' | 'drive_id' | 'clipped_at'>;

export async function addMoment(db: Db, moment: NewMoment): Promise<MomentRow> {
  return await db.insertInto('moments').values(moment).returningAll().executeTakeFirstOrThrow();
}

/** Those that touch [from, to), in order, at most `limit`. Times are UTC ms. */
export async function momentsBetween(
  db: Db,
  sourceId: string,
  range: { readonly from: number; readonly to: number; readonly kind?: string; readonly limit: number },
): Promise<MomentRow[]> {
  let query = db
    .selectFrom('moments')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('start_at', '>=', range.from - LONGEST_MOMENT_MS)
    .where('start_at', '<', range.to)
    .where('end_at', '>=', range.from);
  if (range.kind !== undefined) query = query.where('kind', '=', range.kind);
  return await query.orderBy('start_at').orderBy('id').limit(range.limit).execute();
}

/** Only one of that kind, where it is given. False when the source has none such. */
export async function removeMoment(db: Db, sourceId: string, id: string, kind?: string): Promise<boolean> {
  let query = db.deleteFrom('moments').where('source_id', '=', sourceId).where('id', '=', id);
  if (kind !== undefined) query = query.where('kind', '=', kind);
  const gone = await query.executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

/** What touches any of these stretches, by source, without what it was; for retention. */
export async function momentsAround(
  db: Db,
  stretches: readonly { readonly sourceId: string; readonly from: number; readonly to: number }[],
): Promise<Map<string, { track: string | null; start: number; end: number }[]>> {
  const found = new Map<string, { track: string | null; start: number; end: number }[]>();
  if (stretches.length === 0) return found;
  const { rows } = await sql<{ id: string; track: string | null; start: number; end: number }>`
    select distinct on (m.id) m.source_id as id, m.track, m.start_at as start, m.end_at as end
    from unnest(${stretches.map((one) => one.sourceId)}::uuid[], ${stretches.map((one) => one.from)}::bigint[],
        ${stretches.map((one) => one.to)}::bigint[]) as r (id, starts, ends)
      join moments m on m.source_id = r.id and m.start_at >= r.starts - ${LONGEST_MOMENT_MS}::bigint and m.start_at < r.ends and m.end_at >= r.starts`.execute(
    db,
  );
  for (const { id, ...range } of rows) found.set(id, [...(found.get(id) ?? []), range]);
  return found;
}
