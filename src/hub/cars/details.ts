/**
 * Has clips looked into, one after the other, the newest first: how they are coded, and whether they can be played.
 */
import type { Kysely } from 'kysely';
import { InputError, messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type ClipFactsRow, noteClipFacts, unexaminedCarClips } from '../../catalog/car-files.ts';
import type { CarFileRow, Database } from '../../catalog/tables.ts';
import type { FilePlace } from '../../sources/dashcam/reader/messages.ts';
import type { CarReader } from './reader.ts';

export interface CarDetailsOptions {
  readonly db: Kysely<Database>;
  readonly reader: Pick<CarReader, 'ask'>;
  /** Where its bytes are; undefined: its car or the library has gone. */
  readonly placeOf: (file: CarFileRow) => Promise<FilePlace | undefined>;
  /** More is known of clips of these cars. */
  readonly onKnown: (carIds: ReadonlySet<string>) => void;
  readonly log: Log;
}

const BATCH = 50;
const PAUSE_MS = 5000;
/** It cannot be read: nothing can be said of it. */
const NOTHING: ClipFactsRow = { codec: null, width: null, height: null, durationMs: null, complete: false };

export class CarDetails {
  readonly #options: CarDetailsOptions;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again = false;
  #stopped = false;

  constructor(options: CarDetailsOptions) {
    this.#options = options;
  }

  soon(): void {
    this.#again = true;
    if (this.#stopped || this.#running) return;
    clearTimeout(this.#timer);
    this.#running = this.#run()
      .catch((error: unknown) => {
        const level = error instanceof Unavailable ? 'info' : 'error';
        this.#options.log[level]('Clips could not be looked into; trying again.', { error: messageOf(error) });
        this.#again = true;
      })
      .then(() => {
        this.#running = undefined;
        if (this.#again && !this.#stopped) this.#timer = setTimeout(() => this.soon(), PAUSE_MS).unref();
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { db, onKnown } = this.#options;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const skipped = new Set<string>();
      for (;;) {
        const rows = (await unexaminedCarClips(db, BATCH + skipped.size)).filter((row) => !skipped.has(row.id));
        if (rows.length === 0 || this.#stopped) break;
        const cars = new Set<string>();
        for (const row of rows) {
          if (this.#stopped) return;
          if (await this.#one(row)) cars.add(row.source_id);
          else skipped.add(row.id);
        }
        if (cars.size > 0) onKnown(cars);
      }
    }
  }

  async #one(row: CarFileRow): Promise<boolean> {
    const { db, reader, placeOf } = this.#options;
    const file = await placeOf(row);
    if (!file) return false;
    let facts = NOTHING;
    try {
      const { codec, width, height, seconds, complete } = await reader.ask({ do: 'details', file }, false);
      facts = { codec, width, height, durationMs: seconds === null ? null : Math.round(seconds * 1000), complete };
    } catch (error) {
      if (!(error instanceof InputError || error instanceof UserError)) throw error;
      this.#options.log.info('A clip could not be looked into.', { file: row.id, error: messageOf(error) });
    }
    await noteClipFacts(db, row.id, facts);
    return true;
  }
}
