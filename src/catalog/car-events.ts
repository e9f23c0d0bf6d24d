/**
 * Events of cars, which of their files belong to them, and the moments that they are.
 */
import { type Kysely, sql } from 'kysely';
import { USUAL_MS } from './car-files.ts';
import type { CarEventRow, Database } from './tables.ts';

type Db = Kysely<Database>;

/** An event with what is counted of it. */
export interface CarEventSeen extends CarEventRow {
  readonly clips: number;
  readonly bytes: number;
  readonly damaged: number;
  readonly encrypted: number;
  readonly filled: number;
  readonly cameras: readonly string[];
  /** UTC ms, from the first clip to the end of the last; null: there is none. */
  readonly from_at: number | null;
  readonly to_at: number | null;
  readonly picture: boolean;
  /** A range of its own id is protected. */
  readonly protected: boolean;
}

/** Puts an event in, or what is new of one that is known; and its moment. */
export async function putCarEvent(db: Db, event: CarEventRow): Promise<void> {
  const { id, source_id, name, ...told } = event;
  await db
    .insertInto('car_events')
    .values(event)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(told))
    .execute();
  const place = [event.street, event.city].filter((part) => part !== null && part !== '').join(', ');
  const label = [event.reason ?? '', place].filter((part) => part !== '').join(' · ') || null;
  const moment = { kind: event.what ?? event.ring, track: event.camera, start_at: event.at, end_at: event.at, label };
  await db
    .insertInto('moments')
    .values({ id, source_id, ...moment, score: null, created_by: null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(moment))
    .execute();
}

/** Only where nothing is known of it. */
export async function putCarEventStub(db: Db, event: CarEventRow): Promise<void> {
  const known = await db.selectFrom('car_events').select('id').where('id', '=', event.id).executeTakeFirst();
  if (!known) await putCarEvent(db, event);
}

/** Files that belong to events, of those that are there. What is an event's own does not become filled again. */
export async function linkCarFiles(
  db: Db,
  links: readonly { readonly event_id: string; readonly file_id: string; readonly filled: boolean }[],
): Promise<void> {
  if (links.length === 0) return;
  await sql`
    insert into car_event_files (event_id, file_id, filled)
    select n.event_id, n.file_id, bool_and(n.filled)
    from unnest(${links.map((link) => link.event_id)}::uuid[], ${links.map((link) => link.file_id)}::uuid[],
        ${links.map((link) => link.filled)}::boolean[]) as n (event_id, file_id, filled)
      join car_events e on e.id = n.event_id join car_files f on f.id = n.file_id
    group by 1, 2
    on conflict (event_id, file_id) do update set filled = car_event_files.filled and excluded.filled`.execute(db);
}

/** Of these, the events whose every file was deleted. */
export async function dropEmptyCarEvents(db: Db, sourceId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const empty = await db
    .selectFrom('car_events as e')
    .select('e.id')
    .where(sql<boolean>`e.id = any(${[...ids]}::uuid[])`)
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('car_event_files as l').select('l.file_id').whereRef('l.event_id', '=', 'e.id'))),
    )
    .execute();
  if (empty.length > 0)
    await dropCarEvents(
      db,
      sourceId,
      empty.map((row) => row.id),
    );
}

/** What an event borrows, instead of what it borrowed before. */
export async function fillCarEvent(db: Db, eventId: string, fileIds: readonly string[]): Promise<void> {
  await db.deleteFrom('car_event_files').where('event_id', '=', eventId).where('filled', '=', true).execute();
  await linkCarFiles(
    db,
    fileIds.map((file_id) => ({ event_id: eventId, file_id, filled: true })),
  );
}

function seen(db: Db) {
  const stop = sql`f.start_at + coalesce(f.duration_ms, ${sql.lit(USUAL_MS)})`;
  return (
    db
      .selectFrom('car_events as e')
      .innerJoin('sources', 'sources.id', 'e.source_id')
      .where('sources.removed', 'is', null)
      .innerJoinLateral(
        (eb) =>
          eb
            .selectFrom('car_event_files as l')
            .innerJoin('car_files as f', 'f.id', 'l.file_id')
            .whereRef('l.event_id', '=', 'e.id')
            .select([
              sql<number>`count(*) filter (where f.role = 'clip' and f.plain_id is null)`.as('clips'),
              sql<number>`coalesce(sum(f.bytes), 0)::bigint`.as('bytes'),
              sql<number>`count(*) filter (where f.role = 'clip' and not f.complete and not f.encrypted)`.as('damaged'),
              sql<number>`count(*) filter (where f.role = 'clip' and f.encrypted and f.plain_id is null)`.as(
                'encrypted',
              ),
              sql<number>`count(*) filter (where f.role = 'clip' and l.filled)`.as('filled'),
              sql<string[]>`coalesce(array_agg(distinct f.camera) filter (where f.role = 'clip'), '{}')`.as('cameras'),
              sql<number | null>`min(f.start_at) filter (where f.role = 'clip')`.as('from_at'),
              sql<number | null>`max(${stop}) filter (where f.role = 'clip')`.as('to_at'),
              sql<boolean>`coalesce(bool_or(f.role = 'thumb' and not f.encrypted), false)`.as('picture'),
            ])
            .as('c'),
        (join) => join.onTrue(),
      )
      // Of a harvest that was broken off: nothing of it is there yet.
      .where('c.bytes', '>', 0)
      .selectAll('e')
      .selectAll('c')
      .select(sql<boolean>`exists (select 1 from protections p where p.id = e.id)`.as('protected'))
  );
}

/** Newest first. Times are UTC ms. */
export async function listCarEvents(
  db: Db,
  sourceId: string,
  which: {
    readonly ring?: 'saved' | 'sentry';
    readonly from?: number;
    readonly before?: number;
    readonly limit: number;
  },
): Promise<CarEventSeen[]> {
  let query = seen(db).where('e.source_id', '=', sourceId);
  if (which.ring !== undefined) query = query.where('e.ring', '=', which.ring);
  if (which.from !== undefined) query = query.where('e.at', '>=', which.from);
  if (which.before !== undefined) query = query.where('e.at', '<', which.before);
  return await query.orderBy('e.at', 'desc').orderBy('e.id').limit(which.limit).execute();
}

export async function getCarEvent(db: Db, sourceId: string, id: string): Promise<CarEventSeen | undefined> {
  return await seen(db).where('e.source_id', '=', sourceId).where('e.id', '=', id).executeTakeFirst();
}

/** Of whichever car. */
export async function findCarEvent(db: Db, id: string): Promise<CarEventSeen | undefined> {
  return await seen(db).where('e.id', '=', id).executeTakeFirst();
}

/** All of a car, without counts. */
export async function carEventsOf(db: Db, sourceId: string): Promise<CarEventRow[]> {
  return await db.selectFrom('car_events').selectAll().where('source_id', '=', sourceId).execute();
}

/** With its moment and its protection; its files stay. */
export async function dropCarEvents(db: Db, sourceId: string, ids: readonly string[]): Promise<void> {
  for (const table of ['car_events', 'moments', 'protections'] as const)
    await db
      .deleteFrom(table)
      .where('source_id', '=', sourceId)
      .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
      .execute();
}

/** Events that are not among these any more, with their moments. @returns how many */
export async function keepCarEvents(db: Db, sourceId: string, ids: readonly string[]): Promise<number> {
  const gone = await db
    .selectFrom('car_events')
    .select('id')
    .where('source_id', '=', sourceId)
    .where(sql<boolean>`not (id = any(${[...ids]}::uuid[]))`)
    .execute();
  if (gone.length > 0)
    await dropCarEvents(
      db,
      sourceId,
      gone.map(({ id }) => id),
    );
  return gone.length;
}

/** By source, or by UTC day (`2026-03-02`) of one. */
export async function countCarEvents(db: Db, sourceId?: string): Promise<Map<string, number>> {
  let query = db
    .selectFrom('car_events')
    .select(['source_id', ({ fn }) => fn.countAll<number>().as('count')])
    .where(sql<boolean>`exists (select 1 from car_event_files l where l.event_id = car_events.id)`)
    .groupBy('source_id');
  if (sourceId !== undefined) query = query.where('source_id', '=', sourceId);
  return new Map((await query.execute()).map((row) => [row.source_id, row.count]));
}

export async function countCarEventsByDay(
  db: Db,
  sourceId: string,
  range: { readonly from: number; readonly to: number },
): Promise<Map<string, number>> {
  const day = sql<string>`to_char(to_timestamp(at / 1000.0) at time zone 'utc', 'YYYY-MM-DD')`;
  const rows = await db
    .selectFrom('car_events')
    .select([day.as('day'), ({ fn }) => fn.countAll<number>().as('count')])
    .where('source_id', '=', sourceId)
    .where('at', '>=', range.from)
    .where('at', '<', range.to)
    .groupBy(day)
    .execute();
  return new Map(rows.map((row) => [row.day, row.count]));
}

/** Files of an event's own that no other event has; what it borrows is of RecentClips. */
export async function onlyOfCarEvent(
  db: Db,
  eventId: string,
): Promise<{ readonly id: string; readonly sha256: Buffer | null; readonly bytes: number }[]> {
  return await db
    .selectFrom('car_files as f')
    .innerJoin('car_event_files as l', 'l.file_id', 'f.id')
    .select(['f.id', 'f.sha256', 'f.bytes'])
    .where('l.event_id', '=', eventId)
    .where('l.filled', '=', false)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('car_event_files as o')
            .select('o.event_id')
            .whereRef('o.file_id', '=', 'f.id')
            .where('o.event_id', '<>', eventId),
        ),
      ),
    )
    .execute();
}

/** How far the manifest of a car is in the catalog. */
export async function carManifest(
  db: Db,
  sourceId: string,
): Promise<{ readonly bytes: number; readonly head: string; readonly lines: number } | undefined> {
  return await db
    .selectFrom('car_manifests')
    .select(['bytes', 'head', 'lines'])
    .where('source_id', '=', sourceId)
    .executeTakeFirst();
}

export async function noteCarManifest(
  db: Db,
  sourceId: string,
  end: { readonly bytes: number; readonly head: string; readonly lines: number },
): Promise<void> {
  await db
    .insertInto('car_manifests')
    .values({ source_id: sourceId, ...end })
    .onConflict((conflict) => conflict.column('source_id').doUpdateSet(end))
    .execute();
}

/** Everything of a car, and the car: it is made again when it is found again. */
export async function forgetCar(db: Db, sourceId: string): Promise<void> {
  await db.deleteFrom('sources').where('id', '=', sourceId).where('kind', '=', 'dashcam').execute();
}

/** All that is known of a car's footage: it is to be read anew. Protections stay. */
export async function emptyCar(db: Db, sourceId: string): Promise<void> {
  await db.deleteFrom('car_files').where('source_id', '=', sourceId).execute();
  await db
    .deleteFrom('moments')
    .where('source_id', '=', sourceId)
    .where('id', 'in', db.selectFrom('car_events').select('id').where('source_id', '=', sourceId))
    .execute();
  await db.deleteFrom('car_events').where('source_id', '=', sourceId).execute();
  await db.deleteFrom('car_manifests').where('source_id', '=', sourceId).execute();
}
