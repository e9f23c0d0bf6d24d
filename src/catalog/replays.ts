/**
 * Files of osu! that people dropped: replays, sets of maps, skins.
 */
import { type Insertable, type Kysely, sql } from 'kysely';
import type { Database, ReplayFileRow, ReplayFilesTable } from './tables.ts';

type Db = Kysely<Database>;

export type NewReplayFile = Insertable<ReplayFilesTable>;

/** A replay, and the set that its map is in: of several the one that came last. */
export interface ReplaySeen extends ReplayFileRow {
  readonly set_id: string | null;
}

const setOf = sql<string | null>`(select m.set_id from replay_maps m join replay_files s on s.id = m.set_id
  where m.md5 = f.map_md5 order by s.created_at desc, s.id limit 1)`;

const seen = (db: Db) =>
  db.selectFrom('replay_files as f').selectAll('f').select(setOf.as('set_id')).where('f.kind', '=', 'replay');

/** The newest first. */
export async function listReplays(db: Db, limit: number): Promise<ReplaySeen[]> {
  return await seen(db).orderBy('f.created_at', 'desc').orderBy('f.id').limit(limit).execute();
}

export async function getReplay(db: Db, id: string): Promise<ReplaySeen | undefined> {
  return await seen(db).where('f.id', '=', id).executeTakeFirst();
}

/** Those that one of these maps was played in. */
export async function replaysOfMaps(db: Db, md5s: readonly string[]): Promise<ReplaySeen[]> {
  return await seen(db)
    .where(sql<boolean>`f.map_md5 = any(${[...md5s]}::text[])`)
    .orderBy('f.created_at', 'desc')
    .execute();
}

/** Those whose map is there and that were not judged with this version of the judge. */
export async function unjudgedReplays(db: Db, version: number): Promise<ReplaySeen[]> {
  return await seen(db)
    .where(sql<boolean>`(f.play is null or (f.play ->> 'version')::int is distinct from ${version}::int)`)
    .where(sql<boolean>`exists (select from replay_maps m where m.md5 = f.map_md5)`)
    .orderBy('f.created_at', 'desc')
    .execute();
}

export async function replayFile(db: Db, id: string): Promise<ReplayFileRow | undefined> {
  return await db.selectFrom('replay_files').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function replayFileOf(db: Db, sha256: Buffer): Promise<ReplayFileRow | undefined> {
  return await db.selectFrom('replay_files').selectAll().where('sha256', '=', sha256).executeTakeFirst();
}

/** The replay that was brought by the link of a score. @param page as `scorePage` writes it */
export async function replayOfScore(db: Db, page: string): Promise<ReplayFileRow | undefined> {
  return await db
    .selectFrom('replay_files')
    .selectAll()
    .where('kind', '=', 'replay')
    .where(sql<boolean>`facts -> 'score' ->> 'page' = ${page}`)
    .executeTakeFirst();
}

/** What is known of a file, anew. */
export async function noteFacts(db: Db, id: string, facts: object): Promise<void> {
  await db
    .updateTable('replay_files')
    .set({ facts: JSON.stringify(facts) })
    .where('id', '=', id)
    .execute();
}

export async function listReplaySkins(db: Db): Promise<ReplayFileRow[]> {
  return await db.selectFrom('replay_files').selectAll().where('kind', '=', 'skin').orderBy('name').execute();
}

/** @param maps MD5s of a set's maps */
export async function putReplayFile(db: Db, file: NewReplayFile, maps: readonly string[]): Promise<void> {
  await db.transaction().execute(async (work) => {
    await work.insertInto('replay_files').values(file).execute();
    if (maps.length > 0)
      await sql`insert into replay_maps (md5, set_id) select distinct md5, ${file.id}::uuid from unnest(${[...maps]}::text[]) as n (md5)`.execute(
        work,
      );
  });
}

/** MD5s of the maps of a set. */
export async function mapsOfSet(db: Db, setId: string): Promise<string[]> {
  const rows = await db.selectFrom('replay_maps').select('md5').where('set_id', '=', setId).execute();
  return rows.map(({ md5 }) => md5);
}

export async function notePlay(db: Db, id: string, play: object): Promise<void> {
  await db
    .updateTable('replay_files')
    .set({ play: JSON.stringify(play) })
    .where('id', '=', id)
    .execute();
}

export async function dropReplayFile(db: Db, id: string): Promise<void> {
  await db.deleteFrom('replay_files').where('id', '=', id).execute();
}

/** They were used just now: those not used for longest go first. */
export async function touchReplayFiles(db: Db, ids: readonly string[]): Promise<void> {
  await db
    .updateTable('replay_files')
    .set({ used_at: sql<Date>`now()` })
    .where(sql<boolean>`id = any(${[...ids]}::uuid[])`)
    .execute();
}

/** All, those not used for longest first. `age` in days. */
export async function replayShelf(db: Db): Promise<(ReplayFileRow & { readonly age: number })[]> {
  return await db
    .selectFrom('replay_files')
    .selectAll()
    .select(sql<number>`(extract(epoch from now() - used_at) / 86400)::float8`.as('age'))
    .orderBy('used_at')
    .orderBy('id')
    .execute();
}
