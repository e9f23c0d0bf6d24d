/**
 * Removes what a car's limits say, now and then.
 */
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { carTotals, looseCarClips } from '../../catalog/car-files.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { CarKeeping } from './keeping.ts';
import { planCarRetention } from './retention-plan.ts';
import { CarSettingsRow } from './settings-row.ts';

export interface CarRetentionOptions {
  readonly db: Kysely<Database>;
  readonly keeping: Pick<CarKeeping, 'remove'>;
  /** UTC ms by which footage is old: not the wall clock, which may leap. */
  readonly now: () => Promise<number>;
  /** Files that a clip is being made of. */
  readonly inUse: () => ReadonlySet<string>;
  readonly log: Log;
  readonly everyMs?: number;
}

const EVERY_MS = 300_000;
/** At once; the next run goes on. */
const MOST = 1000;

export class CarRetention {
  readonly #options: CarRetentionOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: CarRetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.run(), this.#options.everyMs ?? EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  run(): Promise<void> {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #all(): Promise<void> {
    const { db, log } = this.#options;
    try {
      for (const car of await listSources(db, 'dashcam')) if (!this.#stopped) await this.#one(car);
    } catch (error) {
      const known = error instanceof UserError || error instanceof Unavailable;
      log[known ? 'info' : 'error']('Footage of cars could not be removed; trying again later.', {
        error: known ? messageOf(error) : error,
      });
    }
  }

  async #one(car: SourceRow): Promise<void> {
    const { db, keeping, inUse, now, log } = this.#options;
    const { from, keep } = CarSettingsRow.parse(car.settings);
    if (from.type !== 'library' || (keep.recentDays === null && keep.maxBytes === null)) return;
    const using = inUse();
    const loose = (await looseCarClips(db, car.id, { limit: MOST }))
      .filter(({ key, id }) => !using.has(key) && !using.has(id))
      .map((row) => ({ ...row, start: row.start_at ?? 0 }));
    const { bytes: total = 0 } = (await carTotals(db, car.id)).get(car.id) ?? {};
    for (const { why, clips } of planCarRetention(keep, loose, total, await now())) {
      const gone = await keeping.remove(car, clips, why);
      if (gone.files > 0) log.info('old footage of a car was removed', { car: car.id, why, ...gone });
    }
  }
}
