/**
 * Sums of segments by track and UTC day. Triggers keep them with the rows (migration 4), so that nothing here reads a row of a
 * segment, however many there are.
 */
import { type Kysely, sql } from 'kysely';
import type { Database } from './tables.ts';

type Db = Kysely<Database>;

export const DAY_MS = 86_400_000;

/** What is kept of one source. */
export interface Total {
  readonly sourceId: string;
  /** Bytes on disk, shadows included, those on their way out not. */
  readonly bytes: number;
  readonly segments: number;
  /** Bytes by library: the first, the archive. */
  readonly byStore: readonly [number, number];
  /** Extent of what is shown, UTC ms; null when nothing is. */
  readonly from: number | null;
  readonly to: number | null;
}

/** Per source, deleted ones included. */
export async function totals(db: Db, sourceId?: string): Promise<Total[]> {
  const { rows } = await sql<Omit<Total, 'byStore'> & { first: number; archive: number }>`
    select t.source_id as "sourceId", coalesce(sum(d.bytes), 0)::bigint as bytes, coalesce(sum(d.segments), 0)::bigint as segments,
      coalesce(sum(d.bytes) filter (where d.store = 0), 0)::bigint as first,
      coalesce(sum(d.bytes) filter (where d.store = 1), 0)::bigint as archive,
      min(d.first_shown) as "from", max(d.last_shown) as "to"
    from tracks t left join segment_days d on d.track_id = t.id
    ${sourceId === undefined ? sql`` : sql`where t.source_id = ${sourceId}`}
    group by t.source_id`.execute(db);
  return rows.map(({ first, archive, ...row }) => ({ ...row, byStore: [first, archive] as const }));
}

/** One UTC day of one track, both libraries together. */
export interface DayTotal {
  readonly sourceId: string;
  readonly track: string;
  /** UTC days since 1970. */
  readonly day: number;
  readonly segments: number;
  readonly bytes: number;
  /** At most a day: what overlaps counts once. */
  readonly coveredMs: number;
  readonly from: number | null;
  readonly to: number | null;
}

/** Days that [from, to) touches and that have anything, in order. Times are UTC ms. */
export async function dayTotals(
  db: Db,
  range: { readonly from: number; readonly to: number; readonly sourceId?: string },
): Promise<DayTotal[]> {
  const { rows } = await sql<DayTotal>`
    select t.source_id as "sourceId", t.name as track, d.day, sum(d.segments)::bigint as segments, sum(d.bytes)::bigint as bytes,
      least(sum(d.covered_ms), ${DAY_MS})::bigint as "coveredMs", min(d.first_shown) as "from", max(d.last_shown) as "to"
    from segment_days d join tracks t on t.id = d.track_id
    where d.day between ${Math.floor(range.from / DAY_MS)}::int and ${Math.floor((range.to - 1) / DAY_MS)}::int
      ${range.sourceId === undefined ? sql`` : sql`and t.source_id = ${range.sourceId}`}
    group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  return rows;
}

/** Bytes that each source recorded per whole day, averaged over the last `days` days before today that it has footage of; for forecasts. */
export async function bytesPerDay(db: Db, now: number, days = 7): Promise<Map<string, number>> {
  const today = Math.floor(now / DAY_MS);
  const { rows } = await sql<{ id: string; bytes: number }>`
    select source_id as id, (sum(bytes) / count(*))::bigint as bytes from (
      select t.source_id, d.day, sum(d.bytes) as bytes from segment_days d join tracks t on t.id = d.track_id
      where d.day >= ${today - days}::int and d.day < ${today}::int group by 1, 2) as of_days
    group by 1`.execute(db);
  return new Map(rows.map((row) => [row.id, row.bytes]));
}

/** Counts every row afresh: what `vidette index` ends with. Nobody writes segments meanwhile. */
export async function recountDays(db: Db): Promise<void> {
  await sql`select recount_segment_days()`.execute(db);
}
