/** Settings of the whole installation, by key, and the identity of the library. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { retrying } from './connection.ts';
import type { Database } from './tables.ts';

type Db = Kysely<Database>;

const LIBRARY = 'library.id';

/** Unchecked: the caller parses it. Undefined when it was never set. */
export async function readSetting(db: Db, key: string): Promise<unknown> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value;
}

/** `value` is anything that JSON can say. */
export async function writeSetting(db: Db, key: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await retrying(() =>
    db
      .insertInto('settings')
      .values({ key, value: text })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: text }))
      .execute(),
  );
}

/**
 * Identity of the library that this catalog describes. A fresh catalog takes over `found` (the marker of a library that is already there,
 * so that a lost database can be indexed again) or makes a new one; afterwards it never changes.
 */
export async function libraryId(db: Db, found?: string): Promise<string> {
  const text = JSON.stringify(found ?? randomUUID());
  await db
    .insertInto('settings')
    .values({ key: LIBRARY, value: text })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return String(await readSetting(db, LIBRARY));
}
