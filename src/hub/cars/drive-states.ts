/**
 * How the drives in the cars are, as they told last. Kept over a restart, written down at most once a minute.
 */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { readSetting, writeSetting } from '../../catalog/settings.ts';
import type { Database } from '../../catalog/tables.ts';
import type { Car } from '../../contract/car.ts';
import { CarDriveState } from '../../contract/car-drive.ts';

export interface DriveStatesOptions {
  readonly db: Kysely<Database>;
  /** UTC ms. */
  readonly now: () => number;
  /** It is worth telling. */
  readonly onChange: (carId: string) => void;
}

const Stored = z.object({ state: CarDriveState, seenAt: z.number() });
type Stored = z.output<typeof Stored>;

/** It says hello each minute while it can. */
const ONLINE_MS = 180_000;
const WRITE_MS = 60_000;
const keyOf = (carId: string): string => `cars.drive.${carId}`;

export class DriveStates {
  readonly #options: DriveStatesOptions;
  readonly #states = new Map<string, Stored>();
  readonly #written = new Map<string, number>();

  constructor(options: DriveStatesOptions) {
    this.#options = options;
  }

  /** What was known before the hub stopped. */
  async load(carIds: readonly string[]): Promise<void> {
    for (const id of carIds) {
      const stored = Stored.safeParse(await readSetting(this.#options.db, keyOf(id)));
      if (stored.success) this.#states.set(id, stored.data);
    }
  }

  async seen(carId: string, state: CarDriveState): Promise<void> {
    const { db, now, onChange } = this.#options;
    const seenAt = now();
    this.#states.set(carId, { state, seenAt });
    if (seenAt - (this.#written.get(carId) ?? Number.NEGATIVE_INFINITY) >= WRITE_MS) {
      this.#written.set(carId, seenAt);
      await writeSetting(db, keyOf(carId), { state, seenAt });
    }
    onChange(carId);
  }

  of(carId: string): Car['drive'] {
    const known = this.#states.get(carId);
    if (!known) return null;
    const online = this.#options.now() - known.seenAt < ONLINE_MS;
    return { ...known.state, seenAt: new Date(known.seenAt).toISOString(), online };
  }
}
