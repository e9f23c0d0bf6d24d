/** The database, when no hub runs that could say how it is. */
import { join } from 'node:path';
import { sql } from 'kysely';
import { silentLog } from '../../base/log.ts';
import { openCatalog } from '../../catalog/connection.ts';
import { findBinaries } from '../postgres/binaries.ts';
import { serverOwner } from '../postgres/owner.ts';
import type { HubSettings } from '../settings.ts';
import { bad, type Check, check, ok } from './check.ts';

const PATIENCE_MS = 4000;
const OLDEST = 15;

export function checkDatabase({ data, database }: HubSettings): Promise<readonly Check[]> {
  return check('database', () => (database === undefined ? embedded(data) : server(database)));
}

async function embedded(data: string): Promise<Check> {
  const owner = await serverOwner();
  const { version } = await findBinaries({
    owner,
    copies: [join(data, 'postgres', 'binaries'), ...(owner ? ['/var/lib/vidette'] : [])],
  });
  return ok('database', `built-in PostgreSQL ${version.replace(/-.*/, '')}${owner ? `, run as ${owner.name}` : ''}`);
}

async function server(connection: string): Promise<Check> {
  const { host, pathname } = new URL(connection);
  const place = `${host}${pathname}`;
  await using catalog = openCatalog({ connection, log: silentLog, poolSize: 1, patienceMs: PATIENCE_MS });
  const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(
    catalog.db,
  );
  const version = rows[0]?.version ?? 'of unknown version';
  return Number.parseInt(version, 10) < OLDEST
    ? bad('database', `PostgreSQL ${version} at ${place}`, `Vidette needs PostgreSQL ${OLDEST} or newer.`)
    : ok('database', `PostgreSQL ${version} at ${place}`);
}
