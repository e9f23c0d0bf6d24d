/**
 * Everything about cars, wired together for the hub.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { HubEvent } from '../../contract/system.ts';
import { MadeFiles } from '../made-files.ts';
import type { Secrets } from '../secrets.ts';
import { Cars } from './cars.ts';
import { CarDetails } from './details.ts';
import { lookAtDrive, markOfDrive } from './drive-look.ts';
import { DriveStates } from './drive-states.ts';
import { CarEvents } from './events.ts';
import { CarFileDoor } from './file-door.ts';
import { CarFiles } from './files.ts';
import type { CarLibrary } from './found-cars.ts';
import { CarHarvests } from './harvests.ts';
import { Incoming } from './incoming.ts';
import { CarIntake } from './intake.ts';
import { CarKeeping } from './keeping.ts';
import { lookAtLibraryCar } from './library-look.ts';
import { CarReader } from './reader.ts';
import { CarRetention } from './retention.ts';
import { registerCarRoutes } from './routes.ts';
import { CarSettingsRow } from './settings-row.ts';
import { CarTelemetryReader } from './telemetry.ts';
import { CarWatch, type CarWatchOptions } from './watch.ts';
import { WriteTurns } from './write-turns.ts';

export interface CarDeskOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Pick<Secrets, 'derive'>;
  readonly events: { publish(event: HubEvent): void };
  /** Where the library is a folder. */
  readonly library: CarLibrary | undefined;
  /** Whether its marker is there and ours. */
  readonly isThere: () => Promise<boolean>;
  /** Whether it has no room for more. */
  readonly isFull: () => boolean;
  /** Keys and ids of files that a clip is being made of. */
  readonly inUse: () => ReadonlySet<string>;
  /** UTC ms by which footage is old. */
  readonly ageNow: () => Promise<number>;
  /** For what may vanish. */
  readonly cacheDir: string;
  /** UTC ms. */
  readonly now: () => number;
  readonly log: Log;
  readonly everyMs?: CarWatchOptions['everyMs'];
  /** Between two looks of a harvest at a drive in use. */
  readonly apartMs?: number;
}

const CACHE_BYTES = 500_000_000;
const TAKE_IN = 'Take it into the library: vidette cars harvest.';
/** Of a car, at most so often. */
const TELL_MS = 1000;

export class CarDesk {
  /** For clips: signed URLs of files. */
  readonly door: CarFileDoor;
  readonly cars: Cars;
  readonly events: CarEvents;
  readonly #options: CarDeskOptions;
  readonly #reader: CarReader;
  /** Looking at drives and clips by itself does not keep people waiting. */
  readonly #slowReader: CarReader;
  readonly #watch: CarWatch;
  readonly #details: CarDetails;
  readonly #files: CarFiles;
  readonly #telemetry: CarTelemetryReader;
  readonly #cache: MadeFiles;
  readonly #keeping: CarKeeping;
  readonly #retention: CarRetention;
  readonly #harvests: CarHarvests;
  readonly #states: DriveStates;
  readonly #intake: CarIntake;
  /** What each image looked like when it was read last. */
  readonly #marks = new Map<string, string>();
  readonly #telling = new Map<string, NodeJS.Timeout>();

  constructor(options: CarDeskOptions) {
    this.#options = options;
    const { db, events, library, log, now, isThere } = options;
    const root = library?.root;
    this.#reader = new CarReader({ log });
    this.#slowReader = new CarReader({ log });
    this.#cache = new MadeFiles({ folder: join(options.cacheDir, 'telemetry'), mostBytes: CACHE_BYTES });
    this.#states = new DriveStates({ db, now, onChange: (id) => this.#tell(id) });
    const car = (name: string): Promise<SourceRow> => this.cars.row(name);
    this.#harvests = new CarHarvests({
      ...{ car, root, isThere, now, log },
      onChange: (id) => this.#tell(id),
      onStored: (id) => this.#watch.changed(id),
      ...(options.apartMs === undefined ? {} : { apartMs: options.apartMs }),
    });
    this.cars = new Cars({
      ...{ db, events, log, library, isThere, reader: this.#reader },
      stateOf: (id) => this.#watch.stateOf(id),
      harvestOf: (id) => this.#harvests.state(id),
      driveOf: (id) => this.#states.of(id),
      changed: (id) => {
        this.#marks.delete(id);
        this.#watch.changed(id);
      },
    });
    this.events = new CarEvents({ db, car });
    this.#files = new CarFiles({ db, car, events: this.events, root });
    const placeOf = this.#files.placeOf.bind(this.#files);
    this.#telemetry = new CarTelemetryReader({
      ...{ db, car, events: this.events, reader: this.#reader, cache: this.#cache, placeOf, log },
    });
    this.#details = new CarDetails({
      ...{ db, reader: this.#slowReader, placeOf, log },
      onKnown: (ids) => {
        for (const id of ids) this.#footage(id);
      },
    });
    this.door = new CarFileDoor({
      key: options.secrets.derive('car-files'),
      now,
      place: async (id) => {
        const file = await db.selectFrom('car_files').selectAll().where('id', '=', id).executeTakeFirst();
        return file && placeOf(file);
      },
    });
    const turns = new WriteTurns();
    this.#keeping = new CarKeeping({
      ...{ db, car, events: this.events, root, isThere, turns, now, log },
      follow: (row) => this.#watch.lookNow(row.id),
    });
    this.#retention = new CarRetention({
      ...{ db, keeping: this.#keeping, now: options.ageNow, inUse: options.inUse, log },
    });
    this.#intake = new CarIntake({
      ...{ car, library, turns, now, log, states: this.#states },
      carCalled: (name) => this.#carCalled(name),
      accepts: async () => !options.isFull() && (await isThere()),
      incoming: root === undefined ? undefined : new Incoming(root),
      onStored: (id) => this.#watch.changed(id),
    });
    this.#watch = new CarWatch({
      ...{ db, log, now },
      discover: () => this.cars.discover(),
      look: (row, settings, signal) => this.#look(row, settings, signal),
      onState: (id) => this.#tell(id),
      onFootage: (id) => {
        this.#footage(id);
        this.#details.soon();
      },
      ...(options.everyMs === undefined ? {} : { everyMs: options.everyMs }),
    });
  }

  async start(): Promise<void> {
    await this.#cache.start();
    const rows = await listSources(this.#options.db, 'dashcam');
    await this.#states.load(rows.map(({ id }) => id));
    this.#watch.start();
    this.#details.soon();
    this.#retention.start();
  }

  async stop(): Promise<void> {
    for (const timer of this.#telling.values()) clearTimeout(timer);
    await this.#harvests.stop();
    await this.#retention.stop();
    this.#reader.close();
    this.#slowReader.close();
    await this.#details.stop();
    await this.#watch.stop();
  }

  register(app: FastifyInstance): void {
    this.door.register(app);
    registerCarRoutes(app, {
      cars: {
        list: () => this.cars.list(),
        get: (car) => this.cars.get(car),
        create: (given) => this.cars.create(given),
        change: (car, change) => this.cars.change(car, change),
        remove: (car) => this.cars.remove(car),
        test: (path) => this.cars.test(path),
        look: async (car) => {
          const row = await this.cars.row(car);
          this.#marks.delete(row.id);
          await this.#watch.lookNow(row.id);
          return this.cars.get(row.id);
        },
      },
      events: this.events,
      telemetry: this.#telemetry,
      files: this.#files,
      keeping: this.#keeping,
      harvests: this.#harvests,
      intake: this.#intake,
    });
  }

  async #look(row: SourceRow, { from }: CarSettingsRow, signal: AbortSignal): Promise<boolean> {
    const { db, library, isThere } = this.#options;
    if (from.type === 'library') {
      if (!library || !(await isThere()))
        throw new UserError('The library is not there.', 'Is its disk mounted?', { code: 'library' });
      return lookAtLibraryCar({ db, sourceId: row.id, root: library.root, folder: row.folder, signal });
    }
    const mark = await markOfDrive(from.path);
    if (mark !== undefined && this.#marks.get(row.id) === mark) return false;
    const { changed, cut } = await lookAtDrive(db, this.#slowReader, row.id, from.path);
    // What the car was writing meanwhile is seen by the next look.
    if (mark === undefined || cut) this.#marks.delete(row.id);
    else this.#marks.set(row.id, mark);
    if (cut && changed) this.#footage(row.id);
    if (cut)
      throw new UserError('There is more on this drive than can be watched: only a part of it is shown.', TAKE_IN, {
        code: 'too-large',
      });
    return changed;
  }

  /** For a drive in a car: by name, or by the folder that it has in the library. */
  async #carCalled(name: string): Promise<SourceRow> {
    const rows = await listSources(this.#options.db, 'dashcam');
    const lower = name.toLowerCase();
    const row =
      rows.find((one) => one.name.toLowerCase() === lower) ?? rows.find((one) => one.folder.toLowerCase() === lower);
    if (!row) {
      const made = await this.cars.addToLibrary(name, undefined, { recentDays: null, maxBytes: null });
      this.#options.log.info('a car was added by its drive', { car: made.id, name: made.name });
      this.#watch.changed(made.id);
      return made;
    }
    if (CarSettingsRow.parse(row.settings).from.type !== 'library')
      throw new UserError(
        `“${row.name}” is a car that is watched where it lies.`,
        'Give the drive’s car another name.',
        {
          code: 'conflict',
        },
      );
    return row;
  }

  #footage(carId: string): void {
    this.#options.events.publish({ type: 'car-footage', car: carId });
    this.#tell(carId);
  }

  /** Tells everybody how a car is now, at most once a second. */
  #tell(carId: string): void {
    if (this.#telling.has(carId)) return;
    const timer = setTimeout(() => {
      this.#telling.delete(carId);
      this.cars.tell(carId).catch((error: unknown) => {
        const level = error instanceof Unavailable ? 'debug' : 'warn';
        this.#options.log[level]('a change of a car was not told', { car: carId, error: messageOf(error) });
      });
    }, TELL_MS).unref();
    this.#telling.set(carId, timer);
  }
}
