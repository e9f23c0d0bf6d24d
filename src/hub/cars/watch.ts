/**
 * Looks at cars again and again: at the manifests of those in the library, and at the drives that are watched where they lie.
 */
import type { Kysely } from 'kysely';
import { InputError, messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { Car } from '../../contract/car.ts';
import { CarSettingsRow } from './settings-row.ts';

export interface CarWatchOptions {
  readonly db: Kysely<Database>;
  readonly log: Log;
  /** UTC ms. */
  readonly now: () => number;
  /** Cars of the library that are not known yet are added. */
  readonly discover: () => Promise<void>;
  /** @returns whether anything is new. @throws UserError, InputError, Unavailable */
  readonly look: (row: SourceRow, settings: CarSettingsRow, signal: AbortSignal) => Promise<boolean>;
  /** Its state is another one. */
  readonly onState: (carId: string) => void;
  /** Its footage is another one. */
  readonly onFootage: (carId: string) => void;
  readonly everyMs?: { readonly library: number; readonly folder: number };
}

interface Watched {
  state: Car['state'];
  revision: number;
  looking: Promise<void> | undefined;
  /** Monotonic ms. */
  due: number;
  failures: number;
}

const EVERY = { library: 5000, folder: 30_000 };
const RETRY_MS = 15_000;
const LONGEST_RETRY_MS = 600_000;
/** So many times as long as a look took nothing is looked at. */
const LEISURE = 20;
const TICK_MS = 1000;
const WAITING = { status: 'waiting', lookedAt: null, problem: null, remedy: null } as const;

export class CarWatch {
  readonly #options: CarWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  /** Monotonic ms. */
  #discoverAt = 0;

  constructor(options: CarWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.soon(0);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the hub stops'));
    clearTimeout(this.#timer);
    await this.#reading;
    await Promise.all([...this.#watched.values()].map((one) => one.looking));
  }

  stateOf(carId: string): Car['state'] {
    return this.#watched.get(carId)?.state ?? WAITING;
  }

  /** Something may be new of a car: it is looked at without delay. */
  changed(carId: string): void {
    const watched = this.#watched.get(carId);
    if (watched) watched.due = 0;
    this.soon(0);
  }

  /** Looks at once, and waits for it. */
  async lookNow(carId: string): Promise<void> {
    await this.#reading;
    await this.#watched.get(carId)?.looking;
    const watched = this.#watched.get(carId);
    if (watched) watched.due = 0;
    await this.#read();
    await this.#watched.get(carId)?.looking;
  }

  soon(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), ms).unref();
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce()
      .catch((error: unknown) => {
        const level = error instanceof Unavailable ? 'warn' : 'error';
        this.#options.log[level]('Cars could not be looked after; trying again.', { error });
      })
      .then(() => {
        this.#reading = undefined;
        this.soon(TICK_MS);
      });
    return this.#reading;
  }

  /** Starts every look that is due. */
  async #readOnce(): Promise<void> {
    const { everyMs = EVERY } = this.#options;
    if (performance.now() >= this.#discoverAt) {
      await this.#options.discover();
      this.#discoverAt = performance.now() + everyMs.library;
    }
    const rows = await listSources(this.#options.db, 'dashcam');
    const ids = new Set(rows.map((row) => row.id));
    for (const id of this.#watched.keys()) if (!ids.has(id)) this.#watched.delete(id);
    const now = performance.now();
    for (const row of rows) {
      let watched = this.#watched.get(row.id);
      if (!watched) {
        watched = { state: WAITING, revision: row.revision, looking: undefined, due: 0, failures: 0 };
        this.#watched.set(row.id, watched);
      }
      if (watched.revision !== row.revision) Object.assign(watched, { revision: row.revision, due: 0, failures: 0 });
      if (watched.looking || watched.due > now || this.#stopping.signal.aborted) continue;
      const one = watched;
      one.looking = this.#look(row, one).finally(() => {
        one.looking = undefined;
      });
    }
  }

  async #look(row: SourceRow, watched: Watched): Promise<void> {
    const { look, log, now, everyMs = EVERY, onFootage } = this.#options;
    const settings = CarSettingsRow.parse(row.settings);
    if (watched.state.lookedAt === null) this.#say(row.id, watched, { ...watched.state, status: 'looking' });
    let wait = everyMs[settings.from.type];
    const begun = performance.now();
    const lookedAt = (): string => new Date(now()).toISOString();
    watched.due = Number.POSITIVE_INFINITY;
    try {
      const news = await look(row, settings, this.#stopping.signal);
      watched.failures = 0;
      wait = Math.max(wait, (performance.now() - begun) * LEISURE);
      this.#say(row.id, watched, { status: 'ok', lookedAt: lookedAt(), problem: null, remedy: null });
      if (news) onFootage(row.id);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      watched.failures += 1;
      wait = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** (watched.failures - 1));
      const known = error instanceof UserError || error instanceof Unavailable || error instanceof InputError;
      log[known ? 'warn' : 'error']('A car could not be looked at.', {
        car: row.id,
        error: known ? messageOf(error) : error,
      });
      this.#say(row.id, watched, {
        status: 'failed',
        lookedAt: lookedAt(),
        problem: known ? messageOf(error) : 'Looking at it failed; the hub’s log says why.',
        remedy: error instanceof UserError ? error.remedy : 'It is tried again by itself.',
      });
    } finally {
      // What changed while it was looked at has said so meanwhile.
      if (watched.due === Number.POSITIVE_INFINITY) watched.due = performance.now() + wait;
    }
  }

  #say(carId: string, watched: Watched, state: Car['state']): void {
    const before = watched.state;
    watched.state = state;
    // That it was looked at once more is nothing to tell of.
    if (before.status !== state.status || before.problem !== state.problem) this.#options.onState(carId);
  }
}
