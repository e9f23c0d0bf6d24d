/**
 * Cars of the library as its folders tell: what was harvested without the hub, or before the catalog was lost, is added by itself.
 */
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { readSetting, writeSetting } from '../../catalog/settings.ts';
import { createSource, findSource, takenFolders } from '../../catalog/sources.ts';
import { stableId } from '../../catalog/stable-id.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { CarKeep } from '../../contract/car.ts';
import { harvestedSources } from '../../sources/dashcam/harvest/library-folder.ts';
import { lookAtLibraryCar } from './library-look.ts';
import { CarSettingsRow } from './settings-row.ts';

/** The library, where it is a folder. */
export interface CarLibrary {
  readonly root: string;
  /** As its marker has it. */
  readonly id: string;
}

/** Folders of cars that somebody has removed: they are not added again by themselves. */
const FORGOTTEN = 'cars.forgotten';
const KEEP_ALL: CarKeep = { recentDays: null, maxBytes: null };

/**
 * A car of the library. It has the same id whenever it is added, so what points to its clips stays right.
 * @throws UserError `conflict` when name or folder are taken
 */
export async function addLibraryCar(
  db: Kysely<Database>,
  library: CarLibrary,
  car: { readonly name: string; readonly folder: string; readonly keep: CarKeep },
): Promise<SourceRow> {
  const { name, folder, keep } = car;
  const settings: CarSettingsRow = { from: { type: 'library' }, keep };
  const id = stableId([library.id, 'car', folder]);
  const row = await createSource(db, { id, kind: 'dashcam', name, folder, settings });
  const forgotten = await forgottenCars(db);
  if (forgotten.includes(folder))
    await writeSetting(
      db,
      FORGOTTEN,
      forgotten.filter((one) => one !== folder),
    );
  return row;
}

/** It is not added again by itself. */
export async function noteForgotten(db: Kysely<Database>, folder: string): Promise<void> {
  await writeSetting(db, FORGOTTEN, [...new Set([...(await forgottenCars(db)), folder])]);
}

/** @returns those that are new */
export async function addFoundCars(db: Kysely<Database>, library: CarLibrary): Promise<SourceRow[]> {
  const folders = await harvestedSources(library.root);
  if (folders.length === 0) return [];
  const taken = await takenFolders(db);
  const fresh = folders.filter((folder) => !taken.has(folder.toLowerCase()));
  if (fresh.length === 0) return [];
  const forgotten = new Set(await forgottenCars(db));
  const added: SourceRow[] = [];
  for (const folder of fresh) {
    if (forgotten.has(folder)) continue;
    const wanted = nameOf(folder);
    let name = wanted;
    for (let count = 2; await findSource(db, name); count += 1) name = `${wanted} ${count}`;
    added.push(await addLibraryCar(db, library, { name, folder, keep: KEEP_ALL }));
  }
  return added;
}

/**
 * For `vidette index`: what the manifests of the library say is in the catalog afterwards.
 * @returns cars that were added, and what the catalog has of all
 */
export async function indexCars(
  db: Kysely<Database>,
  library: CarLibrary,
  log: Log,
  signal?: AbortSignal,
): Promise<{ cars: number; files: number; events: number }> {
  const added = await addFoundCars(db, library);
  const rows = await db.selectFrom('sources').selectAll().where('kind', '=', 'dashcam').execute();
  for (const row of rows) {
    if (CarSettingsRow.parse(row.settings).from.type !== 'library') continue;
    const place = { db, sourceId: row.id, root: library.root, folder: row.folder };
    try {
      await lookAtLibraryCar({ ...place, ...(signal ? { signal } : {}) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      log.warn('What a car has is not known whole.', { folder: row.folder, error: error.message });
    }
  }
  const count = async (table: 'car_files' | 'car_events'): Promise<number> => {
    const { all } = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('all'))
      .executeTakeFirstOrThrow();
    return all;
  };
  return { cars: added.length, files: await count('car_files'), events: await count('car_events') };
}

async function forgottenCars(db: Kysely<Database>): Promise<string[]> {
  const value = await readSetting(db, FORGOTTEN);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** `my-car` → `My car`. */
function nameOf(folder: string): string {
  const words = folder.replace(/[-_.]+/g, ' ').trim();
  return words === '' ? 'Car' : words.charAt(0).toUpperCase() + words.slice(1);
}
