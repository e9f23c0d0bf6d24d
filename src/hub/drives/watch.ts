/**
 * Looks for new drives by itself: often in folders, seldom in accounts, whose servers count the questions.
 */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { dropDrives, type FoundDrive, putDrive } from '../../catalog/drives.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { DriveSource } from '../../contract/drive.ts';
import type { HubEvent } from '../../contract/system.ts';
import { DriveSettingsRow } from './source-settings.ts';

/** What one look has found. */
export interface Found {
  readonly drives: readonly FoundDrive[];
  /** What is known of others is out of date: they are not there any more. */
  readonly complete: boolean;
  /** Something is being written: look again soon. */
  readonly soon: boolean;
}

export interface DriveWatchOptions {
  readonly db: Kysely<Database>;
  readonly events: { publish(event: HubEvent): void };
  readonly log: Log;
  /** UTC ms. */
  readonly now: () => number;
  /** @throws UserError, Unavailable */
  readonly look: (row: SourceRow, settings: DriveSettingsRow, signal: AbortSignal) => Promise<Found>;
  /** The source as it is now is worth telling. */
  readonly tell: (sourceId: string) => Promise<void>;
  /** Drives have come or changed. */
  readonly onFound: (ids: readonly string[]) => void;
  readonly everyMs?: { readonly folder: number; readonly account: number; readonly soon: number };
}

interface Watched {
  state: DriveSource['state'];
  revision: number;
  looking: Promise<void> | undefined;
  /** Monotonic ms. */
  due: number;
  failures: number;
  /** Drives as they were put into the catalog last: what is the same is not put in again. */
  known: Map<string, string>;
}

const EVERY = { folder: 30_000, account: 600_000, soon: 6000 };
/** After a failure it is tried again after this, and twice as long each time. */
const RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 1_800_000;
/** So many times as long as a look took nothing is looked at. */
const LEISURE = 20;

export class DriveWatch {
  readonly #options: DriveWatchOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #again = false;

  constructor(options: DriveWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.changed();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the hub stops'));
    clearTimeout(this.#timer);
    await this.#reading;
    await Promise.all([...this.#watched.values()].map((one) => one.looking));
  }

  stateOf(sourceId: string): DriveSource['state'] {
    const known = this.#watched.get(sourceId)?.state;
    return known ?? { status: 'waiting', lookedAt: null, problem: null, remedy: null };
  }

  /** The list of sources, or one of them, is not what it was. */
  changed(): void {
    this.#again = true;
    this.#soon(0);
  }

  /** Looks at once, and waits for it. */
  async lookNow(sourceId: string): Promise<void> {
    await this.#read();
    const watched = this.#watched.get(sourceId);
    if (!watched) return;
    await watched.looking;
    watched.due = 0;
    await this.#read();
    await this.#watched.get(sourceId)?.looking;
  }

  #soon(ms: number): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), ms).unref();
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce()
      .catch((error: unknown) => {
        const level = error instanceof Unavailable ? 'warn' : 'error';
        this.#options.log[level]('Sources of drives could not be looked after; trying again.', { error });
      })
      .then(() => {
        this.#reading = undefined;
        this.#soon(this.#again ? 0 : 2000);
      });
    return this.#reading;
  }

  /** Starts every look that is due. */
  async #readOnce(): Promise<void> {
    this.#again = false;
    const rows = await listSources(this.#options.db, 'openpilot');
    const ids = new Set(rows.map((row) => row.id));
    for (const id of this.#watched.keys()) if (!ids.has(id)) this.#watched.delete(id);
    const now = performance.now();
    for (const row of rows) {
      let watched = this.#watched.get(row.id);
      if (!watched) {
        const state = { status: 'waiting', lookedAt: null, problem: null, remedy: null } as const;
        watched = { state, revision: row.revision, looking: undefined, due: 0, failures: 0, known: new Map() };
        this.#watched.set(row.id, watched);
      }
      if (watched.revision !== row.revision)
        Object.assign(watched, { revision: row.revision, due: 0, failures: 0, known: new Map() });
      if (!row.enabled || watched.looking || watched.due > now || this.#stopping.signal.aborted) continue;
      const one = watched;
      one.looking = this.#look(row, one).finally(() => {
        one.looking = undefined;
      });
    }
  }

  async #look(row: SourceRow, watched: Watched): Promise<void> {
    const { look, log, now, everyMs = EVERY } = this.#options;
    const first = watched.state.lookedAt === null && watched.state.status === 'waiting';
    if (first) await this.#say(row.id, watched, { ...watched.state, status: 'looking' });
    const settings = DriveSettingsRow.parse(row.settings);
    let wait = everyMs[settings.from.type];
    const begun = performance.now();
    try {
      const found = await look(row, settings, this.#stopping.signal);
      await this.#keep(row, found, watched);
      watched.failures = 0;
      if (found.soon) wait = Math.min(wait, everyMs.soon);
      // A large folder, or a slow one, is not looked through all the time.
      wait = Math.max(wait, (performance.now() - begun) * LEISURE);
      const lookedAt = new Date(now()).toISOString();
      await this.#say(row.id, watched, { status: 'ok', lookedAt, problem: null, remedy: null });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      watched.failures++;
      wait = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** (watched.failures - 1));
      if (error instanceof Unavailable) wait = Math.max(wait, error.retryAfterMs);
      const known = error instanceof UserError || error instanceof Unavailable;
      log[known ? 'warn' : 'error']('Drives could not be looked for.', {
        source: row.id,
        error: known ? messageOf(error) : error,
      });
      await this.#say(row.id, watched, {
        status: 'failed',
        lookedAt: watched.state.lookedAt,
        problem: known ? messageOf(error) : 'Looking for drives failed; the hub’s log says why.',
        remedy: error instanceof UserError ? error.remedy : 'It is tried again by itself.',
      });
    } finally {
      watched.due = performance.now() + wait;
    }
  }

  async #keep(row: SourceRow, found: Found, watched: Watched): Promise<void> {
    const { db, events, onFound } = this.#options;
    const news: string[] = [];
    const known = new Map<string, string>();
    for (const drive of found.drives) {
      const { route, durationMs, filesKnown, logsOf, minutes } = drive;
      const mark = JSON.stringify([durationMs, filesKnown, logsOf, minutes]);
      known.set(route, createHash('sha256').update(mark).digest('base64url'));
      if (watched.known.get(route) === known.get(route)) continue;
      const put = await putDrive(db, drive);
      if (put) news.push(put.row.id);
    }
    if (found.complete)
      for (const id of await dropDrives(
        db,
        row.id,
        found.drives.map((drive) => drive.route),
      ))
        events.publish({ type: 'drive-deleted', id, source: row.id });
    watched.known = known;
    if (news.length > 0) onFound(news);
  }

  async #say(sourceId: string, watched: Watched, state: DriveSource['state']): Promise<void> {
    const before = watched.state;
    watched.state = state;
    // That it was looked at once more is nothing to tell of.
    if (before.status === state.status && before.problem === state.problem) return;
    await this.#options.tell(sourceId).catch((error: unknown) => {
      this.#options.log.debug('a change of a source of drives was not told', { error: messageOf(error) });
    });
  }
}
