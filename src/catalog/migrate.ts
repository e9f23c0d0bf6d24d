/**
 * Numbered migrations: forward only, one transaction each, one runner at a time.
 */
import { type Kysely, sql } from 'kysely';
import { UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { migrations } from './migrations/list.ts';
import type { Database } from './tables.ts';

export interface Migration {
  /** 1, 2, 3 … without a hole. */
  readonly number: number;
  readonly name: string;
  /** Statements, run together in one transaction. */
  readonly sql: string;
}

/** Any fixed number: the advisory lock that keeps two hubs from migrating at once. */
const LOCK = 8_040_001;
const OLDEST_SERVER = 150_000;

/**
 * Brings the database up to the newest migration. Returns the numbers that were applied.
 * @throws UserError when the server is too old, or when the database was made by a newer Vidette.
 */
export async function migrate(
  db: Kysely<Database>,
  log: Log,
  list: readonly Migration[] = migrations,
): Promise<number[]> {
  const version = await sql<{
    version: number;
    name: string;
  }>`select current_setting('server_version_num')::int as version, current_setting('server_version') as name`.execute(
    db,
  );
  const server = version.rows[0];
  if (server && server.version < OLDEST_SERVER)
    throw new UserError(
      `This PostgreSQL is ${server.name}; Vidette needs 15 or newer.`,
      'Upgrade the server, or leave VIDETTE_DATABASE empty to use the built-in one.',
      { code: 'database' },
    );

  const encoding = await sql<{ encoding: string }>`select current_setting('server_encoding') as encoding`.execute(db);
  if (encoding.rows[0] && encoding.rows[0].encoding !== 'UTF8')
    throw new UserError(
      `The database is encoded as ${encoding.rows[0].encoding}; Vidette needs UTF8.`,
      "Create it with: create database vidette encoding 'UTF8' template template0",
      { code: 'database' },
    );

  const applied: number[] = [];
  for (const migration of list) {
    const done = await db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction);
      await sql`create table if not exists migrations (number integer primary key, name text not null, applied_at timestamptz not null default now())`.execute(
        transaction,
      );
      const newest = await transaction
        .selectFrom('migrations')
        .select(({ fn }) => fn.max('number').as('number'))
        .executeTakeFirst();
      const at = newest?.number ?? 0;
      const last = list.at(-1)?.number ?? 0;
      if (at > last)
        throw new UserError(
          `The database is at version ${at}, this Vidette knows ${last}.`,
          'Use the newer Vidette again, or restore an older copy of the database.',
          { code: 'database' },
        );
      if (at >= migration.number) return false;
      if (migration.number !== at + 1) throw new Error(`migration ${migration.number} does not follow ${at}`);
      await sql.raw(migration.sql).execute(transaction);
      await transaction.insertInto('migrations').values({ number: migration.number, name: migration.name }).execute();
      return true;
    });
    if (!done) continue;
    applied.push(migration.number);
    log.info('The database was brought forward.', { migration: migration.number, name: migration.name });
  }
  return applied;
}
