/** Looks at the image that the car has, again and again, and takes what the car has finished. */
import { stat } from 'node:fs/promises';
import { UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { milliseconds } from '../../../base/units.ts';
import type { HarvestReport } from '../harvest/harvest.ts';
import type { HarvestStatus } from './drive.ts';
import type { ImageShelf } from './image-shelf.ts';
import { type LiveMemory, lookLive, NO_MEMORY } from './live-look.ts';
import type { DriveClock, DrivePace } from './options.ts';
import type { Spool } from './spool.ts';
import type { Warnings } from './warnings.ts';

/** Part of a drive from which on the person is told that events fill it. */
const EVENTS_FILL = 0.8;
/** Prints of stored files that are remembered. */
const MOST_SETTLED = 100_000;

export interface LiveWatchOptions {
  readonly images: ImageShelf;
  readonly spool: Spool;
  readonly warnings: Warnings;
  readonly clock: DriveClock;
  readonly pace: Pick<DrivePace, 'apart' | 'gone'>;
  /** Told what a look has taken. */
  readonly taken: (report: HarvestReport) => Promise<void>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export class LiveWatch {
  readonly #options: LiveWatchOptions;
  #memory: LiveMemory = NO_MEMORY;
  /** Path → print of what is stored. */
  #settled = new Map<string, string>();
  /** When the image was last written, as the last look saw it, and how many files that one has taken. */
  #written: number | undefined;
  #taken = 0;
  /** Whether looks are at snapshots; undefined before the first. */
  #frozen: boolean | undefined;
  #harvest: HarvestStatus = { at: null, stored: 0, bytes: 0, waiting: 0, working: false };

  constructor(options: LiveWatchOptions) {
    this.#options = options;
  }

  get harvest(): HarvestStatus {
    return this.#harvest;
  }

  /** The car has another image now, or none. */
  forget(): void {
    this.#memory = NO_MEMORY;
    this.#written = undefined;
    this.#settled = new Map();
  }

  /** Something has stored files. */
  count({ stored, bytes }: Pick<HarvestReport, 'stored' | 'bytes'>): void {
    if (stored > 0) this.#harvest = { ...this.#harvest, stored, bytes };
  }

  /** A step has failed: nothing is being done now. */
  rest(): void {
    this.#harvest = { ...this.#harvest, working: false };
  }

  /** @param name of the image that the car has, or may have */
  async look(name: string): Promise<void> {
    const { images, spool, warnings, clock, pace, taken, signal } = this.#options;
    const path = images.path(name);
    if (await this.#isAsleep(path)) return;
    try {
      await using look = await lookLive(path, this.#memory, {
        apart: milliseconds(pace.apart),
        gone: milliseconds(pace.gone),
        isKnown: async (from, bytes) => {
          if (this.#settled.get(from.path) === from.print) return true;
          if (!(await spool.isKnown(from, bytes))) return false;
          this.#settled.set(from.path, from.print);
          return true;
        },
        monotonic: clock.monotonic,
        signal,
      });
      this.#memory = look.memory;
      this.#taken = look.gathered.files.length;
      images.setUsage(name, look.usage);
      this.#warnAbout(look.usage.kept, look.usage.bytes);
      this.#tellFrozen(look.frozen);
      const { files, held: waiting } = look.gathered;
      this.#harvest = {
        ...this.#harvest,
        waiting: files.length + waiting.length,
        working: files.length + look.memory.gate.size > 0,
      };
      if (files.length > 0) await taken(await spool.take(look.gathered));
      this.#harvest = { ...this.#harvest, at: clock.now().toISOString(), working: look.memory.gate.size > 0 };
      warnings.clear('image');
    } catch (error) {
      if (!(error instanceof UserError) || (error.code !== 'no-volume' && error.code !== 'not-found')) throw error;
      warnings.set('image', `${error.message} ${error.remedy}`);
    }
    // What is not there any more is forgotten.
    if (this.#settled.size > MOST_SETTLED) this.#settled = new Map();
  }

  /** Nothing was written since the last look, and that one left nothing to be done: the car sleeps. */
  async #isAsleep(path: string): Promise<boolean> {
    const written = (await stat(path).catch(() => undefined))?.mtimeMs;
    const { gate, odd } = this.#memory;
    const done = gate.size === 0 && [...odd.values()].every(({ tried }) => tried) && this.#taken === 0;
    const same = written !== undefined && written === this.#written;
    this.#written = written;
    return same && done;
  }

  #tellFrozen(frozen: boolean): void {
    if (this.#frozen !== frozen)
      this.#options.log.info(
        frozen
          ? 'Each look at the drive sees one moment: its folder can share blocks between files.'
          : 'The folder of the images cannot share blocks between files: the drive is looked at while the car writes.',
      );
    this.#frozen = frozen;
  }

  #warnAbout(kept: number, bytes: number): void {
    const { warnings } = this.#options;
    if (bytes > 0 && kept > bytes * EVENTS_FILL)
      warnings.set(
        'events-fill-drive',
        `Saved and Sentry clips fill ${Math.round((kept / bytes) * 100)} % of the drive, and the car does not delete them: delete some in the car, or use the mode “swap”.`,
      );
    else warnings.clear('events-fill-drive');
  }
}
