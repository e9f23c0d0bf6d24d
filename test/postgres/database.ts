/**
 * Databases for tests: the embedded server in a temporary folder, and, when VIDETTE_TEST_DATABASE names one, another server as well.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { silentLog } from '../../src/base/log.ts';
import { type Catalog, type Connection, openCatalog } from '../../src/catalog/connection.ts';
import { migrate } from '../../src/catalog/migrate.ts';
import { startPostgres } from '../../src/hub/postgres/server.ts';

export interface TestDatabase {
  readonly connection: Connection;
  /** An open catalog with every migration. */
  readonly catalog: Catalog;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestServer {
  readonly name: string;
  open(): Promise<TestDatabase>;
}

/** The servers that a test of SQL should run on: always the embedded one, and the one in VIDETTE_TEST_DATABASE. */
export function testServers(): TestServer[] {
  const given = process.env.VIDETTE_TEST_DATABASE;
  const embedded: TestServer = { name: 'embedded PostgreSQL', open: openEmbedded };
  if (given === undefined || given === '') return [embedded];
  return [embedded, { name: 'PostgreSQL of VIDETTE_TEST_DATABASE', open: () => openOn(given) }];
}

/** A migrated catalog on an embedded server of its own; stops and removes all of it when disposed. About two seconds. */
export async function openEmbedded(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-test-'));
  await chmod(folder, 0o755);
  const server = await startPostgres({
    dataDir: join(folder, 'postgres'),
    log: silentLog,
    logFile: join(folder, 'postgres.log'),
    settings: { fsync: 'off' },
  });
  const catalog = openCatalog({ connection: server.url, log: silentLog });
  await migrate(catalog.db, silentLog);
  return {
    connection: server.url,
    catalog,
    async [Symbol.asyncDispose]() {
      await catalog.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A migrated catalog in a fresh database on the server at `url`; dropped when disposed. */
async function openOn(url: string): Promise<TestDatabase> {
  const name = `vidette_test_${randomBytes(6).toString('hex')}`;
  const administer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await administer(`create database ${name} encoding 'UTF8' template template0`);
  const connection = withDatabase(url, name);
  const catalog = openCatalog({ connection, log: silentLog });
  await migrate(catalog.db, silentLog);
  return {
    connection,
    catalog,
    async [Symbol.asyncDispose]() {
      await catalog.close();
      await administer(`drop database if exists ${name} with (force)`);
    },
  };
}

/** The same URL with another database; also for `postgres://user@/name?host=/socket/folder`, which `URL` does not take. */
function withDatabase(url: string, database: string): string {
  const match = /^(postgres(?:ql)?:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/.exec(url);
  if (!match) throw new Error('VIDETTE_TEST_DATABASE is not a postgres:// URL');
  return `${match[1]}/${database}${match[2] ?? ''}`;
}
