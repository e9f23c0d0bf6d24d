/**
 * What every hub stands on, and what commands that work without one (`vidette index`) open for themselves:
 * the data folder, its lock, the database, the keys and the library.
 */
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { Unavailable, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { type Catalog, openCatalog } from '../catalog/connection.ts';
import { migrate } from '../catalog/migrate.ts';
import type { Database } from '../catalog/tables.ts';
import { ARCHIVE_SETTING } from './archive/archive.ts';
import { type Ground, takeGround } from './ground.ts';
import { type Library, openLibrary } from './library.ts';
import { SCORE_SETTING } from './replays/score-access.ts';
import { openSecrets, type Secrets } from './secrets.ts';
import type { HubSettings } from './settings.ts';

export interface Foundation {
  readonly folders: Ground['folders'];
  /** Migrated. */
  readonly catalog: Catalog;
  readonly secrets: Secrets;
  readonly library: Library;
}

/**
 * Opens it, in the order in which it depends on each other; what must be closed is put on `stack`.
 * @param ground what was taken before, with the same stack; absent: it is taken now
 * @throws UserError `locked` when another process holds the data folder, and whatever the database says
 */
export async function openFoundation(
  settings: Pick<HubSettings, 'data' | 'database' | 'blobs'>,
  log: Log,
  stack: AsyncDisposableStack,
  ground?: Ground,
): Promise<Foundation> {
  const { folders, ownDatabase } = ground ?? (await takeGround(settings, log, stack));
  const connection = settings.database ?? (await ownDatabase);
  if (connection === undefined) throw new TypeError('there is no database');
  const catalog = stack.use(openCatalog({ connection, log: log.child({ part: 'catalog' }) }));
  const { db } = catalog;
  try {
    await migrate(db, log);
  } catch (error) {
    throw settings.database !== undefined && error instanceof Unavailable ? away(settings.database, error) : error;
  }
  const secrets = await openSecrets(join(settings.data, 'secret.key'), () => holdsSealedValues(db));
  const library = await openLibrary(settings.blobs, db, secrets.derive('signed-urls'), log);
  return { folders, catalog, secrets, library };
}

/** Which server does not answer, and why; without name and password. */
function away(address: string, error: Unavailable): UserError {
  const host = /^[a-z]+:\/\/(?:[^@/]*@)?([^/?#]*)/i.exec(address)?.[1] || 'the local socket';
  const { cause } = error;
  const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new UserError(
    `The database server at ${host} does not answer${reason}.`,
    'Start it, or correct VIDETTE_DATABASE; left empty, Vidette runs its own.',
    { code: 'database', cause: error },
  );
}

async function holdsSealedValues(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql`
    select 1 from sources where secret is not null
    union all select 1 from settings where key in (${ARCHIVE_SETTING}, ${SCORE_SETTING}) and value ->> 'sealed' is not null limit 1`.execute(
    db,
  );
  return rows.length > 0;
}
