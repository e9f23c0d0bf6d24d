/**
 * The disk of the data folder, where the library is in a bucket: footage waits there until it is uploaded, and PostgreSQL lives there.
 * Removing footage from the bucket would free nothing of it, so recording can only pause.
 */
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type MeasureRoom, Space } from './space.ts';

/** Bytes that must stay free for the database. */
const FLOOR_BYTES = 1_000_000_000;
const EVERY_MS = 5000;

export class OwnDisk implements Disposable {
  readonly #space: Space;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;

  constructor(measure: MeasureRoom, log: Log, floorBytes = FLOOR_BYTES) {
    this.#space = new Space(measure, floorBytes);
    this.#log = log;
  }

  /** Recording waits until uploads have made room. */
  get paused(): boolean {
    return this.#space.paused;
  }

  /** Bytes that must stay free. */
  get floor(): number {
    return this.#space.floor;
  }

  /** Looks now and then every 5 s. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), EVERY_MS).unref();
  }

  async look(): Promise<void> {
    const before = this.#space.paused;
    try {
      await this.#space.measure();
    } catch (error) {
      this.#log.warn('The disk of the data folder cannot be asked for its free space.', { error: messageOf(error) });
      return;
    }
    this.#space.settle();
    if (this.#space.paused !== before)
      this.#log.warn(
        before
          ? 'There is room in the data folder again: recording goes on.'
          : 'The disk of the data folder is nearly full of footage that waits for its upload: recording pauses.',
        { free: this.#space.state.free },
      );
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
