/** A bound on the work that one file may ask for, so that a hostile one is refused within a second or two instead of holding up whoever reads it. */
import { InputError } from '../../base/errors.ts';

/** In simple steps: a dense map of ten minutes takes a few million. */
const MOST_STEPS = 100_000_000;

export class WorkBudget {
  readonly #name: string;
  #left: number;

  /** @param name of the file, for errors */
  constructor(name: string, most = MOST_STEPS) {
    this.#name = name;
    this.#left = most;
  }

  /** @throws InputError when it is used up */
  spend(steps: number): void {
    this.#left -= steps;
    if (!(this.#left >= 0)) throw new InputError(this.#name, 'asks for more work than any map that can be played');
  }
}
