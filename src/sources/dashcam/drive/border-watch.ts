/** Looks for the moment between two minutes, again and again, at an image that the car has. Reads only. */
import { stat } from 'node:fs/promises';
import { clipFacts } from '../layout/clip-facts.ts';
import { openDrive } from '../volume/open-drive.ts';
import { type BorderFile, type BorderLook, lookOf, newestMinute, whyNotBorder } from './border.ts';
import type { DriveClock, DrivePace } from './options.ts';

export class BorderWatch {
  readonly #path: string;
  readonly #clock: DriveClock;
  readonly #pace: Pick<DrivePace, 'quiet' | 'patience'>;
  readonly #began: number;
  #before: BorderLook = new Map();
  /** When the look before this one was, and when the image was written last as it saw it. */
  #seen: { readonly at: number; readonly written: number } | undefined;

  constructor(path: string, clock: DriveClock, pace: Pick<DrivePace, 'quiet' | 'patience'>) {
    this.#path = path;
    this.#clock = clock;
    this.#pace = pace;
    this.#began = clock.monotonic();
  }

  /** @returns `now`: the car is between two minutes, and writes nothing. `later`: it was looked for long enough, the harvest has its turn */
  async look(signal: AbortSignal): Promise<'now' | 'not-yet' | 'later'> {
    const at = this.#clock.monotonic();
    if (at - this.#began > this.#pace.patience) return 'later';
    const written = (await stat(this.#path)).mtimeMs;
    const quiet = this.#seen !== undefined && this.#seen.written === written && at - this.#seen.at >= this.#pace.quiet;
    if (this.#seen?.written !== written) this.#seen = { at, written };
    const files = await this.#files(signal);
    const why = whyNotBorder(files, this.#before);
    this.#before = lookOf(files);
    if (why !== undefined || !quiet) return 'not-yet';
    // Since the look began, too.
    return (await stat(this.#path)).mtimeMs === written ? 'now' : 'not-yet';
  }

  async #files(signal: AbortSignal): Promise<BorderFile[]> {
    await using drive = await openDrive(this.#path);
    const { volumes } = await drive.scan({ mend: false, signal });
    const files: BorderFile[] = [];
    for (const volume of volumes) {
      const newest = newestMinute(volume.entries.map(({ path }) => path));
      for (const entry of volume.entries) {
        const { path, print, state } = entry;
        const closed = state !== 'cut' && state !== 'empty';
        const whole = closed && (!newest.has(path) || (await clipFacts(volume.reader(entry))).complete);
        files.push({ path, print, whole });
      }
    }
    return files;
  }
}
