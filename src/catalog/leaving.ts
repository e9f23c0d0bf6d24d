/**
 * Segments on their way out, in two steps: marked, so that nobody is shown them; then, when the file is gone, removed.
 */
import { type Kysely, sql } from 'kysely';
import { retrying } from './connection.ts';
import type { Segment } from './segments.ts';
import type { Database } from './tables.ts';

type Db = Kysely<Database>;

/**
 * First step of a deletion: from now on nobody is shown these. Returns those that were not marked before.
 * @param wish without `protectedToo` what somebody has protected meanwhile stays
 */
export async function markDeleting(
  db: Db,
  ids: readonly number[],
  wish: { readonly protectedToo: boolean } = { protectedToo: true },
): Promise<number[]> {
  if (ids.length === 0) return [];
  const { rows } = await retrying(() =>
    sql<{ id: number }>`update segments s set state = 'deleting'
      where s.id = any(${ids}::bigint[]) and s.state <> 'deleting'
        and (${wish.protectedToo}::boolean or not exists (
          select from tracks t join protections p on p.source_id = t.source_id and (p.track is null or p.track = t.name)
          where t.id = s.track_id and p.start_at < s.wall_start + s.duration_ms and p.end_at > s.wall_start))
      returning s.id`.execute(db),
  );
  return rows.map((row) => row.id);
}

/** Marked ones whose files may still be there, by id, from the one after `after` on. */
export async function deleting(db: Db, limit = 200, after = 0): Promise<Segment[]> {
  return await db
    .selectFrom('segments')
    .innerJoin('tracks', 'tracks.id', 'segments.track_id')
    .selectAll('segments')
    .select(['tracks.source_id', 'tracks.name as track'])
    .where('segments.state', '=', 'deleting')
    .where('segments.id', '>', after)
    .orderBy('segments.id')
    .limit(limit)
    .execute();
}

/** Last step of a deletion, after the file is gone and its folder synced. Rows that are not marked are left alone. */
export async function deleteRows(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await retrying(() => sql`delete from segments where id = any(${ids}::bigint[]) and state = 'deleting'`.execute(db));
}
