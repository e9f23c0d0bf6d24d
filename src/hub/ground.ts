/**
 * What a hub, or a command that works without one, takes first: the data folder, its lock, and its own database server. Light, so that the
 * server starts before the rest of the code is read.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { prepareDataFolder } from './data-folder.ts';
import { takeHubLock } from './lock.ts';
import { type KeptPostgres, keepPostgres } from './postgres/keep.ts';
import type { PostgresUrl } from './postgres/server.ts';
import type { HubSettings } from './settings.ts';

export interface Ground {
  /** `data/run` and `data/logs`. */
  readonly folders: { readonly run: string; readonly logs: string };
  /** The process of the own server runs; or it could not be started, which {@link ownDatabase} says. */
  readonly launched: Promise<void>;
  /** Where the own server answers; undefined where another one is used. Rejects with what keeps it from starting. */
  readonly ownDatabase: Promise<PostgresUrl | undefined>;
}

/**
 * What must be closed is put on `stack`.
 * @throws UserError `locked` when another process holds the data folder
 */
export async function takeGround(
  settings: Pick<HubSettings, 'data' | 'database'>,
  log: Log,
  stack: AsyncDisposableStack,
): Promise<Ground> {
  await prepareDataFolder(settings.data);
  stack.use(takeHubLock(settings.data));
  const folders = { run: join(settings.data, 'run'), logs: join(settings.data, 'logs') };
  await mkdir(folders.logs, { recursive: true });
  if (settings.database !== undefined)
    return { folders, launched: Promise.resolve(), ownDatabase: Promise.resolve(undefined) };
  const launched = Promise.withResolvers<void>();
  const starting = keepPostgres({
    dataDir: join(settings.data, 'postgres'),
    log: log.child({ part: 'postgres' }),
    logFile: join(folders.logs, 'postgres.log'),
    onLaunched: () => launched.resolve(),
  });
  const kept = starting.then(
    (postgres): KeptPostgres | undefined => postgres,
    () => undefined,
  );
  kept.then(() => launched.resolve());
  stack.defer(async () => await (await kept)?.stop());
  const ownDatabase = starting.then(({ url }) => url);
  // Told to who asks; that may be nobody.
  ownDatabase.catch(() => undefined);
  return { folders, launched: launched.promise, ownDatabase };
}
