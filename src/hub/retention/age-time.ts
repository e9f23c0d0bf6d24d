/**
 * Asks the clocks what time it is for footage: the hub's, the database's, and how far both had come when somebody last looked.
 */
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { readSetting, writeSetting } from '../../catalog/settings.ts';
import type { Database } from '../../catalog/tables.ts';
import { type AgeClock, ageClockAt, CONFIRM_MS, readAgeClock } from './age-clock.ts';

const KEY = 'retention.clock';
const Kept = z.object({ trusted: z.number() });
/** Written down so often: what was reached is not asked of a clock that leapt while the hub was down. */
const KEEP_EVERY_MS = 600_000;

export interface LeapState {
  /** What the wall clock says, and by which time footage grows old; UTC ms. */
  readonly wall: number;
  readonly trusted: number;
  /** When it is believed by itself, if it goes on evenly; UTC ms by the wall clock. */
  readonly believedAt: number;
}

export class AgeTime {
  readonly #db: Kysely<Database>;
  readonly #clock: Clock;
  readonly #log: Log;
  #age: AgeClock | undefined;
  #kept = Number.NEGATIVE_INFINITY;
  #wall = 0;

  constructor(db: Kysely<Database>, clock: Clock, log: Log) {
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
  }

  /** UTC ms. The earlier of hub and database counts. @throws Unavailable while the database is away */
  async now(): Promise<number> {
    const { rows } = await sql<{
      now: number;
    }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(this.#db);
    const wall = Math.min(this.#clock.wall(), rows[0]?.now ?? 0);
    const monotonic = this.#clock.monotonic();
    const before = this.#age ?? (await this.#load(wall, monotonic));
    const next = readAgeClock(before, { wall, monotonic });
    if (next.leap && !before.leap)
      this.#log.warn(
        'The clock has leapt ahead. Nothing is removed for its age until it has gone on evenly for six hours, or somebody confirms it.',
        {
          clock: new Date(wall).toISOString(),
          expected: new Date(next.trusted).toISOString(),
        },
      );
    else if (!next.leap && before.leap)
      this.#log.info('The clock is trusted again.', { clock: new Date(wall).toISOString() });
    this.#age = next;
    this.#wall = wall;
    await this.#keep();
    return next.trusted;
  }

  /** The clock is not believed just now. */
  get leap(): LeapState | null {
    const age = this.#age;
    if (!age?.leap) return null;
    return { wall: this.#wall, trusted: age.trusted, believedAt: age.leap.since + CONFIRM_MS + age.leap.offset };
  }

  /** A person says that the clock is right. */
  async confirm(): Promise<void> {
    this.#age = ageClockAt(this.#clock.wall(), this.#clock.monotonic());
    this.#kept = Number.NEGATIVE_INFINITY;
    await this.now();
  }

  async #load(wall: number, monotonic: number): Promise<AgeClock> {
    const kept = Kept.safeParse(await readSetting(this.#db, KEY));
    return ageClockAt(kept.success ? kept.data.trusted : wall, monotonic);
  }

  async #keep(): Promise<void> {
    if (!this.#age || Math.abs(this.#age.trusted - this.#kept) < KEEP_EVERY_MS) return;
    await writeSetting(this.#db, KEY, { trusted: this.#age.trusted });
    this.#kept = this.#age.trusted;
  }
}
