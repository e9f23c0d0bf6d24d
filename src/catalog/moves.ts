/**
 * Moving segments to the archive, as the catalog sees it: said before it begins, done in one statement, forgotten when it is over.
 */
import { type Kysely, sql } from 'kysely';
import type { Database } from './tables.ts';

type Db = Kysely<Database>;

/** A segment of the first library that is old enough to move. */
export interface Movable {
  readonly id: number;
  readonly sourceId: string;
  readonly key: string;
  /** UTC ms. */
  readonly end: number;
  readonly bytes: number;
  readonly sha256: Buffer;
}

/** A move that was begun: what its segment's row says now. */
export interface BegunMove {
  readonly id: number;
  readonly key: string;
  readonly moved: boolean;
  /** Its row is there, and shown or shadow. */
  readonly kept: boolean;
  /** Of the segment; null when its row is gone. */
  readonly bytes: number | null;
}

/** Of each source the oldest segments in the first library that begin before its moment (UTC ms), at most `limit` of each track; not `without`. */
export async function movableSegments(
  db: Db,
  before: ReadonlyMap<string, number>,
  limit: number,
  without: readonly number[],
): Promise<Movable[]> {
  if (before.size === 0) return [];
  const { rows } = await sql<Movable>`
    select s.id, t.source_id as "sourceId", s.key, s.wall_start + s.duration_ms as end, s.bytes, s.sha256
    from unnest(${[...before.keys()]}::uuid[], ${[...before.values()].map(Math.floor)}::bigint[]) as w (source_id, before)
      join tracks t on t.source_id = w.source_id
      cross join lateral (
        select * from segments s where s.track_id = t.id and s.store = 0 and s.wall_start < w.before and s.state <> 'deleting'
          and s.id <> all (${without}::bigint[])
        order by s.wall_start limit ${limit}) as s`.execute(db);
  return rows;
}

/** Says that a copy is about to be made. False when the segment is not there to be moved any more. */
export async function beginMove(db: Db, id: number): Promise<boolean> {
  const { rows } = await sql`
    insert into segment_moves (segment_id, key) select id, key from segments where id = ${id} and store = 0 and state <> 'deleting'
    on conflict (segment_id) do update set key = excluded.key returning segment_id`.execute(db);
  return rows.length > 0;
}

/** The copy is whole: from now on the segment is read there. False when the segment was marked for deletion meanwhile. */
export async function commitMove(db: Db, id: number): Promise<boolean> {
  const { rows } = await sql`
    with there as (update segments set store = 1 where id = ${id} and store = 0 and state <> 'deleting' returning id)
    update segment_moves set moved = true where segment_id in (select id from there) returning segment_id`.execute(db);
  return rows.length > 0;
}

/** The archive has lost its copy before the original was removed: that is the segment again. */
export async function revertMove(db: Db, id: number): Promise<void> {
  await sql`with back as (update segments set store = 0 where id = ${id} and store = 1)
    delete from segment_moves where segment_id = ${id}`.execute(db);
}

/** Nothing is left of it to do. */
export async function endMove(db: Db, id: number): Promise<void> {
  await db.deleteFrom('segment_moves').where('segment_id', '=', id).execute();
}

/** What was begun and not ended; after a crash these are finished first. */
export async function begunMoves(db: Db): Promise<BegunMove[]> {
  const { rows } = await sql<BegunMove>`
    select m.segment_id as id, m.key, m.moved, s.id is not null as kept, s.bytes
    from segment_moves m left join segments s on s.id = m.segment_id and s.state <> 'deleting' order by m.segment_id`.execute(
    db,
  );
  return rows;
}

/** Whether the archive holds anything. */
export async function holdsArchived(db: Db): Promise<boolean> {
  const { rows } = await sql`select 1 from segment_days where store = 1 and segments > 0 limit 1`.execute(db);
  return rows.length > 0;
}
