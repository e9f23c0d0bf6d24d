/**
 * What is kept, and where: retention, the archive and the clock by which footage grows old, wired together.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { protectedBytes } from '../catalog/kept.ts';
import { noteRetention } from '../catalog/outages.ts';
import { totals as readTotals } from '../catalog/segment-days.ts';
import type { Database } from '../catalog/tables.ts';
import type { Storage } from '../contract/storage.ts';
import { Archive } from './archive/archive.ts';
import { Libraries } from './archive/libraries.ts';
import { Mover } from './archive/mover.ts';
import { type Library, libraryState } from './library.ts';
import type { FootageTotals } from './recording/totals.ts';
import { AgeTime } from './retention/age-time.ts';
import { catalogShelf, limitsOf } from './retention/catalog-shelf.ts';
import { Retention } from './retention/retention.ts';
import type { Space } from './retention/space.ts';
import type { Secrets } from './secrets.ts';

export interface KeepingOptions {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly library: Library;
  /** Where the first library is, as the settings of the hub say. */
  readonly where: string;
  readonly space: Space;
  readonly totals: FootageTotals;
  /** Blob keys that a job is reading. */
  readonly inUse: () => ReadonlySet<string>;
  readonly onRemoved: (sourceId: string) => void;
  readonly floorBytes?: number;
  readonly log: Log;
}

export class Keeping {
  /** Both libraries as one, for everything that reads. */
  readonly libraries: Libraries;
  readonly archive: Archive;
  readonly retention: Retention;
  readonly #mover: Mover;
  readonly #age: AgeTime;
  readonly #options: KeepingOptions;

  constructor(options: KeepingOptions) {
    const { db, clock, secrets, library, space, totals, inUse, floorBytes } = options;
    this.#options = options;
    const log = options.log.child({ part: 'retention' });
    this.#age = new AgeTime(db, clock, log);
    this.archive = new Archive({
      db,
      secrets,
      first: { where: options.where, id: library.id },
      log,
      ...(floorBytes === undefined ? {} : { floorBytes }),
    });
    this.libraries = new Libraries(library.store, () => this.archive.current?.store, secrets.derive('signed-urls'));
    this.retention = new Retention({
      shelf: catalogShelf({ db, totals, note: (gone) => noteRetention(db, gone) }),
      stores: () => {
        const archive = this.archive.current;
        const first = { store: 0, blobs: library.store, library: library.id, space };
        return archive
          ? [first, { store: 1, blobs: archive.store, library: archive.id, space: archive.space }]
          : [first];
      },
      log,
      now: () => this.#age.now(),
      inUse,
      onRemoved: (sources) => {
        for (const source of sources) options.onRemoved(source);
      },
    });
    this.#mover = new Mover({
      db,
      first: library.store,
      library: library.id,
      archive: () => this.archive.settled,
      ages: async () => {
        const rows = await db.selectFrom('sources').select(['id', 'settings']).execute();
        const ages = rows.map((row) => [row.id, limitsOf(row.settings).archiveAfterDays] as const);
        return new Map(ages.filter((one): one is [string, number] => one[1] !== null));
      },
      now: () => this.#age.now(),
      inUse,
      needsRoom: () => this.retention.soon(),
      log,
    });
  }

  async start(): Promise<void> {
    await this.archive.load();
    this.retention.start();
    this.#mover.start();
  }

  async stop(): Promise<void> {
    await this.#mover.stop();
    await this.retention.stop();
  }

  /** Footage has come. */
  published(bytes: number): void {
    this.#options.space.wrote(bytes);
    this.retention.published().catch((error: unknown) => {
      this.#options.log.debug('the room was not looked at', { error: messageOf(error) });
    });
  }

  /** Limits, the archive or the clock are not what they were. */
  changed(): void {
    this.retention.changed();
    this.#mover.soon();
  }

  /** UTC ms by which footage is old. */
  ageNow(): Promise<number> {
    return this.#age.now();
  }

  async confirmClock(): Promise<void> {
    await this.#age.confirm();
  }

  async storage(): Promise<Storage> {
    const { db, library, space, where, log } = this.#options;
    const [totals, held, state, archived] = await Promise.all([
      readTotals(db),
      protectedBytes(db),
      libraryState(library, log),
      this.archive.state(),
    ]);
    const bytesIn = (store: 0 | 1): number => totals.reduce((sum, one) => sum + one.byStore[store], 0);
    const room = (of: Space) => {
      const { free, total, floor } = of.state;
      return total === 0 ? { free: null, total: null, floor: 0 } : { free, total, floor };
    };
    const open = this.archive.current;
    const { moving, reason, segments, bytes } = this.#mover.state;
    const { leap } = this.#age;
    const instant = (wall: number): string => new Date(wall).toISOString();
    return {
      library: { where, state, bytes: bytesIn(0), ...room(space), full: space.paused },
      archive: open
        ? {
            where: open.where,
            state: archived,
            bytes: bytesIn(1),
            ...room(open.space),
            bytesPerSecond: open.bytesPerSecond,
            moving,
            reason,
            moved: { segments, bytes },
          }
        : null,
      protectedBytes: [...held.values()].reduce((sum, one) => sum + one, 0),
      clock: leap
        ? { says: instant(leap.wall), trusted: instant(leap.trusted), believedAt: instant(leap.believedAt) }
        : null,
    };
  }
}
