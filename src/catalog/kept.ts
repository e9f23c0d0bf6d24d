/**
 * Kept segments as retention looks at them: the oldest of each class, in one question for all tracks, whatever there is behind them.
 */
import { type Kysely, sql } from 'kysely';
import type { Database } from './tables.ts';

type Db = Kysely<Database>;

/**
 * `plain` and `moment` are footage that is or was shown, without and with a moment in it; `shadow` never was. Protected footage is in none of
 * them.
 */
export type KeptClass = 'shadow' | 'plain' | 'moment';

/** A stretch of a track in one library in which to look. Times are UTC ms of segments' starts. */
export interface KeptWindow {
  readonly trackId: number;
  readonly store: number;
  readonly class: KeptClass;
  readonly from: number;
  readonly to: number;
  /** A moment counts only for segments that end after this; UTC ms. */
  readonly momentsAfter: number;
}

export interface KeptRow {
  readonly id: number;
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  readonly store: number;
  readonly shadow: boolean;
}

/** For each window the oldest segments in it, oldest first, at most `limit`. */
export async function oldestIn(db: Db, windows: readonly KeptWindow[], limit: number): Promise<KeptRow[][]> {
  const lists: KeptRow[][] = windows.map(() => []);
  for (const [shadow, state] of [
    [false, "s.state <> 'deleting' and (s.state = 'published' or s.was_shown)"],
    [true, "s.state = 'shadow' and not s.was_shown"],
  ] as const) {
    const asked = windows.map((window, at) => ({ ...window, at })).filter((one) => (one.class === 'shadow') === shadow);
    if (asked.length === 0) continue;
    // The state is written out: a partial index is used only where the planner sees it.
    const { rows } = await sql<KeptRow & { at: number }>`
      select w.at, s.id, s.key, s.wall_start as start, s.wall_start + s.duration_ms as end, s.bytes, s.store, ${shadow}::boolean as shadow
      from unnest(
          ${asked.map((one) => one.at)}::int[], ${asked.map((one) => one.trackId)}::bigint[], ${asked.map((one) => one.store)}::int[],
          ${asked.map((one) => one.from)}::bigint[], ${asked.map((one) => one.to)}::bigint[],
          ${asked.map((one) => one.class === 'moment')}::boolean[], ${asked.map((one) => one.momentsAfter)}::bigint[]
        ) as w (at, track_id, store, starts, ends, of_moments, moments_after)
        join tracks t on t.id = w.track_id
        cross join lateral (
          select * from segments s
          where s.track_id = w.track_id and s.store = w.store and s.wall_start >= w.starts and s.wall_start < w.ends
            and ${sql.raw(state)}
            -- Compared, not “not exists”: that could become a join, and a join reads the whole track before the first row.
            and exists (select from protections p where p.source_id = t.source_id and (p.track is null or p.track = t.name)
              and p.start_at < s.wall_start + s.duration_ms and p.end_at > s.wall_start) = false
            and (${shadow}::boolean or w.of_moments = (s.wall_start + s.duration_ms > w.moments_after
              and exists (select from moments m where m.source_id = t.source_id and (m.track is null or m.track = t.name)
                and m.start_at > s.wall_start - 86400001 and m.start_at < s.wall_start + s.duration_ms and m.end_at >= s.wall_start)))
          order by s.wall_start limit ${limit}
        ) as s
      order by w.at, s.wall_start, s.id`.execute(db);
    for (const { at, ...row } of rows) lists[at]?.push(row);
  }
  return lists;
}

/** Every track there is, and which libraries hold footage of it. */
export async function keptTracks(
  db: Db,
): Promise<
  { readonly id: number; readonly sourceId: string; readonly name: string; readonly stores: readonly number[] }[]
> {
  const { rows } = await sql<{ id: number; sourceId: string; name: string; stores: number[] }>`
    select t.id, t.source_id as "sourceId", t.name, array_agg(distinct d.store::int) as stores
    from tracks t join segment_days d on d.track_id = t.id and d.segments > 0
    group by t.id order by t.id`.execute(db);
  return rows;
}

/** Bytes of each source that protections hold. Reads the rows of what is protected: ask when protections have changed. */
export async function protectedBytes(db: Db): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; bytes: number }>`
    with held as (
      select t.source_id, t.id as track_id, t.longest_ms, r.ranges
      from tracks t cross join lateral (
        select range_agg(int8range(p.start_at, p.end_at)) as ranges from protections p
        where p.source_id = t.source_id and (p.track is null or p.track = t.name)) as r
      where r.ranges is not null)
    select h.source_id as id, sum(s.bytes)::bigint as bytes
    from held h cross join lateral (
      select distinct on (found.id) found.bytes
      from unnest(h.ranges) as one (range) cross join (values (0), (1)) as stores (store) cross join lateral (
        select s.id, s.bytes from segments s
        where s.track_id = h.track_id and s.store = stores.store and s.state <> 'deleting'
          and s.wall_start > lower(one.range) - h.longest_ms - 1 and s.wall_start < upper(one.range)
          and s.wall_start + s.duration_ms > lower(one.range)
        -- Range by range through the index, however few rows the planner thinks there are.
        offset 0) as found) as s
    group by 1`.execute(db);
  return new Map(rows.map((row) => [row.id, row.bytes]));
}
