/**
 * Cars as people see them: added, changed, forgotten, tried; and found in the library by themselves.
 */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { InputError, messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { countCarEvents, emptyCar, forgetCar } from '../../catalog/car-events.ts';
import { type CarTotals, carTotals, NO_FOOTAGE } from '../../catalog/car-files.ts';
import { changeSource, createSource, findSource, listSources, takenFolders } from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { Car, CarChange, CarCreate, CarTest } from '../../contract/car.ts';
import type { HubEvent } from '../../contract/system.ts';
import { folderFor } from '../folder-name.ts';
import { addFoundCars, addLibraryCar, type CarLibrary, noteForgotten } from './found-cars.ts';
import type { CarReader } from './reader.ts';
import { CarSettingsRow } from './settings-row.ts';

export interface CarsOptions {
  readonly db: Kysely<Database>;
  readonly events: { publish(event: HubEvent): void };
  readonly log: Log;
  /** Undefined: it is in a bucket. */
  readonly library: CarLibrary | undefined;
  /** Whether its marker is there and ours. */
  readonly isThere: () => Promise<boolean>;
  readonly reader: Pick<CarReader, 'ask'>;
  readonly stateOf: (carId: string) => Car['state'];
  readonly harvestOf: (carId: string) => Car['harvest'];
  readonly driveOf: (carId: string) => Car['drive'];
  /** Something else has to be looked at from now on. */
  readonly changed: (carId: string) => void;
}

export class Cars {
  readonly #options: CarsOptions;

  constructor(options: CarsOptions) {
    this.#options = options;
  }

  /** @throws UserError `not-found` */
  async row(idOrName: string): Promise<SourceRow> {
    const row = await findSource(this.#options.db, idOrName);
    if (row?.kind !== 'dashcam')
      throw new UserError('There is no such car.', 'See the list of cars.', { code: 'not-found' });
    return row;
  }

  /** By name. */
  async list(): Promise<Car[]> {
    const { db } = this.#options;
    const [rows, totals, events] = [await listSources(db, 'dashcam'), await carTotals(db), await countCarEvents(db)];
    return rows.map((row) => this.#describe(row, totals.get(row.id), events.get(row.id)));
  }

  async get(idOrName: string): Promise<Car> {
    return this.describe(await this.row(idOrName));
  }

  async describe(row: SourceRow): Promise<Car> {
    const { db } = this.#options;
    const [totals, events] = [await carTotals(db, row.id), await countCarEvents(db, row.id)];
    return this.#describe(row, totals.get(row.id), events.get(row.id));
  }

  #describe(row: SourceRow, totals: CarTotals = NO_FOOTAGE, events = 0): Car {
    const { from, keep } = CarSettingsRow.parse(row.settings);
    const { clips, bytes, encrypted, damaged, timeless, from: first, to: last } = totals;
    return {
      ...{ id: row.id, name: row.name, kind: 'dashcam', keep, events, clips, bytes, encrypted, damaged, timeless },
      from: from.type === 'library' ? { type: 'library', folder: row.folder } : from,
      state: this.#options.stateOf(row.id),
      footage:
        first === null || last === null
          ? null
          : { from: new Date(first).toISOString(), to: new Date(last).toISOString() },
      harvest: this.#options.harvestOf(row.id),
      drive: this.#options.driveOf(row.id),
      createdAt: row.created_at.toISOString(),
    };
  }

  /** @throws UserError when the name is taken, or the library is no folder */
  async create({ name, from, keep }: CarCreate): Promise<Car> {
    const { db, log } = this.#options;
    const row =
      from.type === 'library'
        ? await this.addToLibrary(name, from.folder, keep)
        : await createSource(db, {
            ...{ id: randomUUID(), kind: 'dashcam', name, folder: folderFor(name, await takenFolders(db)) },
            settings: { from: { type: 'folder', path: tidy(from.path) }, keep },
          });
    log.info('a car was added', { car: row.id, name: row.name, from: from.type });
    return this.#told(row);
  }

  /** @param folder made of the name where it is not given: the one that has that name already, or a new one */
  async addToLibrary(name: string, folder: string | undefined, keep: Car['keep']): Promise<SourceRow> {
    const { db, library } = this.#options;
    if (!library)
      throw new UserError(
        'The library is in a bucket: footage of cars needs a library in a folder.',
        'Open the drive as a folder, or harvest into a library in a folder with vidette harvest --library.',
        { code: 'invalid' },
      );
    return addLibraryCar(db, library, { name, folder: folder ?? folderFor(name, await takenFolders(db)), keep });
  }

  /** @throws UserError `not-found`, `conflict` */
  async change(idOrName: string, change: CarChange): Promise<Car> {
    const { db, log } = this.#options;
    const row = await this.row(idOrName);
    const before = CarSettingsRow.parse(row.settings);
    if (change.from && before.from.type === 'library')
      throw new UserError('A car of the library stays there.', 'Add the folder as another car.', {
        code: 'invalid',
        fields: { from: 'cannot be changed of a car in the library' },
      });
    const from = change.from ? { type: 'folder' as const, path: tidy(change.from.path) } : before.from;
    const changed = await changeSource(db, row.id, {
      ...(change.name === undefined ? {} : { name: change.name }),
      settings: { from, keep: change.keep ?? before.keep },
    });
    if (!changed) throw new UserError('It has just been removed.', 'See the list of cars.', { code: 'not-found' });
    // What lies elsewhere is other footage.
    if (change.from && JSON.stringify(from) !== JSON.stringify(before.from)) await emptyCar(db, row.id);
    log.info('a car was changed', { car: row.id, name: changed.name });
    return this.#told(changed);
  }

  /** No file of its is touched. @throws UserError `not-found` */
  async remove(idOrName: string): Promise<void> {
    const { db, events, log, changed } = this.#options;
    const row = await this.row(idOrName);
    if (CarSettingsRow.parse(row.settings).from.type === 'library') await noteForgotten(db, row.folder);
    await forgetCar(db, row.id);
    log.info('a car was removed', { car: row.id, name: row.name });
    changed(row.id);
    events.publish({ type: 'car-deleted', id: row.id });
  }

  /** What is wrong with the place is the answer. */
  async test(path: string): Promise<CarTest> {
    try {
      const scanned = await this.#options.reader.ask({ do: 'scan', path: tidy(path), known: new Set() });
      const clips = scanned.files.filter(({ place }) => place.kind === 'clip');
      const events = new Set(
        scanned.files.flatMap(({ place }) =>
          place.kind !== 'other' && place.event !== undefined ? [`${place.ring}/${place.event}`] : [],
        ),
      );
      const bytes = scanned.files.reduce((sum, file) => sum + file.bytes, 0);
      const counts = { kind: scanned.kind, clips: clips.length, events: events.size, bytes };
      if (clips.length > 0) return { ok: true, ...counts };
      const problem = {
        message: 'There is no dash cam footage there.',
        remedy: 'Name the folder that holds TeslaCam.',
      };
      return { ok: false, problem, ...counts };
    } catch (error) {
      if (!(error instanceof UserError || error instanceof InputError || error instanceof Unavailable)) throw error;
      const remedy = error instanceof UserError ? error.remedy : 'Is it a drive of a car? Try again.';
      return { ok: false, problem: { message: messageOf(error), remedy }, kind: null, clips: 0, events: 0, bytes: 0 };
    }
  }

  /** Adds what somebody has harvested into the library without the hub. */
  async discover(): Promise<void> {
    const { db, library, log, isThere } = this.#options;
    if (!library || !(await isThere())) return;
    for (const row of await addFoundCars(db, library)) {
      log.info('a car was found in the library', { car: row.id, folder: row.folder });
      await this.#told(row);
    }
  }

  /** Tells everybody how a car is now. */
  async tell(carId: string): Promise<void> {
    const row = await findSource(this.#options.db, carId);
    if (row?.kind === 'dashcam') this.#options.events.publish({ type: 'car', car: await this.describe(row) });
  }

  async #told(row: SourceRow): Promise<Car> {
    this.#options.changed(row.id);
    const car = await this.describe(row);
    this.#options.events.publish({ type: 'car', car });
    return car;
  }
}

const tidy = (path: string): string => path.replace(/(.)\/+$/, '$1');
