/**
 * Everything about drives, wired together for the hub.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { getDrive, listDrives, putDrive } from '../../catalog/drives.ts';
import { findSource } from '../../catalog/sources.ts';
import type { Database, DriveRow, SourceRow } from '../../catalog/tables.ts';
import type { HubEvent } from '../../contract/system.ts';
import { type ScanMemory, scanFolder } from '../../sources/openpilot/library/scan-folder.ts';
import type { ClipKind } from '../clips/kind.ts';
import { MadeFiles } from '../made-files.ts';
import type { Secrets } from '../secrets.ts';
import type { Audience } from '../server/events.ts';
import { DriveAccounts, withMinutes } from './accounts.ts';
import { Bookmarks, type BookmarksOptions } from './bookmarks.ts';
import { driveKind } from './drive-kind.ts';
import { Drives } from './drives.ts';
import { FileDoor } from './file-door.ts';
import { Frames } from './frames.ts';
import { foundInFolder } from './look.ts';
import { MapTiles } from './map-tiles.ts';
import { Previews } from './previews.ts';
import { audienceOf } from './privacy.ts';
import { DriveReader } from './reader.ts';
import { DriveReadings } from './readings.ts';
import { registerDriveRoutes } from './routes.ts';
import { DriveSettingsRow } from './source-settings.ts';
import { DriveSources } from './sources.ts';
import { DriveStore } from './store.ts';
import { DriveWatch, type DriveWatchOptions, type Found } from './watch.ts';

export interface DriveDeskOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  readonly events: { publish(event: HubEvent, audience?: Audience): void };
  /** For what may vanish. */
  readonly cacheDir: string;
  /** UTC ms. */
  readonly now: () => number;
  /** IANA zone of file names. */
  readonly timeZone: string;
  readonly log: Log;
  readonly createClip: BookmarksOptions['create'];
  readonly everyMs?: DriveWatchOptions['everyMs'];
}

/** A server gives five lists of files a minute. */
const MOST_READ_AT_A_LOOK = 3;
const MAP_BYTES = 200_000_000;

export class DriveDesk {
  /** Clips of drives. */
  readonly kind: ClipKind;
  readonly #door: FileDoor;
  readonly #watch: DriveWatch;
  readonly #sources: DriveSources;
  readonly #drives: Drives;
  readonly #previews: Previews;
  /** Pictures, which somebody waits for, are not made behind the logs of a long drive. */
  readonly #reader: DriveReader;
  readonly #logReader: DriveReader;
  readonly #readings: DriveReadings;
  readonly #accounts: DriveAccounts;
  readonly #bookmarks: Bookmarks;
  readonly #frames: Frames;
  readonly #map: MapTiles;
  readonly #tiles: MadeFiles;
  readonly #cache: MadeFiles;
  /** What earlier looks have seen, by source and folder. */
  readonly #memories = new Map<string, ScanMemory>();
  readonly #options: DriveDeskOptions;

  constructor(options: DriveDeskOptions) {
    this.#options = options;
    const { db, secrets, events, now, log, everyMs } = options;
    this.#reader = new DriveReader({ log });
    this.#logReader = new DriveReader({ log });
    this.#cache = new MadeFiles({ folder: join(options.cacheDir, 'films') });
    this.#accounts = new DriveAccounts({ secrets, tmpDir: join(options.cacheDir, 'brought'), now });
    const sourceOf = (id: string) => db.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst();
    this.#door = new FileDoor({
      key: secrets.derive('drive-files'),
      now,
      place: async (id, minute, file) => {
        const drive = await getDrive(db, id);
        if (!drive) throw new UserError('The drive is not there any more.', '', { code: 'not-found' });
        return store.place({ drive, minute, file });
      },
    });
    const store: DriveStore = new DriveStore({
      sourceOf,
      accounts: this.#accounts,
      sign: ({ drive, minute, file }) => this.#door.sign(drive.id, minute, file),
    });
    this.#previews = new Previews({ store, reader: this.#reader, cache: this.#cache, log });
    this.#tiles = new MadeFiles({ folder: join(options.cacheDir, 'map'), mostBytes: MAP_BYTES });
    this.#map = new MapTiles({ db, cache: this.#tiles });
    this.#frames = new Frames({
      ...{ store, reader: this.#reader, cache: this.#cache, sourceOf },
      tmpDir: join(options.cacheDir, 'brought'),
    });
    this.#readings = new DriveReadings({
      ...{ db, store, log },
      reader: this.#logReader,
      onChange: (id) => this.#tellDrive(id),
      onRead: () => this.#bookmarks.soon(),
    });
    this.#drives = new Drives({
      db,
      isReading: (id) => this.#readings.isReading(id),
      problemOf: (id) => this.#readings.problemOf(id),
      opened: async (drive) => {
        const source = await sourceOf(drive.source_id);
        const known = source && (await this.#learnFiles(source, drive));
        this.#readings.want(known ?? drive);
        return known;
      },
    });
    this.#bookmarks = new Bookmarks({
      ...{ db, sourceOf, now, log },
      findSource: (name, asker) => this.#sources.row(name, asker),
      create: options.createClip,
    });
    this.kind = driveKind({
      ...{ sourceOf, store, now, timeZone: options.timeZone },
      find: (name, asker) => this.#drives.find(name, asker),
      get: (id) => getDrive(db, id),
      learn: async (drive) => {
        const source = await sourceOf(drive.source_id);
        return (source && (await this.#learnFiles(source, drive))) ?? drive;
      },
    });
    this.#watch = new DriveWatch({
      ...{ db, events, log, now },
      look: (row, settings, signal) => this.#look(row, settings, signal),
      tell: (id) => this.#sources.tell(id),
      onFound: (ids) => {
        for (const id of ids) this.#tellDrive(id);
        this.#readings.soon();
      },
      ...(everyMs === undefined ? {} : { everyMs }),
    });
    this.#sources = new DriveSources({
      ...{ db, secrets, events, log, now },
      stateOf: (id) => this.#watch.stateOf(id),
      changed: (id) => {
        this.#accounts.forget(id);
        this.#watch.changed();
        this.#bookmarks.soon();
      },
      tryOut: async (from, token) => {
        if (from.type === 'account') return this.#accounts.tryOut(from, token);
        const { drives } = await scanFolder(from.path, { now: now(), memory: new Map() });
        return { devices: [], drives: drives.length };
      },
    });
  }

  register(app: FastifyInstance): void {
    this.#door.register(app);
    registerDriveRoutes(app, {
      sources: this.#sources,
      drives: this.#drives,
      previews: this.#previews,
      watch: this.#watch,
      bookmarks: this.#bookmarks,
      frames: this.#frames,
      map: this.#map,
    });
  }

  /** An account of the hub is gone. */
  removeOf(owner: string): Promise<void> {
    return this.#sources.removeOf(owner);
  }

  async start(): Promise<void> {
    await this.#cache.start();
    await this.#tiles.start();
    await this.#accounts.start();
    this.#watch.start();
    this.#readings.soon();
    this.#bookmarks.soon();
  }

  async stop(): Promise<void> {
    this.#reader.close();
    this.#logReader.close();
    await this.#watch.stop();
    await this.#readings.stop();
    await this.#bookmarks.stop();
  }

  async #look(row: SourceRow, settings: DriveSettingsRow, signal: AbortSignal): Promise<Found> {
    const { from } = settings;
    if (from.type === 'account') {
      const found = await this.#accounts.look(row, settings, signal);
      if (settings.bookmarkClips !== null) setImmediate(() => void this.#readForClips(row, settings.clipsSince));
      return found;
    }
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

  /** Of a drive of an account: which files there are. What is known already stands where the server cannot be asked. */
  async #learnFiles(source: SourceRow, drive: DriveRow): Promise<DriveRow | undefined> {
    if (DriveSettingsRow.parse(source.settings).from.type !== 'account') return undefined;
    try {
      const minutes = await this.#accounts.minutes(source, drive);
      return (await putDrive(this.#options.db, withMinutes(drive, minutes)))?.row;
    } catch (error) {
      if (!drive.files_known || !(error instanceof UserError || error instanceof Unavailable)) throw error;
      this.#options.log.info('Which files a drive has could not be asked.', {
        drive: drive.id,
        error: messageOf(error),
      });
      return undefined;
    }
  }

  /** Clips of bookmarks are wanted of an account: its newest drives are read although nobody opens them, a few at each look. */
  async #readForClips(source: SourceRow, since: number): Promise<void> {
    const { db, log } = this.#options;
    try {
      const drives = await listDrives(db, { sourceId: source.id, limit: 20 });
      const due = drives.filter(
        (drive) =>
          drive.start_at + drive.duration_ms >= since &&
          (!drive.files_known ||
            drive.minutes.length * 60_000 < drive.duration_ms ||
            drive.summary_of !== drive.logs_of),
      );
      for (const drive of due.slice(0, MOST_READ_AT_A_LOOK))
        this.#readings.want((await this.#learnFiles(source, drive)) ?? drive);
    } catch (error) {
      log.info('New drives of an account could not be read for clips of bookmarks.', {
        source: source.id,
        error: messageOf(error),
      });
    }
  }

  #tellDrive(id: string): void {
    const { db, events } = this.#options;
    getDrive(db, id)
      .then(async (row) => {
        const source = row && (await findSource(db, row.source_id));
        if (row && source) events.publish({ type: 'drive', drive: this.#drives.describe(row) }, audienceOf(source));
      })
      .catch((error: unknown) =>
        this.#options.log.debug('a change of a drive was not told', { drive: id, error: messageOf(error) }),
      );
  }
}
