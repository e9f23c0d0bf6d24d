/** Those who want to know what was stored. One that fails is told to the log and does not keep the others, or the harvest, from going on. */
import type { Log } from '../../../base/log.ts';
import type { DriveEngine, Stored } from './drive.ts';

export class Listeners implements Pick<DriveEngine, 'subscribe'> {
  readonly #listeners = new Set<(stored: Stored) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  subscribe(listener: (stored: Stored) => void): () => void {
    // Of its own, so that the same function can listen twice.
    const own = (stored: Stored): void => listener(stored);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(stored: Stored): void {
    for (const listener of this.#listeners)
      try {
        listener(stored);
      } catch (error) {
        this.#log.error('Whoever listens to the drive has failed.', { error });
      }
  }
}
