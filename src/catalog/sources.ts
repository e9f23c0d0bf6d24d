/**
 * Sources: what footage comes from. Deleting one leaves a row behind until its last segment is gone, so that its folder name is
 * not given out again and its footage can still be removed or kept.
 */
import { type Kysely, sql } from 'kysely';
import { UserError } from '../base/errors.ts';
import type { Database, SourceKind, SourceRow } from './tables.ts';

export interface NewSource {
  readonly id: string;
  readonly kind: SourceKind;
  readonly name: string;
  /** Name of its folder in the library; fixed for ever. */
  readonly folder: string;
  readonly settings: Record<string, unknown>;
  /** Encrypted credential. */
  readonly secret?: Buffer | null;
  readonly enabled?: boolean;
  readonly demo?: boolean;
}

export interface SourceChange {
  readonly name?: string;
  readonly settings?: Record<string, unknown>;
  readonly secret?: Buffer | null;
  readonly enabled?: boolean;
  /** False: nothing that a recorder must know has changed, so the revision stays. */
  readonly revise?: boolean;
}

type Db = Kysely<Database>;

const UNIQUE_VIOLATION = '23505';

/** @throws UserError `conflict` when the name or the folder is taken (upper and lower case are the same). */
export async function createSource(db: Db, source: NewSource): Promise<SourceRow> {
  try {
    return await db
      .insertInto('sources')
      .values({
        id: source.id,
        kind: source.kind,
        name: source.name,
        folder: source.folder,
        settings: JSON.stringify(source.settings),
        secret: source.secret ?? null,
        enabled: source.enabled ?? true,
        demo: source.demo ?? false,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  } catch (error) {
    throw taken(error, source.name);
  }
}

/** All that are not deleted, by name. */
export async function listSources(db: Db, kind?: SourceKind): Promise<SourceRow[]> {
  let query = db.selectFrom('sources').selectAll().where('removed', 'is', null).orderBy(sql`lower(name)`);
  if (kind) query = query.where('kind', '=', kind);
  return await query.execute();
}

/** By id or by name (any case); not a deleted one. */
export async function findSource(db: Db, idOrName: string): Promise<SourceRow | undefined> {
  return await db
    .selectFrom('sources')
    .selectAll()
    .where('removed', 'is', null)
    .where(({ eb, or }) =>
      or([eb(sql`id::text`, '=', idOrName.toLowerCase()), eb(sql`lower(name)`, '=', idOrName.toLowerCase())]),
    )
    .orderBy(sql`id::text = ${idOrName.toLowerCase()}`, 'desc')
    .executeTakeFirst();
}

/** Folder names that are in use, those of deleted sources included; lower case. */
export async function takenFolders(db: Db): Promise<Set<string>> {
  const rows = await db.selectFrom('sources').select('folder').execute();
  return new Set(rows.map((row) => row.folder.toLowerCase()));
}

/**
 * Changes a source and, unless told not to, raises its revision. Undefined when there is none.
 * @throws UserError `conflict` when the name is taken.
 */
export async function changeSource(db: Db, id: string, change: SourceChange): Promise<SourceRow | undefined> {
  try {
    return await db
      .updateTable('sources')
      .set({
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.settings === undefined ? {} : { settings: JSON.stringify(change.settings) }),
        ...(change.secret === undefined ? {} : { secret: change.secret }),
        ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
        ...(change.revise === false ? {} : { revision: sql<number>`revision + 1` }),
      })
      .where('id', '=', id)
      .where('removed', 'is', null)
      .returningAll()
      .executeTakeFirst();
  } catch (error) {
    throw taken(error, change.name ?? '');
  }
}

/**
 * Deletes a source. `delete`: its segments are marked for the retention executor, which removes file and row; `keep`: the footage
 * stays in the library and in the catalog, but belongs to nothing that can be seen. False when there was none.
 */
export async function removeSource(db: Db, id: string, footage: 'keep' | 'delete'): Promise<boolean> {
  return await db.transaction().execute(async (transaction) => {
    const changed = await transaction
      .updateTable('sources')
      .set({ removed: footage, enabled: false, secret: null, revision: sql<number>`revision + 1` })
      .where('id', '=', id)
      .where('removed', 'is', null)
      .executeTakeFirst();
    if (changed.numUpdatedRows === 0n) return false;
    if (footage === 'delete')
      await transaction
        .updateTable('segments')
        .set({ state: 'deleting' })
        .where('track_id', 'in', transaction.selectFrom('tracks').select('id').where('source_id', '=', id))
        .execute();
    return true;
  });
}

/** Drops the rows of deleted sources that have no segment any more. Returns their ids. */
export async function purgeRemovedSources(db: Db): Promise<string[]> {
  const gone = await db
    .deleteFrom('sources')
    .where('removed', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('tracks')
            .innerJoin('segments', 'segments.track_id', 'tracks.id')
            .select('segments.id')
            .whereRef('tracks.source_id', '=', 'sources.id'),
        ),
      ),
    )
    .returning('id')
    .execute();
  return gone.map((row) => row.id);
}

/**
 * For `vidette index`: makes sure that the source of a found file exists. An existing row, also a deleted one, is left as it is.
 * Returns true when it was made. The name gets a number behind it when it is taken.
 */
export async function adoptSource(db: Db, source: NewSource): Promise<boolean> {
  const known = await db.selectFrom('sources').select('id').where('id', '=', source.id).executeTakeFirst();
  if (known) return false;
  const names = await db.selectFrom('sources').select('name').where('removed', 'is', null).execute();
  const used = new Set(names.map((row) => row.name.toLowerCase()));
  let name = source.name;
  for (let count = 2; used.has(name.toLowerCase()); count++) name = `${source.name} ${count}`;
  await createSource(db, { ...source, name });
  return true;
}

/** Names of the tracks that a source has footage of. */
export async function tracksOf(db: Db, sourceId: string): Promise<string[]> {
  const rows = await db.selectFrom('tracks').select('name').where('source_id', '=', sourceId).orderBy('id').execute();
  return rows.map((row) => row.name);
}

function taken(error: unknown, name: string): unknown {
  const { code, constraint } = error as { code?: string; constraint?: string };
  if (code !== UNIQUE_VIOLATION) return error;
  if (constraint === 'sources_folder')
    return new UserError('Its folder in the library is taken.', 'Choose another name.', {
      code: 'conflict',
      cause: error,
    });
  return new UserError(`There is already something called “${name}”.`, 'Choose another name.', {
    code: 'conflict',
    cause: error,
  });
}
