/**
 * Brings outages to the hub, about once a second while there are any; and to a file for as long as the hub does not take them.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Clock } from '../../../base/clock.ts';
import { messageOf, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { OutageBatch, OutageBook } from './outage-book.ts';

const EACH_MS = 1000;
/** What has waited for longer goes to the file. */
const SAVE_AFTER_MS = 3000;
const MAX_BATCHES_AT_END = 20;

/** The text that an earlier process has left, and the place for the next. */
export interface OutageFile {
  /** Undefined when there is none. */
  read(): Promise<string | undefined>;
  /** In one step; undefined removes it. */
  write(text: string | undefined): Promise<void>;
}

export function outageFile(path: string): OutageFile {
  return {
    async read() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(text) {
      if (text === undefined) return await rm(path, { force: true });
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
  };
}

export interface OutageTellerOptions {
  readonly book: OutageBook;
  /** @throws Unavailable when it is to be told again; UserError when the hub does not want it */
  readonly tell: (batch: OutageBatch) => Promise<void>;
  readonly file: OutageFile;
  readonly clock: Clock;
  readonly log: Log;
}

export class OutageTeller {
  readonly #o: OutageTellerOptions;
  #telling: Promise<boolean> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #waitingSince: number | undefined;
  #saved: number | undefined;
  #saving: Promise<void> | undefined;

  constructor(options: OutageTellerOptions) {
    this.#o = options;
  }

  /** Takes over what was saved. */
  async start(): Promise<void> {
    const { file, book, log } = this.#o;
    try {
      const text = await file.read();
      if (text === undefined) return;
      if (book.load(text)) this.#saved = book.revision;
      else log.warn('the file with outages cannot be read; it is replaced');
    } catch (error) {
      log.warn('the file with outages cannot be read', { reason: messageOf(error) });
    }
  }

  /** To be called whenever the hub has answered. */
  hubAnswers(): void {
    const now = this.#o.clock.monotonic();
    if (this.#telling !== undefined || this.#o.book.waiting === 0 || now - this.#toldAt < EACH_MS) return;
    this.#toldAt = now;
    this.#telling = this.#tell().finally(() => {
      this.#telling = undefined;
    });
  }

  /** To be called about once a second. */
  tick(): void {
    const { book, clock, file, log } = this.#o;
    const now = clock.monotonic();
    if (book.waiting === 0) this.#waitingSince = undefined;
    else this.#waitingSince ??= now;
    const isOld = this.#waitingSince !== undefined && now - this.#waitingSince > SAVE_AFTER_MS;
    const text = isOld && this.#saved !== book.revision ? book.save(clock.wall()) : undefined;
    const obsolete = book.waiting === 0 && this.#saved !== undefined;
    if (this.#saving !== undefined || (text === undefined && !obsolete)) return;
    const revision = text === undefined ? undefined : book.revision;
    this.#saving = file
      .write(text)
      .then(() => {
        this.#saved = revision;
      })
      .catch((error: unknown) => log.debug('outages could not be saved', { reason: messageOf(error) }))
      .finally(() => {
        this.#saving = undefined;
      });
  }

  /** At the end: tells what is left, or saves it. */
  async finish(): Promise<void> {
    const { book, clock, file, log } = this.#o;
    await this.#telling;
    for (let batches = 0; book.waiting > 0 && batches < MAX_BATCHES_AT_END; batches++) if (!(await this.#tell())) break;
    await this.#saving;
    try {
      if (book.waiting > 0) await file.write(book.save(clock.wall()));
      else if (this.#saved !== undefined) await file.write(undefined);
    } catch (error) {
      log.warn('outages could not be saved', { reason: messageOf(error) });
    }
  }

  /** @returns whether the hub has taken them */
  async #tell(): Promise<boolean> {
    const { book, tell, log } = this.#o;
    const batch = book.batch();
    try {
      await tell(batch);
      book.acknowledged(batch);
      return true;
    } catch (error) {
      if (error instanceof UserError && error.code !== 'unauthorised') {
        log.error('the hub refuses outages; they are forgotten', {
          reason: error.message,
          outages: batch.outages.length,
        });
        book.acknowledged(batch);
        return true;
      }
      log.debug('outages could not be told', { reason: messageOf(error) });
      return false;
    }
  }
}
