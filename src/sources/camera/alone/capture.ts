/**
 * Records one stream into one file until it is stopped; a change of coding begins a further file.
 */
import { extname } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { sameConfig } from '../recorder/same-config.ts';
import { type Captured, CapturedFile } from './captured-file.ts';
import { type FollowOptions, followStream, type StreamAddress } from './follow.ts';

export interface CaptureOptions {
  readonly path: string;
  readonly force: boolean;
  /** Leave it in fragments at the end, too. */
  readonly fragmented: boolean;
  /** Aborts when enough is captured. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly say: (words: string) => void;
  readonly onProgress: (now: Captured) => void;
  readonly readers?: FollowOptions['readers'];
}

const LOOK_MS = 500;
/** Coded pictures that wait for a file to be made. */
const MOST_WAITING = 2000;

/**
 * @returns the files, in order
 * @throws UserError, InputError when the stream cannot be read at all; the disk's error when the file cannot be written
 */
export async function capture(address: StreamAddress, options: CaptureOptions): Promise<Captured[]> {
  const { signal, clock, readers } = options;
  const stop = new AbortController();
  const work = new Work(options, (error) => stop.abort(error));
  const looking = setInterval(() => work.look(), LOOK_MS);
  try {
    await followStream(
      address,
      {
        onConfig: (config) => work.config(config),
        onUnit: (unit) => work.unit(unit),
        onEnd: (reason, retryMs) => {
          work.interrupt();
          options.say(`${reason} Trying again in ${(retryMs / 1000).toFixed(0)} s; the gap will stand in the file.`);
        },
        hurried: () => false,
      },
      {
        clock,
        signal: AbortSignal.any([signal, stop.signal]),
        mustBegin: true,
        ...(readers === undefined ? {} : { readers }),
      },
    );
  } finally {
    clearInterval(looking);
    await work.end();
  }
  stop.signal.throwIfAborted();
  if (work.files.length === 0) throw new Unavailable('No picture has come; nothing was written.', 1000);
  return work.files;
}

class Work {
  readonly files: Captured[] = [];
  readonly #o: CaptureOptions;
  readonly #fail: (error: unknown) => void;
  #config: StreamConfig | undefined;
  #file: CapturedFile | undefined;
  /** Units that came while the file is being made; undefined when none is. */
  #waiting: AccessUnit[] | undefined;
  #steps: Promise<void> = Promise.resolve();
  #made = 0;

  constructor(options: CaptureOptions, fail: (error: unknown) => void) {
    this.#o = options;
    this.#fail = fail;
  }

  config(config: StreamConfig): void {
    if (this.#config !== undefined && sameConfig(this.#config, config)) return;
    const before = this.#file;
    this.#file = undefined;
    this.#config = config;
    if (before === undefined) return;
    this.#o.say('The coding of the stream has changed; it goes on in another file.');
    this.#step(async () => this.#finish(before));
  }

  unit(unit: AccessUnit): void {
    if (this.#file !== undefined) {
      this.#file.push(unit);
      return;
    }
    if (this.#waiting !== undefined) {
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push(unit);
      return;
    }
    const config = this.#config;
    if (config === undefined || unit.kind !== 'video' || !unit.key) return;
    const waiting = [unit];
    this.#waiting = waiting;
    this.#step(async () => {
      const file = await CapturedFile.create(this.#nextPath(), config, unit.arrival, this.#o.force);
      this.#made += 1;
      this.#waiting = undefined;
      for (const one of waiting) file.push(one);
      // The coding may have changed meanwhile.
      if (this.#config === config) this.#file = file;
      else await this.#finish(file);
    });
  }

  interrupt(): void {
    this.#file?.interrupt();
  }

  look(): void {
    if (this.#file === undefined) return;
    if (this.#file.failure !== undefined) this.#fail(this.#file.failure);
    else this.#o.onProgress(this.#file.captured);
  }

  async end(): Promise<void> {
    await this.#steps;
    const last = this.#file;
    this.#file = undefined;
    if (last !== undefined) await this.#finish(last);
  }

  async #finish(file: CapturedFile): Promise<void> {
    try {
      this.files.push(await file.end(!this.#o.fragmented));
    } catch (error) {
      throw new UserError(
        `${file.path} could not be ended in order: ${messageOf(error)}.`,
        'What was captured is in it and can be played.',
        { code: 'disk', cause: error },
      );
    }
  }

  /** One after the other; the first failure ends everything. */
  #step(work: () => Promise<void>): void {
    this.#steps = this.#steps.then(work).catch((error: unknown) => this.#fail(error));
  }

  /** `door.mp4`, `door-2.mp4`, … */
  #nextPath(): string {
    const { path } = this.#o;
    if (this.#made === 0) return path;
    const end = extname(path);
    return `${path.slice(0, path.length - end.length)}-${this.#made + 1}${end}`;
  }
}
