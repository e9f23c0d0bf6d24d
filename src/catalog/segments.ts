/**
 * Segments: one row each. The hub alone writes them; reports of the same segment may come any number of times.
 *
 * For any moment of a track at most one segment is shown. Where two recorders wrote the same time, the higher fencing token wins
 * the overlap: the other is shown only outside of it (`shown_from`–`shown_to`), or is a `shadow` when nothing of it is left.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import { UserError } from '../base/errors.ts';
import type { SegmentReport } from '../contract/recorder.ts';
import { retrying } from './connection.ts';
import { fence } from './fencing.ts';
import type { Database, SegmentRow } from './tables.ts';

type Db = Kysely<Database>;

/** No segment is longer; what bounds every search by time. */
const LONGEST_SEGMENT_MS = 21_600_000;

export interface Receipt {
  readonly state: 'published' | 'shadow' | 'gone';
  readonly key: string;
}

/** A segment with the source and the track it belongs to. */
export interface Segment extends SegmentRow {
  readonly source_id: string;
  readonly track: string;
}

/** A stretch without a hole; see {@link spans}. */
export interface Span {
  /** UTC ms. */
  readonly start: number;
  readonly end: number;
  readonly codec: string;
  readonly audioCodec: string | null;
  /** The run of its last segment. */
  readonly run: string;
}

/**
 * Writes what recorders report, in one transaction, and answers in the order of the reports. Idempotent on source, track, run and
 * sequence. A report for a source that is gone is answered `gone`; when that source was deleted together with its footage, the
 * segment is noted as `deleting`, so that its file goes too.
 * @throws Unavailable while the database is away; UserError when a duration is impossible.
 */
export async function insertReports(db: Db, reports: readonly SegmentReport[]): Promise<Receipt[]> {
  if (reports.length === 0) return [];
  for (const report of reports)
    if (report.durationMs > LONGEST_SEGMENT_MS)
      throw new UserError(
        `A segment of ${report.track} is said to be ${report.durationMs} ms long.`,
        'Segments are at most six hours long.',
        { code: 'invalid' },
      );
  return await retrying(() => db.transaction().execute((transaction) => insertIn(transaction, reports)));
}

async function insertIn(transaction: Transaction<Database>, reports: readonly SegmentReport[]): Promise<Receipt[]> {
  const sourceIds = [...new Set(reports.map((report) => report.sourceId))];
  const sources = await transaction
    .selectFrom('sources')
    .select(['id', 'removed'])
    .where('id', 'in', sourceIds)
    .orderBy('id')
    .forShare()
    .execute();
  const removed = new Map(sources.map((source) => [source.id, source.removed]));
  const trackIds = await ensureTracks(
    transaction,
    reports.filter((report) => removed.has(report.sourceId)),
  );

  const rows = new Map<string, ReturnType<typeof rowOf>>();
  const touched = new Map<number, { from: number; to: number }>();
  for (const report of reports) {
    const trackId = trackIds.get(`${report.sourceId}/${report.track}`);
    if (trackId === undefined) continue;
    const leaving = removed.get(report.sourceId) === 'delete';
    rows.set(identity(trackId, report.run, report.seq), rowOf(report, trackId, leaving));
    const span = touched.get(trackId) ?? { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
    touched.set(trackId, {
      from: Math.min(span.from, report.wallStart),
      to: Math.max(span.to, report.wallStart + report.durationMs),
    });
  }
  if (rows.size > 0) {
    // Two reporters of one track must see each other's rows: one after the other.
    for (const trackId of [...touched.keys()].sort((a, b) => a - b))
      await sql`select pg_advisory_xact_lock(8040002, ${trackId}::int)`.execute(transaction);
    await transaction
      .insertInto('segments')
      .values([...rows.values()])
      .onConflict((conflict) => conflict.columns(['track_id', 'run', 'seq']).doNothing())
      .execute();
    for (const [trackId, span] of touched) await applyFence(transaction, trackId, span.from, span.to);
  }
  const states = await statesOf(transaction, [...rows.values()]);
  return reports.map((report) => {
    const trackId = trackIds.get(`${report.sourceId}/${report.track}`);
    const state = trackId === undefined ? undefined : states.get(identity(trackId, report.run, report.seq));
    return { state: state === undefined || state === 'deleting' ? 'gone' : state, key: report.key };
  });
}

function rowOf(report: SegmentReport, trackId: number, leaving: boolean) {
  return {
    track_id: trackId,
    run: report.run,
    seq: report.seq,
    token: report.token,
    wall_start: report.wallStart,
    duration_ms: report.durationMs,
    shown_from: report.wallStart,
    shown_to: report.wallStart + report.durationMs,
    media_start: report.mediaStart,
    bytes: report.bytes,
    frames: report.frames,
    sha256: Buffer.from(report.sha256, 'hex'),
    key: report.key,
    codec: report.codec,
    audio_codec: report.audioCodec ?? null,
    width: report.width,
    height: report.height,
    ended: report.ended,
    state: leaving ? ('deleting' as const) : ('published' as const),
  };
}

const identity = (trackId: number, run: string, seq: number): string => `${trackId}/${run}/${seq}`;

async function ensureTracks(
  transaction: Transaction<Database>,
  reports: readonly SegmentReport[],
): Promise<Map<string, number>> {
  const wanted = new Map(
    reports.map((report) => [`${report.sourceId}/${report.track}`, { source_id: report.sourceId, name: report.track }]),
  );
  const found = new Map<string, number>();
  if (wanted.size === 0) return found;
  const ids = [...new Set([...wanted.values()].map((track) => track.source_id))];
  const read = async (): Promise<void> => {
    for (const row of await transaction.selectFrom('tracks').selectAll().where('source_id', 'in', ids).execute())
      found.set(`${row.source_id}/${row.name}`, row.id);
  };
  await read();
  const missing = [...wanted].filter(([name]) => !found.has(name)).map(([, track]) => track);
  if (missing.length === 0) return found;
  await transaction
    .insertInto('tracks')
    .values(missing)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await read();
  return found;
}

/** Settles who shows what where segments of different tokens overlap [from, to). */
async function applyFence(
  transaction: Transaction<Database>,
  trackId: number,
  from: number,
  to: number,
): Promise<void> {
  const near = transaction
    .selectFrom('segments')
    .where('track_id', '=', trackId)
    .where('state', '!=', 'deleting')
    .where('wall_start', '>', from - LONGEST_SEGMENT_MS)
    .where('wall_start', '<', to)
    .where(sql<boolean>`wall_start + duration_ms > ${from}`);
  const tokens = await near
    .select(({ fn }) => [fn.min('token').as('least'), fn.max('token').as('most')])
    .executeTakeFirst();
  if (!tokens || tokens.least === tokens.most) return;
  const rows = await near.select(['id', 'token', 'shown_from', 'shown_to', 'state']).execute();
  for (const change of fence(rows))
    await transaction
      .updateTable('segments')
      .set({ shown_from: change.shownFrom, shown_to: change.shownTo, state: change.state })
      .where('id', '=', change.id)
      .execute();
}

async function statesOf(
  transaction: Transaction<Database>,
  rows: readonly { track_id: number; run: string; seq: number }[],
): Promise<Map<string, SegmentRow['state']>> {
  if (rows.length === 0) return new Map();
  const found = await sql<{ track_id: number; run: string; seq: number; state: SegmentRow['state'] }>`
    select s.track_id, s.run, s.seq, s.state
    from segments s join unnest(${rows.map((row) => row.track_id)}::bigint[], ${rows.map((row) => row.run)}::text[], ${rows.map((row) => row.seq)}::int[]) as r (track_id, run, seq)
      on s.track_id = r.track_id and s.run = r.run and s.seq = r.seq`.execute(transaction);
  return new Map(found.rows.map((row) => [identity(row.track_id, row.run, row.seq), row.state]));
}

const joined = (db: Db) =>
  db
    .selectFrom('segments')
    .innerJoin('tracks', 'tracks.id', 'segments.track_id')
    .selectAll('segments')
    .select(['tracks.source_id', 'tracks.name as track']);

/** Published segments of a track that show anything of [from, to), in order. Times are UTC ms. */
export async function segmentsBetween(
  db: Db,
  sourceId: string,
  track: string,
  from: number,
  to: number,
  options: { limit?: number } = {},
): Promise<Segment[]> {
  return await joined(db)
    .where('tracks.source_id', '=', sourceId)
    .where('tracks.name', '=', track)
    .where('segments.state', '=', 'published')
    .where('segments.shown_from', '>', from - LONGEST_SEGMENT_MS)
    .where('segments.shown_from', '<', to)
    .where('segments.shown_to', '>', from)
    .orderBy('segments.shown_from')
    .limit(options.limit ?? 20_000)
    .execute();
}

/** The published segment that shows the moment `at`, or else the first one after it. */
export async function segmentAt(db: Db, sourceId: string, track: string, at: number): Promise<Segment | undefined> {
  const [now] = await segmentsBetween(db, sourceId, track, at, at + 1, { limit: 1 });
  if (now) return now;
  return await joined(db)
    .where('tracks.source_id', '=', sourceId)
    .where('tracks.name', '=', track)
    .where('segments.state', '=', 'published')
    .where('segments.shown_from', '>=', at)
    .orderBy('segments.shown_from')
    .limit(1)
    .executeTakeFirst();
}

/** By identity, whatever its state. */
export async function findSegment(
  db: Db,
  sourceId: string,
  track: string,
  run: string,
  seq: number,
): Promise<Segment | undefined> {
  return await joined(db)
    .where('tracks.source_id', '=', sourceId)
    .where('tracks.name', '=', track)
    .where('segments.run', '=', run)
    .where('segments.seq', '=', seq)
    .executeTakeFirst();
}

/** Whether a blob key belongs to a known segment of this source; for adopting files that have no row. */
export async function knownKeys(db: Db, sourceId: string, fromWall: number, toWall: number): Promise<Set<string>> {
  const rows = await db
    .selectFrom('segments')
    .innerJoin('tracks', 'tracks.id', 'segments.track_id')
    .select('segments.key')
    .where('tracks.source_id', '=', sourceId)
    .where('segments.wall_start', '>=', fromWall)
    .where('segments.wall_start', '<', toWall)
    .execute();
  return new Set(rows.map((row) => row.key));
}

/** What a track shows in [from, to), as stretches: neighbours of one codec no further apart than `tolerance` ms are one. Not cut to the range. */
export async function spans(
  db: Db,
  sourceId: string,
  track: string,
  from: number,
  to: number,
  tolerance = 100,
): Promise<Span[]> {
  const rows = await db
    .selectFrom('segments')
    .innerJoin('tracks', 'tracks.id', 'segments.track_id')
    .select(['segments.shown_from', 'segments.shown_to', 'segments.codec', 'segments.audio_codec', 'segments.run'])
    .where('tracks.source_id', '=', sourceId)
    .where('tracks.name', '=', track)
    .where('segments.state', '=', 'published')
    .where('segments.shown_from', '>', from - LONGEST_SEGMENT_MS)
    .where('segments.shown_from', '<', to)
    .where('segments.shown_to', '>', from)
    .orderBy('segments.shown_from')
    .execute();
  const merged: { -readonly [K in keyof Span]: Span[K] }[] = [];
  for (const row of rows) {
    const last = merged.at(-1);
    if (
      last &&
      row.shown_from - last.end <= tolerance &&
      last.codec === row.codec &&
      last.audioCodec === row.audio_codec
    ) {
      last.end = Math.max(last.end, row.shown_to);
      last.run = row.run;
    } else
      merged.push({
        start: row.shown_from,
        end: row.shown_to,
        codec: row.codec,
        audioCodec: row.audio_codec,
        run: row.run,
      });
  }
  return merged;
}

/** What is kept of one source. */
export interface Total {
  readonly sourceId: string;
  /** Bytes on disk, shadows included, those on their way out not. */
  readonly bytes: number;
  readonly segments: number;
  /** Extent of what is shown, UTC ms; null when nothing is. */
  readonly from: number | null;
  readonly to: number | null;
}

/** Per source, deleted ones included. Reads every row of the sources asked for: keep the answer, and count on from it. */
export async function totals(db: Db, sourceId?: string): Promise<Total[]> {
  const rows = await sql<{
    source_id: string;
    bytes: number;
    segments: number;
    from: number | null;
    to: number | null;
  }>`
    select t.source_id, coalesce(sum(s.bytes), 0)::bigint as bytes, count(s.id) as segments,
      min(s.shown_from) filter (where s.state = 'published') as "from", max(s.shown_to) filter (where s.state = 'published') as "to"
    from tracks t left join segments s on s.track_id = t.id and s.state <> 'deleting'
    ${sourceId === undefined ? sql`` : sql`where t.source_id = ${sourceId}`}
    group by t.source_id`.execute(db);
  return rows.rows.map((row) => ({
    sourceId: row.source_id,
    bytes: row.bytes,
    segments: row.segments,
    from: row.from,
    to: row.to,
  }));
}

/** The oldest segments of a source, published and shadow, oldest first: what retention looks at. */
export async function oldest(db: Db, sourceId: string, limit = 200): Promise<Segment[]> {
  return await joined(db)
    .where('tracks.source_id', '=', sourceId)
    .where('segments.state', '!=', 'deleting')
    .orderBy('segments.wall_start')
    .limit(limit)
    .execute();
}

/** First step of a deletion: from now on nobody is shown these. Returns those that were not marked before. */
export async function markDeleting(db: Db, ids: readonly number[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .updateTable('segments')
    .set({ state: 'deleting' })
    .where('id', 'in', [...ids])
    .where('state', '!=', 'deleting')
    .returning('id')
    .execute();
  return rows.map((row) => row.id);
}

/** Marked ones whose files may still be there, by id, from the one after `after` on. */
export async function deleting(db: Db, limit = 200, after = 0): Promise<Segment[]> {
  return await joined(db)
    .where('segments.state', '=', 'deleting')
    .where('segments.id', '>', after)
    .orderBy('segments.id')
    .limit(limit)
    .execute();
}

/** Last step of a deletion, after the file is gone and its folder synced. Rows that are not marked are left alone. */
export async function deleteRows(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await retrying(() =>
    db
      .deleteFrom('segments')
      .where('id', 'in', [...ids])
      .where('state', '=', 'deleting')
      .execute(),
  );
}

/** The highest fencing token that any segment carries; after an index from files the lease sequence must start above it. */
export async function highestToken(db: Db): Promise<number> {
  const row = await db
    .selectFrom('segments')
    .select(({ fn }) => fn.max('token').as('token'))
    .executeTakeFirst();
  return row?.token ?? 0;
}
