/**
 * Protected ranges: footage that no limit removes.
 */
import { type Kysely, sql } from 'kysely';
import type { Database, ProtectionRow } from './tables.ts';

type Db = Kysely<Database>;

export type NewProtection = Omit<ProtectionRow, 'created_at'>;

/** False when the source has `most` already. */
export async function addProtection(db: Db, range: NewProtection, most: number): Promise<ProtectionRow | undefined> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select 1 from sources where id = ${range.source_id} for update`.execute(transaction);
    const { count } = await transaction
      .selectFrom('protections')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('source_id', '=', range.source_id)
      .executeTakeFirstOrThrow();
    if (count >= most) return undefined;
    return await transaction.insertInto('protections').values(range).returningAll().executeTakeFirstOrThrow();
  });
}

/** Of a source, in order. */
export async function protectionsOf(db: Db, sourceId: string): Promise<ProtectionRow[]> {
  return await db
    .selectFrom('protections')
    .selectAll()
    .where('source_id', '=', sourceId)
    .orderBy('start_at')
    .orderBy('id')
    .execute();
}

/** False when the source has none of that id. */
export async function removeProtection(db: Db, sourceId: string, id: string): Promise<boolean> {
  const gone = await db
    .deleteFrom('protections')
    .where('source_id', '=', sourceId)
    .where('id', '=', id)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

/** Of every source; for retention. */
export async function allProtections(
  db: Db,
): Promise<Map<string, { readonly track: string | null; readonly start: number; readonly end: number }[]>> {
  const found = new Map<string, { track: string | null; start: number; end: number }[]>();
  const rows = await db.selectFrom('protections').select(['source_id', 'track', 'start_at', 'end_at']).execute();
  for (const { source_id: id, track, start_at: start, end_at: end } of rows)
    found.set(id, [...(found.get(id) ?? []), { track, start, end }]);
  return found;
}
