/**
 * Drives: what is known of each, and what happened in them. Their files stay where they are: in a folder, or with a provider.
 */
import { type Kysely, sql } from 'kysely';
import { isUuid } from './connection.ts';
import type { Database, DriveFactsRow, DriveMinuteRow, DriveRow, DriveSummaryRow, MomentRow } from './tables.ts';

type Db = Kysely<Database>;

/** A drive as it was found. */
export interface FoundDrive {
  readonly id: string;
  readonly sourceId: string;
  readonly route: string;
  /** UTC ms. */
  readonly startAt: number;
  readonly startKnown: boolean;
  readonly durationMs: number;
  readonly minutes: readonly DriveMinuteRow[];
  readonly filesKnown: boolean;
  readonly facts: DriveFactsRow;
  /** Of its logs as they are. */
  readonly logsOf: string;
}

/** A drive with what is counted of it. */
export interface DriveSeen extends DriveRow {
  readonly alerts: number;
  readonly bookmarks: number;
  readonly disengaged: number;
}

/** What was read of the logs of a drive. */
export interface DriveReading {
  readonly summary: DriveSummaryRow;
  readonly track: readonly (readonly [number, number, number])[];
  readonly facts: DriveFactsRow;
  /** UTC ms, where the logs tell it. */
  readonly startAt: number | null;
  readonly logsOf: string;
  /** Seconds from the start of the drive. */
  readonly moments: readonly ReadMoment[];
}

export interface ReadMoment {
  readonly id: string;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly score: number | null;
  readonly label: string | null;
}

/** Puts a drive in, or what is new of one that is known. @returns the row, and whether anything is new; undefined: nothing is */
export async function putDrive(db: Db, found: FoundDrive): Promise<{ row: DriveRow; created: boolean } | undefined> {
  const minutes = JSON.stringify(found.minutes);
  const facts = JSON.stringify(found.facts);
  const row = await db
    .insertInto('drives')
    .values({
      id: found.id,
      source_id: found.sourceId,
      route: found.route,
      start_at: found.startAt,
      start_known: found.startKnown,
      duration_ms: found.durationMs,
      minutes,
      files_known: found.filesKnown,
      facts,
      logs_of: found.logsOf,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['source_id', 'route'])
        .doUpdateSet(() => ({
          // What a log has told stands above a guess.
          start_at: sql<number>`case when drives.start_known and not excluded.start_known then drives.start_at else excluded.start_at end`,
          start_known: sql<boolean>`drives.start_known or excluded.start_known`,
          duration_ms: sql<number>`case when excluded.files_known or not drives.files_known then excluded.duration_ms else greatest(excluded.duration_ms, drives.duration_ms) end`,
          minutes: sql<string>`case when excluded.files_known or not drives.files_known then excluded.minutes else drives.minutes end`,
          files_known: sql<boolean>`drives.files_known or excluded.files_known`,
          facts: sql<string>`drives.facts || excluded.facts`,
          logs_of: sql<string>`case when excluded.files_known or not drives.files_known then excluded.logs_of else drives.logs_of end`,
        }))
        .where(({ or, eb, ref, and }) =>
          or([
            and([eb('excluded.files_known', '=', true), eb('drives.logs_of', '!=', ref('excluded.logs_of'))]),
            eb('drives.duration_ms', '<', ref('excluded.duration_ms')),
            and([eb('excluded.files_known', '=', true), eb('drives.minutes', '!=', ref('excluded.minutes'))]),
            and([eb('excluded.files_known', '=', true), eb('drives.minutes', '!=', ref('excluded.minutes'))]),
          ]),
        ),
    )
    .returningAll()
    .executeTakeFirst();
  return row && { row, created: row.id === found.id };
}

/** A drive that can be seen: with its counts. */
function seen(db: Db) {
  const count = (kind: string) =>
    sql<number>`(select count(*) from moments m where m.drive_id = drives.id and m.kind = ${kind})`;
  return db
    .selectFrom('drives')
    .innerJoin('sources', 'sources.id', 'drives.source_id')
    .where('sources.removed', 'is', null)
    .selectAll('drives')
    .select([count('alert').as('alerts'), count('bookmark').as('bookmarks'), count('disengaged').as('disengaged')]);
}

/** Not of these sources. */
const outside = (hidden: readonly string[] = []) => sql<boolean>`drives.source_id <> all(${[...hidden]}::uuid[])`;

/** Newest first. */
export async function listDrives(
  db: Db,
  which: {
    readonly sourceId?: string;
    readonly before?: number;
    readonly limit: number;
    /** Sources that are left out. */
    readonly hidden?: readonly string[];
  },
): Promise<DriveSeen[]> {
  let query = seen(db).where(outside(which.hidden));
  if (which.sourceId !== undefined) query = query.where('drives.source_id', '=', which.sourceId);
  if (which.before !== undefined) query = query.where('drives.start_at', '<', which.before);
  return await query.orderBy('drives.start_at', 'desc').orderBy('drives.id').limit(which.limit).execute();
}

export async function getDrive(db: Db, id: string): Promise<DriveSeen | undefined> {
  return isUuid(id) ? await seen(db).where('drives.id', '=', id).executeTakeFirst() : undefined;
}

/** By its route; by the log id alone the newest that has it. Where two sources have it, the one that knows its files. */
export async function driveOfRoute(
  db: Db,
  route: { readonly dongle: string | null; readonly logId: string },
  hidden?: readonly string[],
): Promise<DriveSeen | undefined> {
  const { dongle, logId } = route;
  const names = dongle === null ? [] : [`${dongle}|${logId}`];
  return await seen(db)
    .where(outside(hidden))
    .where(({ eb, or }) =>
      or([
        eb('route', 'in', [...names, logId]),
        ...(dongle === null ? [eb(sql<string>`right(route, ${logId.length + 1})`, '=', `|${logId}`)] : []),
      ]),
    )
    .orderBy('files_known', 'desc')
    .orderBy('start_at', 'desc')
    .executeTakeFirst();
}

/** By device and moment, as old addresses name it; UTC ms. */
export async function driveAt(
  db: Db,
  { dongle, start, end }: { readonly dongle: string; readonly start: number; readonly end: number },
  hidden?: readonly string[],
): Promise<DriveSeen | undefined> {
  return await seen(db)
    .where(outside(hidden))
    .where('route', 'like', `${dongle}|%`)
    .where('start_at', '<=', start)
    .where(sql<number>`start_at + duration_ms`, '>=', end)
    .orderBy('start_at', 'desc')
    .executeTakeFirst();
}

/** Forgets drives that are not there any more. @returns their ids */
export async function dropDrives(db: Db, sourceId: string, keep: readonly string[]): Promise<string[]> {
  const gone = await db
    .deleteFrom('drives')
    .where('source_id', '=', sourceId)
    .where(sql<boolean>`route <> all(${[...keep]}::text[])`)
    .returning('id')
    .execute();
  return gone.map((row) => row.id);
}

export async function countDrives(db: Db, sourceId: string): Promise<number> {
  const row = await db
    .selectFrom('drives')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('source_id', '=', sourceId)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Newest first: drives of these sources whose logs are not what was read of them. */
export async function unreadDrives(db: Db, sourceIds: readonly string[], limit: number): Promise<DriveRow[]> {
  if (sourceIds.length === 0) return [];
  return await db
    .selectFrom('drives')
    .selectAll()
    .where('source_id', 'in', [...sourceIds])
    .where('files_known', '=', true)
    .where('logs_of', '!=', '')
    .where(sql<boolean>`summary_of is distinct from logs_of`)
    .orderBy('start_at', 'desc')
    .limit(limit)
    .execute();
}

/** What the logs told. Moments that were there already stay, with what became of them. */
export async function putReading(db: Db, id: string, reading: DriveReading): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const drive = await transaction
      .updateTable('drives')
      .set({
        summary: JSON.stringify(reading.summary),
        track: JSON.stringify(reading.track),
        facts: sql<string>`facts || ${JSON.stringify(reading.facts)}::jsonb`,
        ...(reading.startAt === null ? {} : { start_at: reading.startAt, start_known: true }),
        summary_of: reading.logsOf,
        problem: null,
      })
      .where('id', '=', id)
      .returning(['source_id', 'start_at'])
      .executeTakeFirst();
    if (!drive) return;
    const kept = reading.moments.map((moment) => moment.id);
    await transaction
      .deleteFrom('moments')
      .where('drive_id', '=', id)
      .where('created_by', 'is', null)
      .where(sql<boolean>`id <> all(${kept}::uuid[])`)
      .execute();
    if (reading.moments.length === 0) return;
    await transaction
      .insertInto('moments')
      .values(
        reading.moments.map(({ id: momentId, kind, start, end, score, label }) => ({
          id: momentId,
          source_id: drive.source_id,
          drive_id: id,
          track: null,
          kind,
          start_at: drive.start_at + Math.round(start * 1000),
          end_at: drive.start_at + Math.round(end * 1000),
          score,
          label,
          created_by: null,
        })),
      )
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          start_at: ref('excluded.start_at'),
          end_at: ref('excluded.end_at'),
          score: ref('excluded.score'),
          label: ref('excluded.label'),
        })),
      )
      .execute();
  });
}

/** Its logs cannot be read: said, and not tried again before they are others. */
export async function noteProblem(db: Db, id: string, problem: string, logsOf: string): Promise<void> {
  await db.updateTable('drives').set({ problem, summary_of: logsOf }).where('id', '=', id).execute();
}

export async function momentsOfDrive(db: Db, id: string): Promise<MomentRow[]> {
  return await db
    .selectFrom('moments')
    .selectAll()
    .where('drive_id', '=', id)
    .orderBy('start_at')
    .orderBy('id')
    .execute();
}

/** The newest bookmark of all drives, or of those of one source. */
export async function latestBookmark(
  db: Db,
  sourceId?: string,
  hidden: readonly string[] = [],
): Promise<MomentRow | undefined> {
  let query = db
    .selectFrom('moments')
    .innerJoin('sources', 'sources.id', 'moments.source_id')
    .where('sources.removed', 'is', null)
    .where('drive_id', 'is not', null)
    .where('moments.kind', '=', 'bookmark')
    .where(sql<boolean>`moments.source_id <> all(${[...hidden]}::uuid[])`)
    .selectAll('moments');
  if (sourceId !== undefined) query = query.where('moments.source_id', '=', sourceId);
  return await query.orderBy('start_at', 'desc').executeTakeFirst();
}

/** Bookmarks since a moment (UTC ms) of which no clip was made by itself, oldest first. */
export async function bookmarksToClip(db: Db, sourceId: string, since: number, limit: number): Promise<MomentRow[]> {
  return await db
    .selectFrom('moments')
    .selectAll()
    .where('source_id', '=', sourceId)
    .where('drive_id', 'is not', null)
    .where('kind', '=', 'bookmark')
    .where('clipped_at', 'is', null)
    .where('start_at', '>=', since)
    .orderBy('start_at')
    .limit(limit)
    .execute();
}

/** False when another has marked it before. */
export async function markClipped(db: Db, momentId: string): Promise<boolean> {
  const marked = await db
    .updateTable('moments')
    .set({ clipped_at: sql<Date>`now()` })
    .where('id', '=', momentId)
    .where('clipped_at', 'is', null)
    .executeTakeFirst();
  return marked.numUpdatedRows > 0n;
}
