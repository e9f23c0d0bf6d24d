/**
 * Brings the catalog up to what is on a drive that is watched without importing it. The drive is opened by a process of its own.
 */
import { stat } from 'node:fs/promises';
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { carEventsOf, keepCarEvents, linkCarFiles, putCarEvent } from '../../catalog/car-events.ts';
import { carFilesOf, keepCarFiles, putCarFiles } from '../../catalog/car-files.ts';
import type { Database } from '../../catalog/tables.ts';
import { rowsOfDrive } from './drive-rows.ts';
import type { CarReader } from './reader.ts';

/** What an image looked like from outside; the same: nothing is new in it. Of folders and devices nothing can be said so. */
export async function markOfDrive(path: string): Promise<string | undefined> {
  const seen = await stat(path).catch(() => undefined);
  if (!seen)
    throw new UserError(`There is nothing at ${path}.`, 'Is the stick plugged in and mounted?', { code: 'not-found' });
  return seen.isFile() ? `${seen.ino} ${seen.size} ${seen.mtimeMs}` : undefined;
}

/**
 * @returns whether anything is new or gone, and whether there is more than is looked at
 * @throws UserError, InputError, Unavailable when it cannot be opened
 */
export async function lookAtDrive(
  db: Kysely<Database>,
  reader: Pick<CarReader, 'ask'>,
  sourceId: string,
  path: string,
): Promise<{ changed: boolean; cut: boolean }> {
  const before = await carFilesOf(db, sourceId);
  const known = new Set(before.flatMap(({ print, examined }) => (print !== null && examined ? [print] : [])));
  const scanned = await reader.ask({ do: 'scan', path, known }, false);
  const rows = rowsOfDrive(sourceId, scanned.files, {
    files: new Map(before.map((row) => [row.id, row])),
    events: new Map((await carEventsOf(db, sourceId)).map((row) => [row.name, row])),
  });
  const had = new Set(before.map(({ id }) => id));
  const news = rows.files.some((file) => !had.has(file.id));
  const changed = await db.transaction().execute(async (transaction) => {
    const gone = await keepCarFiles(
      transaction,
      sourceId,
      rows.files.map(({ id }) => id),
    );
    if (!news && gone === 0) return false;
    await putCarFiles(transaction, rows.files);
    for (const event of rows.events) await putCarEvent(transaction, event);
    await keepCarEvents(
      transaction,
      sourceId,
      rows.events.map(({ id }) => id),
    );
    await linkCarFiles(transaction, rows.links);
    return true;
  });
  return { changed, cut: scanned.cut };
}
