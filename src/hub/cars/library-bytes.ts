/** What cars have in the library, which is footage as that of cameras is. */
import type { Kysely } from 'kysely';
import { carTotals } from '../../catalog/car-files.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database } from '../../catalog/tables.ts';
import { CarSettingsRow } from './settings-row.ts';

export interface LibraryCar {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
}

/** Not those that are watched where they lie. By name. */
export async function libraryCars(db: Kysely<Database>): Promise<LibraryCar[]> {
  const [rows, totals] = await Promise.all([listSources(db, 'dashcam'), carTotals(db)]);
  return rows
    .filter(({ settings }) => CarSettingsRow.parse(settings).from.type === 'library')
    .map(({ id, name }) => ({ id, name, bytes: totals.get(id)?.bytes ?? 0 }));
}

/** Of all of them. */
export async function libraryCarBytes(db: Kysely<Database>): Promise<number> {
  return (await libraryCars(db)).reduce((sum, { bytes }) => sum + bytes, 0);
}
