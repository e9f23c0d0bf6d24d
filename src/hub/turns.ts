/** Dear work, one piece after the other; who comes when too many wait is sent away. */
import type { Unavailable } from '../base/errors.ts';

export class Turns {
  readonly #most: number;
  readonly #busy: () => Unavailable;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param most that wait or are being done @param busy what who comes beyond that is told */
  constructor(most: number, busy: () => Unavailable) {
    this.#most = most;
    this.#busy = busy;
  }

  /** When what was begun so far has ended, well or not. */
  get idle(): Promise<unknown> {
    return this.#last;
  }

  /** @throws Unavailable when too many wait already; what `make` throws */
  async take<T>(make: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#most) throw this.#busy();
    this.#waiting++;
    const mine = this.#last.then(make);
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }
}
