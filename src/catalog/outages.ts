/**
 * Outages: why a track gave nothing, and when. Recorders tell theirs, by an id that makes telling them again harmless; the hub writes
 * what only it can see.
 */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { OutageReport } from '../contract/outage.ts';
import { retrying } from './connection.ts';
import type { Database, OutageRow } from './tables.ts';

type Db = Kysely<Database>;

/** Longer ones are few, and have an index of their own. */
const LONG_MS = 86_400_000;
/** What retention removes piece by piece is one outage when no more than this lies between. */
const RETENTION_JOIN_MS = 3_600_000;
/** Footage of one run, as far as it is shown; UTC ms. */
export interface ShownStretch {
  readonly run: string;
  readonly start: number;
  readonly end: number;
}

/** An outage that the hub has seen. Without a track it is about all of them. */
export interface HubOutage {
  readonly id: string;
  readonly sourceId: string;
  readonly track: string | null;
  readonly cause: OutageRow['cause'];
  /** UTC ms. */
  readonly start: number;
  readonly end: number | null;
  readonly detail?: string;
}

/**
 * Takes what a recorder tells. Known ones get their new end; what another recorder has told is left alone, what belongs to no source
 * that exists is left out.
 * @throws Unavailable while the database is away.
 */
export async function reportOutages(db: Db, recorderId: string, reports: readonly OutageReport[]): Promise<void> {
  const last = new Map(reports.map((report) => [report.id, report]));
  await upsert(
    db,
    [...last.values()].map((report) => ({
      id: report.id,
      source_id: report.sourceId,
      track: report.track,
      cause: report.cause,
      start_at: report.start,
      end_at: report.end === null ? null : Math.max(report.start, report.end),
      detail: report.detail ?? null,
      frames: report.frames ?? null,
      run: report.run ?? null,
      missing_ms: report.missingMs ?? null,
      recorder_id: recorderId,
    })),
  );
}

/** Writes or changes one that the hub has seen. */
export async function writeOutage(db: Db, outage: HubOutage): Promise<void> {
  const { id, sourceId, track, cause, start, end, detail } = outage;
  const end_at = end === null ? null : Math.max(start, end);
  const nothing = { frames: null, run: null, missing_ms: null, recorder_id: null };
  await upsert(db, [
    { id, source_id: sourceId, track, cause, start_at: start, end_at, detail: detail ?? null, ...nothing },
  ]);
}

async function upsert(db: Db, rows: readonly OutageRow[]): Promise<void> {
  if (rows.length === 0) return;
  await retrying(() =>
    db.transaction().execute(async (transaction) => {
      const ids = [...new Set(rows.map((row) => row.source_id))];
      const sources = await transaction
        .selectFrom('sources')
        .select('id')
        .where('id', 'in', ids)
        .orderBy('id')
        .forShare()
        .execute();
      const alive = new Set(sources.map((source) => source.id));
      const wanted = rows.filter((row) => alive.has(row.source_id));
      if (wanted.length === 0) return;
      await transaction
        .insertInto('outages')
        .values(wanted)
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet((eb) => ({
              cause: eb.ref('excluded.cause'),
              start_at: eb.ref('excluded.start_at'),
              end_at: eb.ref('excluded.end_at'),
              detail: eb.ref('excluded.detail'),
              frames: eb.ref('excluded.frames'),
              missing_ms: eb.ref('excluded.missing_ms'),
            }))
            .where(sql<boolean>`outages.recorder_id is not distinct from excluded.recorder_id`)
            .whereRef('outages.source_id', '=', 'excluded.source_id'),
        )
        .execute();
    }),
  );
}

/** It was none after all. */
export async function deleteOutage(db: Db, id: string): Promise<void> {
  await retrying(() => db.deleteFrom('outages').where('id', '=', id).execute());
}

/** Those of a track that touch [from, to), also those of all tracks; in order. */
export async function outagesBetween(
  db: Db,
  sourceId: string,
  track: string,
  from: number,
  to: number,
): Promise<OutageRow[]> {
  const touching = db
    .selectFrom('outages')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where(({ eb, or }) => or([eb('track', 'is', null), eb('track', '=', track)]))
    .where('start_at', '<', to)
    .where(({ eb, or }) => or([eb('end_at', 'is', null), eb('end_at', '>', from)]));
  const near = await touching
    .where('start_at', '>=', from - LONG_MS)
    .orderBy('start_at')
    .execute();
  const long = await touching
    .where('start_at', '<', from - LONG_MS)
    .where(sql<boolean>`(end_at is null or end_at - start_at > ${sql.lit(LONG_MS)})`)
    .orderBy('start_at')
    .execute();
  return [...long, ...near];
}

/** Where the stored footage of each source that began by `now` ends, UTC ms: a clock that was set back leaves some in a time to come. */
export async function newestFootage(db: Db, now: number): Promise<Map<string, number>> {
  const { rows } = await sql<{ source_id: string; until: number }>`
    select t.source_id, max(s.shown_to) as until from tracks t cross join lateral (
      select shown_to from segments where track_id = t.id and state = 'published' and shown_from <= ${now}::bigint
      order by shown_from desc limit 1
    ) s group by t.source_id`.execute(db);
  return new Map(rows.map((row) => [row.source_id, row.until]));
}

/** Those of the hub that go on. */
export async function openHubOutages(db: Db): Promise<OutageRow[]> {
  return await db
    .selectFrom('outages')
    .selectAll()
    .where('end_at', 'is', null)
    .where('recorder_id', 'is', null)
    .execute();
}

/**
 * Notes what retention has removed, in the transaction that marks the rows or after it. Pieces that follow each other become one
 * outage that grows; telling a piece twice changes nothing.
 * @param removed what was shown of the segments, UTC ms
 */
export async function noteRetention(
  db: Db,
  removed: readonly {
    readonly sourceId: string;
    readonly track: string;
    readonly start: number;
    readonly end: number;
  }[],
): Promise<void> {
  const sorted = removed.filter((piece) => piece.end > piece.start).sort((a, b) => a.start - b.start);
  for (const [, pieces] of Map.groupBy(sorted, (piece) => `${piece.sourceId}/${piece.track}`)) {
    const joined: { sourceId: string; track: string; start: number; end: number }[] = [];
    for (const piece of pieces) {
      const last = joined.at(-1);
      if (last && piece.start - last.end <= RETENTION_JOIN_MS) last.end = Math.max(last.end, piece.end);
      else joined.push({ ...piece });
    }
    for (const piece of joined) await growRetention(db, piece);
  }
}

async function growRetention(
  db: Db,
  piece: { sourceId: string; track: string; start: number; end: number },
): Promise<void> {
  const touching = (
    await outagesBetween(
      db,
      piece.sourceId,
      piece.track,
      piece.start - RETENTION_JOIN_MS,
      piece.end + RETENTION_JOIN_MS,
    )
  ).filter((row) => row.cause === 'retention' && row.recorder_id === null && row.track === piece.track);
  const [first, ...others] = touching;
  const start = Math.min(piece.start, ...touching.map((row) => row.start_at));
  const end = Math.max(piece.end, ...touching.map((row) => row.end_at ?? piece.end));
  if (first && others.length === 0 && first.start_at === start && first.end_at === end) return;
  if (others.length > 0)
    await db
      .deleteFrom('outages')
      .where(
        'id',
        'in',
        others.map((row) => row.id),
      )
      .execute();
  if (first) await db.updateTable('outages').set({ start_at: start, end_at: end }).where('id', '=', first.id).execute();
  else {
    const { sourceId: source_id, track } = piece;
    await sql`
      insert into outages (id, source_id, track, cause, start_at, end_at)
      select ${randomUUID()}::uuid, id, ${track}, 'retention', ${start}, ${end} from sources where id = ${source_id}::uuid`.execute(
      db,
    );
  }
}

/**
 * What is shown of a track in [from, to), as one stretch for each part of a run that has no hole wider than `tolerance` ms; in order.
 * Summed in the database: a month is 40,000 rows, and a handful of stretches.
 */
export async function shownStretches(
  db: Db,
  sourceId: string,
  track: string,
  from: number,
  to: number,
  tolerance = 100,
): Promise<ShownStretch[]> {
  const { rows } = await sql<{ run: string; start: number; end: number }>`
    with found as (
      -- Only columns that the index of the timeline holds: a day's rows lie on as many pages as there are rows.
      select s.run, s.shown_from, s.shown_to,
        lag(s.run) over w as run_before,
        max(s.shown_to) over (order by s.shown_from, s.shown_to rows between unbounded preceding and 1 preceding) as end_before
      from segments s
      -- Asked for by themselves, so that both bound the search in the index whatever else is planned.
      where s.track_id = (select id from tracks where source_id = ${sourceId}::uuid and name = ${track}) and s.state = 'published'
        and s.shown_from > ${from}::bigint - 1 - (select longest_ms from tracks where source_id = ${sourceId}::uuid and name = ${track})
        and s.shown_from < ${to}::bigint and s.shown_to > ${from}::bigint
      window w as (order by s.shown_from, s.shown_to)
    ), counted as (
      select run, shown_from, shown_to,
        count(*) filter (where end_before is null or run <> run_before or shown_from - end_before > ${tolerance}::int)
          over (order by shown_from, shown_to rows between unbounded preceding and current row) as stretch
      from found
    )
    select run, min(shown_from) as start, max(shown_to) as "end" from counted group by stretch, run order by 2`.execute(
    db,
  );
  return rows.map(({ run, start, end }) => ({ run, start, end }));
}

/** When a track's shown footage begins; undefined when there is none. */
export async function firstShown(db: Db, sourceId: string, track: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('segments')
    .select('shown_from')
    .where('track_id', '=', sql<number>`(select id from tracks where source_id = ${sourceId} and name = ${track})`)
    .where('state', '=', 'published')
    .orderBy('shown_from')
    .limit(1)
    .executeTakeFirst();
  return row?.shown_from;
}

/**
 * Drops what has ended `days` before the newest footage of its source; at most `limit` rows. By footage, because a clock that has
 * leapt must not delete anything.
 * @returns how many
 */
export async function forgetOldOutages(db: Db, days: number, limit = 5000): Promise<number> {
  const { numAffectedRows } = await sql`
    with newest as (
      select t.source_id, max(s.shown_from) as at
      from tracks t cross join lateral (
        select shown_from from segments where track_id = t.id and state = 'published' order by shown_from desc limit 1
      ) s group by t.source_id
    )
    delete from outages where id in (
      select o.id from outages o join newest n on n.source_id = o.source_id
      where o.start_at < n.at - ${days * 86_400_000}::bigint and o.end_at < n.at - ${days * 86_400_000}::bigint limit ${limit})`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n);
}
