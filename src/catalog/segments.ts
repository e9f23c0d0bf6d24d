/**
 * Segments: one row each. The hub alone writes them; reports of the same segment may come any number of times.
 *
 * For any moment of a track at most one segment is shown. Where two recorders wrote the same time, the higher fencing token wins
 * the overlap: the other is shown only outside of it (`shown_from`–`shown_to` without `hidden`), or is a `shadow` when nothing of it is left.
 */
import { type Kysely, sql, type Transaction } from 'kysely';
import { UserError } from '../base/errors.ts';
import type { SegmentReport } from '../contract/recorder.ts';
import { retrying } from './connection.ts';
import { fence, type Interval } from './fencing.ts';
import type { Database, SegmentRow } from './tables.ts';

type Db = Kysely<Database>;

/** No segment is longer; what bounds every search by time. */
const LONGEST_SEGMENT_MS = 21_600_000;

export interface Receipt {
  readonly state: 'published' | 'shadow' | 'gone';
  readonly key: string;
  /** It had a row before: the report came again. */
  readonly known?: boolean;
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
}

/**
 * Writes what recorders report, in one transaction, and answers in the order of the reports. Idempotent on source, track, run and
 * sequence. A report for a source that is gone is answered `gone`; when that source was deleted together with its footage, the
 * segment is noted as `deleting`, so that its file goes too.
 * @param store the library in which the files lie
 * @throws Unavailable while the database is away; UserError when a duration is impossible.
 */
export async function insertReports(db: Db, reports: readonly SegmentReport[], store = 0): Promise<Receipt[]> {
  if (reports.length === 0) return [];
  for (const report of reports)
    if (report.durationMs > LONGEST_SEGMENT_MS)
      throw new UserError(
        `A segment of ${report.track} is said to be ${report.durationMs} ms long.`,
        'Segments are at most six hours long.',
        { code: 'invalid' },
      );
  return await retrying(() => db.transaction().execute((transaction) => insertIn(transaction, reports, store)));
}

async function insertIn(
  transaction: Transaction<Database>,
  reports: readonly SegmentReport[],
  store: number,
): Promise<Receipt[]> {
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
    rows.set(identity(trackId, report.run, report.seq), rowOf(report, trackId, leaving, store));
    const span = touched.get(trackId) ?? { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
    touched.set(trackId, {
      from: Math.min(span.from, report.wallStart),
      to: Math.max(span.to, report.wallStart + report.durationMs),
    });
  }
  const added = new Set<string>();
  if (rows.size > 0) {
    // Two reporters of one track must see each other's rows: one after the other.
    for (const trackId of [...touched.keys()].sort((a, b) => a - b))
      await sql`select pg_advisory_xact_lock(8040002, ${trackId}::int)`.execute(transaction);
    const inserted = await transaction
      .insertInto('segments')
      .values([...rows.values()])
      .onConflict((conflict) => conflict.columns(['track_id', 'run', 'seq']).doNothing())
      .returning(['id', 'track_id', 'run', 'seq'])
      .execute();
    for (const row of inserted) added.add(identity(row.track_id, row.run, row.seq));
    const fresh = new Set(inserted.map(({ id }) => id));
    for (const [trackId, span] of touched) await applyFence(transaction, trackId, span, fresh);
  }
  const states = await statesOf(transaction, [...rows.values()]);
  return reports.map((report) => {
    const trackId = trackIds.get(`${report.sourceId}/${report.track}`);
    const name = identity(trackId ?? -1, report.run, report.seq);
    const state = states.get(name);
    return {
      state: state === undefined || state === 'deleting' ? 'gone' : state,
      key: report.key,
      ...(added.has(name) ? {} : { known: true }),
    };
  });
}

function rowOf(report: SegmentReport, trackId: number, leaving: boolean, store: number) {
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
    timing: report.timing ?? null,
    lost: report.lost ?? null,
    width: report.width,
    height: report.height,
    ended: report.ended,
    state: leaving ? ('deleting' as const) : ('published' as const),
    store,
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

/**
 * Settles who shows what where segments of different tokens overlap [from, to).
 * @param fresh ids of rows that nobody has been shown yet
 */
async function applyFence(
  transaction: Transaction<Database>,
  trackId: number,
  { from, to }: Interval,
  fresh: ReadonlySet<number>,
): Promise<void> {
  const near = transaction
    .selectFrom('segments')
    .where('track_id', '=', trackId)
    .where('state', '!=', 'deleting')
    .where('store', 'in', [0, 1])
    .where('wall_start', '>', sql<number>`${from}::bigint - (select longest_ms from tracks where id = ${trackId})`)
    .where('wall_start', '<', to)
    .where(sql<boolean>`wall_start + duration_ms > ${from}`);
  const runs = await near.select(({ fn }) => [fn.min('run').as('least'), fn.max('run').as('most')]).executeTakeFirst();
  if (!runs || runs.least === runs.most) return;
  const rows = await near.select(['id', 'token', 'run', 'shown_from', 'shown_to', 'hidden', 'state']).execute();
  for (const { id, shownFrom, shownTo, hidden, state } of fence(rows))
    await transaction
      .updateTable('segments')
      .set({
        ...{ shown_from: shownFrom, shown_to: shownTo, hidden: hidden && multirange(hidden), state },
        ...(state === 'shadow' && !fresh.has(id) ? { was_shown: true } : {}),
      })
      .where('id', '=', id)
      .execute();
}

function multirange(intervals: readonly Interval[]): string {
  return `{${intervals.map(({ from, to }) => `[${from},${to})`).join(',')}}`;
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

/** The track's id within a statement: a value for the planner, so that an ordered index ends at its limit. */
const idOf = (sourceId: string, track: string) =>
  sql<number>`(select id from tracks where source_id = ${sourceId} and name = ${track})`;

/** Segments of a track begin at most this long before what they show. */
const longest = (sourceId: string, track: string) =>
  sql<number>`(select longest_ms from tracks where source_id = ${sourceId} and name = ${track})`;

const ofTrack = (db: Db, sourceId: string, track: string) =>
  db
    .selectFrom('segments')
    .selectAll()
    .select([sql<string>`${sourceId}::text`.as('source_id'), sql<string>`${track}::text`.as('track')])
    .where('track_id', '=', idOf(sourceId, track));

/** Published segments of a track that show anything of [from, to), in order. Times are UTC ms. */
export async function segmentsBetween(
  db: Db,
  sourceId: string,
  track: string,
  from: number,
  to: number,
  options: { limit?: number } = {},
): Promise<Segment[]> {
  return await ofTrack(db, sourceId, track)
    .where('state', '=', 'published')
    .where('shown_from', '>', sql<number>`${from}::bigint - ${longest(sourceId, track)} - 1`)
    .where('shown_from', '<', to)
    .where('shown_to', '>', from)
    .where(sql<boolean>`(hidden is null or not hidden @> int8range(${from}, ${to}))`)
    .orderBy('shown_from')
    .limit(options.limit ?? 20_000)
    .execute();
}

/** The published segment that shows the moment `at`, or else the first one after it. */
export async function segmentAt(db: Db, sourceId: string, track: string, at: number): Promise<Segment | undefined> {
  const [now] = await segmentsBetween(db, sourceId, track, at, at + 1, { limit: 1 });
  if (now) return now;
  return await ofTrack(db, sourceId, track)
    .where('state', '=', 'published')
    .where('shown_from', '>=', at)
    .orderBy('shown_from')
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
  return await ofTrack(db, sourceId, track).where('run', '=', run).where('seq', '=', seq).executeTakeFirst();
}

/** Whether a blob key belongs to a known segment of this source; for adopting files that have no row. */
export async function knownKeys(db: Db, sourceId: string, fromWall: number, toWall: number): Promise<Set<string>> {
  const rows = await db
    .selectFrom('segments')
    .innerJoin('tracks', 'tracks.id', 'segments.track_id')
    .select('segments.key')
    .where('tracks.source_id', '=', sourceId)
    .where('segments.store', 'in', [0, 1])
    .where('segments.wall_start', '>=', fromWall)
    .where('segments.wall_start', '<', toWall)
    .execute();
  return new Set(rows.map((row) => row.key));
}

/**
 * What a track shows in [from, to), as stretches: neighbours of one coding no further apart than `tolerance` ms are one. Not cut to the range.
 * Read from the index of the timeline alone and merged there, so that a year is one answer and not half a million rows.
 */
export async function spans(
  db: Db,
  sourceId: string,
  track: string,
  from: number,
  to: number,
  tolerance = 100,
): Promise<Span[]> {
  const { rows } = await sql<Span>`
    with near as (
      select shown_from, shown_to, codec, audio_codec
      from segments
      where track_id = ${idOf(sourceId, track)} and state = 'published'
        and shown_from > ${from}::bigint - ${longest(sourceId, track)} - 1 and shown_from < ${to}::bigint and shown_to > ${from}::bigint),
    seams as (
      select *, shown_from - max(shown_to) over earlier > ${tolerance}::int
          or (codec, audio_codec) is distinct from (lag(codec) over sorted, lag(audio_codec) over sorted) as seam
      from near
      window sorted as (order by shown_from, shown_to), earlier as (sorted rows between unbounded preceding and 1 preceding)),
    numbered as (select *, count(*) filter (where seam) over (order by shown_from, shown_to rows unbounded preceding) as stretch from seams)
    select min(shown_from) as start, max(shown_to) as end, min(codec) as codec, min(audio_codec) as "audioCodec"
    from numbered group by stretch order by 1, 2`.execute(db);
  return rows;
}

/** The highest fencing token that any segment carries; after an index from files the lease sequence must start above it. */
export async function highestToken(db: Db): Promise<number> {
  const row = await db
    .selectFrom('segments')
    .select(({ fn }) => fn.max('token').as('token'))
    .executeTakeFirst();
  return row?.token ?? 0;
}
