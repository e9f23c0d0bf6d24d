/**
 * Everything about drives, wired together for the hub.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { HubEvent } from '../../contract/system.ts';
import { type ScanMemory, scanFolder } from '../../sources/openpilot/library/scan-folder.ts';
import type { Secrets } from '../secrets.ts';
import { Drives } from './drives.ts';
import { FilmCache } from './films.ts';
import { foundInFolder } from './look.ts';
import { Previews } from './previews.ts';
import { DriveReader } from './reader.ts';
import { registerDriveRoutes } from './routes.ts';
import type { DriveSettingsRow } from './source-settings.ts';
import { DriveSources } from './sources.ts';
import { driveStore } from './store.ts';
import { DriveWatch, type DriveWatchOptions, type Found } from './watch.ts';

export interface DriveDeskOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  readonly events: { publish(event: HubEvent): void };
  /** For what may vanish. */
  readonly cacheDir: string;
  /** UTC ms. */
  readonly now: () => number;
  readonly log: Log;
  readonly everyMs?: DriveWatchOptions['everyMs'];
}

export class DriveDesk {
  readonly #watch: DriveWatch;
  readonly #sources: DriveSources;
  readonly #drives: Drives;
  readonly #previews: Previews;
  readonly #reader: DriveReader;
  readonly #cache: FilmCache;
  /** What earlier looks have seen, by source and folder. */
  readonly #memories = new Map<string, ScanMemory>();
  readonly #options: DriveDeskOptions;

  constructor(options: DriveDeskOptions) {
    this.#options = options;
    const { db, secrets, events, now, log, everyMs } = options;
    this.#reader = new DriveReader({ log });
    this.#cache = new FilmCache({ folder: join(options.cacheDir, 'films') });
    const store = driveStore({
      sourceOf: (id) => db.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst(),
    });
    this.#previews = new Previews({ store, reader: this.#reader, cache: this.#cache, log });
    this.#drives = new Drives({ db, isReading: () => false });
    this.#watch = new DriveWatch({
      ...{ db, events, log, now },
      look: (row, settings, signal) => this.#look(row, settings, signal),
      tell: (id) => this.#sources.tell(id),
      onFound: () => undefined,
      ...(everyMs === undefined ? {} : { everyMs }),
    });
    this.#sources = new DriveSources({
      ...{ db, secrets, events, log, now },
      stateOf: (id) => this.#watch.stateOf(id),
      changed: () => this.#watch.changed(),
      tryOut: async (from) => {
        if (from.type === 'account') throw noAccounts();
        const { drives } = await scanFolder(from.path, { now: now(), memory: new Map() });
        return { devices: [], drives: drives.length };
      },
    });
  }

  register(app: FastifyInstance): void {
    registerDriveRoutes(app, {
      sources: this.#sources,
      drives: this.#drives,
      previews: this.#previews,
      watch: this.#watch,
    });
  }

  async start(): Promise<void> {
    await this.#cache.start();
    this.#watch.start();
  }

  async stop(): Promise<void> {
    await this.#watch.stop();
    this.#reader.close();
  }

  async #look(row: SourceRow, { from }: DriveSettingsRow, signal: AbortSignal): Promise<Found> {
    if (from.type === 'account') throw noAccounts();
    const name = `${row.id} ${from.path}`;
    const memory: ScanMemory = this.#memories.get(name) ?? new Map();
    this.#memories.set(name, memory);
    const scan = await scanFolder(from.path, { now: this.#options.now(), memory, signal });
    if (scan.cut) this.#options.log.warn('A folder of drives holds more files than are looked at.', { source: row.id });
    return {
      drives: scan.drives.map((drive) => foundInFolder(row.id, drive)),
      complete: !scan.cut,
      soon: scan.growing,
    };
  }
}

function noAccounts(): UserError {
  return new UserError('Accounts cannot be looked through yet.', 'Use a folder.', { code: 'invalid' });
}
