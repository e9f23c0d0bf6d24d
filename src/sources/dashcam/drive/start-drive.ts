/** The engine on the machine's own clock: step after step, until it is closed. */
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../base/clock.ts';
import { lockSource } from '../harvest/library-folder.ts';
import type { DriveEngine, DriveStatus, DriveSwitches, Stored } from './drive.ts';
import { type DriveOptions, Engine } from './engine.ts';

export type StartDriveOptions = Omit<DriveOptions, 'clock' | 'free' | 'signal'>;

/** @throws UserError `locked` when another drive, or a harvest, uses the spool */
export async function startDrive(options: StartDriveOptions): Promise<DriveEngine> {
  const lock = await lockSource(options.library.root, options.source);
  return new RunningDrive(options, lock);
}

class RunningDrive implements DriveEngine {
  readonly #engine: Engine;
  readonly #lock: Disposable;
  readonly #gadget: AsyncDisposable;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #woken = Promise.withResolvers<void>();

  constructor(options: StartDriveOptions, lock: Disposable) {
    this.#lock = lock;
    this.#gadget = options.gadget;
    this.#engine = new Engine({
      ...options,
      clock: { now: () => new Date(systemClock.wall()), monotonic: systemClock.monotonic },
      free: async () => {
        const { bavail, bsize } = await statfs(options.library.root);
        return bavail * bsize;
      },
    });
    this.#running = this.#run();
  }

  status(): DriveStatus {
    return this.#engine.status();
  }

  async set(switches: Partial<DriveSwitches>): Promise<void> {
    await this.#engine.set(switches);
    this.#woken.resolve();
  }

  subscribe(listener: (stored: Stored) => void): () => void {
    return this.#engine.subscribe(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#engine.close();
    await this.#running;
    await this.#gadget[Symbol.asyncDispose]();
    this.#lock[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const pause = await this.#engine.step();
      this.#woken = Promise.withResolvers();
      // What is left to be read goes on at once, after whoever waits for the thread.
      await Promise.race([sleep(pause, undefined, { signal }).catch(() => undefined), this.#woken.promise]);
    }
  }
}
