/**
 * Files of cars: clips, and what lies beside them.
 */
import { type ExpressionBuilder, type Insertable, type Kysely, sql } from 'kysely';
import type { CarFileRow, CarFilesTable, Database } from './tables.ts';

type Db = Kysely<Database>;

export type NewCarFile = Insertable<CarFilesTable>;

/** A clip with what belongs to its answer. */
export interface CarClipSeen extends CarFileRow {
  readonly filled: boolean;
  readonly protected: boolean;
}

export interface ClipFactsRow {
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
  readonly complete: boolean;
}

/** No clip is longer: what bounds searches by time. */
const LONGEST_MS = 600_000;
/** Of a clip that does not tell its length. */
export const USUAL_MS = 60_000;
const CHUNK = 500;

/** Puts files in. What is known of one that is there already stays; another file of its name goes. */
export async function putCarFiles(db: Db, files: readonly NewCarFile[]): Promise<void> {
  for (let at = 0; at < files.length; at += CHUNK) {
    const part = files.slice(at, at + CHUNK);
    await sql`delete from car_files f using unnest(${part.map((file) => file.source_id)}::uuid[], ${part.map((file) => file.key)}::text[],
        ${part.map((file) => file.id)}::uuid[]) as n (source_id, key, id)
      where f.source_id = n.source_id and f.key = n.key and f.id <> n.id`.execute(db);
    await db
      .insertInto('car_files')
      .values(part)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          key: ref('excluded.key'),
          pieces: ref('excluded.pieces'),
          start_at: ref('excluded.start_at'),
          start_by: ref('excluded.start_by'),
          zone: ref('excluded.zone'),
          complete: ref('excluded.complete'),
        })),
      )
      .execute();
  }
}

/** @returns ids of the events that they belonged to, and of those that have lost what told of them (`event.json`) */
export async function dropCarFiles(
  db: Db,
  sourceId: string,
  ids: readonly string[],
): Promise<{ readonly touched: string[]; readonly untold: string[] }> {
  const events = await db
    .selectFrom('car_event_files as l')
    .innerJoin('car_files as f', 'f.id', 'l.file_id')
    .select(['l.event_id', sql<boolean>`bool_or(f.role = 'json')`.as('untold')])
    .where('f.source_id', '=', sourceId)
    .where(sql<boolean>`f.id = any(${[...ids]}::uuid[])`)
    .groupBy('l.event_id')
    .execute();
  await db
    .deleteFrom('car_files')
    .where('source_id', '=', sourceId)
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .execute();
  return {
    touched: events.map((row) => row.event_id),
    untold: events.flatMap((row) => (row.untold ? [row.event_id] : [])),
  };
}

/** Those that are not there any more. @returns how many */
export async function keepCarFiles(db: Db, sourceId: string, ids: readonly string[]): Promise<number> {
  const gone = await db
    .deleteFrom('car_files')
    .where('source_id', '=', sourceId)
    .where(sql<boolean>`not (id = any(${[...ids]}::uuid[]))`)
    .executeTakeFirst();
  return Number(gone.numDeletedRows);
}

/** What is known of files of a drive, without the pieces that they lie in: those are many. */
export async function carFilesOf(db: Db, sourceId: string): Promise<CarFileRow[]> {
  const rows = await db
    .selectFrom('car_files')
    .select(['id', 'source_id', 'key', 'sha256', 'print', 'name', 'role', 'ring', 'camera', 'bytes', 'start_at'])
    .select(['start_by', 'local_at', 'zone', 'duration_ms', 'complete', 'encrypted', 'plain_id', 'codec', 'width'])
    .select(['height', 'examined'])
    .where('source_id', '=', sourceId)
    .execute();
  return rows.map((row) => ({ ...row, pieces: null }));
}

// Named in full: a protection has a start too.
const end = sql<number>`car_files.start_at + coalesce(car_files.duration_ms, ${sql.lit(USUAL_MS)})`;

function isProtected(eb: ExpressionBuilder<Database, 'car_files'>) {
  return eb.exists(
    eb
      .selectFrom('protections as p')
      .select('p.id')
      .whereRef('p.source_id', '=', 'car_files.source_id')
      .where((one) => one.or([one('p.track', 'is', null), one('p.track', '=', one.ref('car_files.camera'))]))
      .where((one) => one('p.start_at', '<', end))
      .whereRef('p.end_at', '>', 'car_files.start_at'),
  );
}

function clips(db: Db) {
  return db
    .selectFrom('car_files')
    .selectAll('car_files')
    .select((eb) => isProtected(eb).as('protected'))
    .where('role', '=', 'clip')
    .where('plain_id', 'is', null);
}

const asSeen = (row: CarFileRow & { readonly protected: unknown }, filled = false): CarClipSeen => ({
  ...row,
  filled,
  protected: row.protected === true,
});

/** Those that touch [from, to) (UTC ms), in order of time, at most `limit`. */
export async function carClipsBetween(
  db: Db,
  sourceId: string,
  range: { readonly from: number; readonly to: number },
  limit: number,
): Promise<CarClipSeen[]> {
  const rows = await clips(db)
    .where('source_id', '=', sourceId)
    .where('start_at', '<', range.to)
    .where('start_at', '>', range.from - LONGEST_MS)
    .where((eb) => eb(end, '>', range.from))
    .orderBy('start_at')
    .orderBy('camera')
    .limit(limit)
    .execute();
  return rows.map((row) => asSeen(row));
}

export async function clipsOfCarEvent(db: Db, eventId: string): Promise<CarClipSeen[]> {
  const rows = await clips(db)
    .innerJoin('car_event_files as l', 'l.file_id', 'car_files.id')
    .select('l.filled')
    .where('l.event_id', '=', eventId)
    .where('start_at', 'is not', null)
    .orderBy('start_at')
    .orderBy('camera')
    .execute();
  return rows.map((row) => asSeen(row, row.filled));
}

/** What lies beside the clips of an event. */
export async function besideCarEvent(db: Db, eventId: string): Promise<CarFileRow[]> {
  return await db
    .selectFrom('car_files')
    .innerJoin('car_event_files as l', 'l.file_id', 'car_files.id')
    .selectAll('car_files')
    .where('l.event_id', '=', eventId)
    .where('role', '<>', 'clip')
    .where('plain_id', 'is', null)
    .orderBy('name')
    .orderBy('car_files.id')
    .execute();
}

export async function getCarFile(db: Db, sourceId: string, id: string): Promise<CarFileRow | undefined> {
  return await db
    .selectFrom('car_files')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** One clip as it is shown. */
export async function getCarClip(db: Db, sourceId: string, id: string): Promise<CarClipSeen | undefined> {
  const row = await clips(db).where('source_id', '=', sourceId).where('id', '=', id).executeTakeFirst();
  return row && asSeen(row);
}

/** An encrypted file was opened: what was in it is shown instead. */
export async function notePlainFile(db: Db, encryptedId: string, plainId: string): Promise<void> {
  await sql`update car_files set plain_id = ${plainId}::uuid where id = ${encryptedId}::uuid
    and exists (select 1 from car_files where id = ${plainId}::uuid)`.execute(db);
}

/** A clip, and the encrypted file that it was in. */
export async function withEncrypted(db: Db, id: string): Promise<CarFileRow[]> {
  return await db
    .selectFrom('car_files')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', id), eb('plain_id', '=', id)]))
    .execute();
}

/** Clips that nobody has looked into, newest first. */
export async function unexaminedCarClips(db: Db, limit: number): Promise<CarFileRow[]> {
  return await db
    .selectFrom('car_files')
    .selectAll()
    .where('role', '=', 'clip')
    .where('examined', '=', false)
    .orderBy('start_at', (order) => order.desc().nullsLast())
    .limit(limit)
    .execute();
}

export async function noteClipFacts(db: Db, id: string, facts: ClipFactsRow): Promise<void> {
  await db
    .updateTable('car_files')
    .set({
      codec: facts.codec,
      width: facts.width,
      height: facts.height,
      ...(facts.durationMs === null ? {} : { duration_ms: facts.durationMs }),
      complete: facts.complete,
      examined: true,
    })
    .where('id', '=', id)
    .execute();
}

export interface CarTotals {
  readonly clips: number;
  readonly bytes: number;
  readonly encrypted: number;
  readonly damaged: number;
  readonly timeless: number;
  readonly from: number | null;
  readonly to: number | null;
}

export const NO_FOOTAGE: CarTotals = {
  clips: 0,
  bytes: 0,
  encrypted: 0,
  damaged: 0,
  timeless: 0,
  from: null,
  to: null,
};

/** By source; of one or of all. */
export async function carTotals(db: Db, sourceId?: string): Promise<Map<string, CarTotals>> {
  let query = db
    .selectFrom('car_files')
    .select([
      'source_id',
      sql<number>`count(*) filter (where role = 'clip' and plain_id is null)`.as('clips'),
      sql<number>`sum(bytes)::bigint`.as('bytes'),
      sql<number>`count(*) filter (where role = 'clip' and encrypted and plain_id is null)`.as('encrypted'),
      sql<number>`count(*) filter (where role = 'clip' and not complete and not encrypted)`.as('damaged'),
      sql<number>`count(*) filter (where role = 'clip' and start_at is null)`.as('timeless'),
      sql<number | null>`min(start_at) filter (where role = 'clip')`.as('from'),
      sql<number | null>`max(start_at + coalesce(duration_ms, ${sql.lit(USUAL_MS)})) filter (where role = 'clip')`.as(
        'to',
      ),
    ])
    .groupBy('source_id');
  if (sourceId !== undefined) query = query.where('source_id', '=', sourceId);
  const rows = await query.execute();
  return new Map(rows.map(({ source_id: id, ...totals }) => [id, totals]));
}

export interface CarDayRow {
  readonly day: string;
  readonly from: number;
  readonly to: number;
  readonly clips: number;
  readonly bytes: number;
  readonly minutes: number;
}

/** UTC days with clips, newest first. @param before only days before this one (`2026-03-02`) */
export async function carDays(
  db: Db,
  sourceId: string,
  { before, limit }: { readonly before?: string; readonly limit: number },
): Promise<CarDayRow[]> {
  const day = sql<string>`to_char(to_timestamp(start_at / 1000.0) at time zone 'utc', 'YYYY-MM-DD')`;
  let query = db
    .selectFrom('car_files')
    .select([
      day.as('day'),
      sql<number>`min(start_at)`.as('from'),
      sql<number>`max(${end})`.as('to'),
      sql<number>`count(*)`.as('clips'),
      sql<number>`sum(bytes)::bigint`.as('bytes'),
      sql<number>`count(distinct start_at / 60000)`.as('minutes'),
    ])
    .where('source_id', '=', sourceId)
    .where('role', '=', 'clip')
    .where('plain_id', 'is', null)
    .where('start_at', 'is not', null)
    .groupBy(day)
    .orderBy('day', 'desc')
    .limit(limit);
  if (before !== undefined) query = query.where('start_at', '<', Date.parse(`${before}T00:00:00Z`));
  return await query.execute();
}

/** Clips that no event has and nothing protects, oldest first: what retention may remove. Times are UTC ms. */
export async function looseCarClips(
  db: Db,
  sourceId: string,
  { before, limit }: { readonly before?: number; readonly limit: number },
): Promise<CarFileRow[]> {
  let query = db
    .selectFrom('car_files')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('role', '=', 'clip')
    .where('start_at', 'is not', null)
    .where((eb) => eb.not(isProtected(eb)))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('car_event_files as l').select('l.event_id').whereRef('l.file_id', '=', 'car_files.id'),
        ),
      ),
    )
    .orderBy('start_at')
    .limit(limit);
  if (before !== undefined) query = query.where('start_at', '<', before);
  return await query.execute();
}
