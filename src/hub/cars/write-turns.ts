/**
 * Who writes to a car's folder in the library, one after the other: each takes the lock that a harvest takes too.
 */
import { Unavailable, UserError } from '../../base/errors.ts';
import { lockSource } from '../../sources/dashcam/harvest/library-folder.ts';

const RETRY_MS = 15_000;

export class WriteTurns {
  readonly #tails = new Map<string, Promise<unknown>>();

  /**
   * @param folder of the car
   * @throws Unavailable while a harvest into it is running
   */
  run<T>(root: string, folder: string, act: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(folder) ?? Promise.resolve();
    const turn = before.then(() => held(root, folder, act));
    const tail = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(folder, tail);
    return turn.finally(() => {
      if (this.#tails.get(folder) === tail) this.#tails.delete(folder);
    });
  }
}

async function held<T>(root: string, folder: string, act: () => Promise<T>): Promise<T> {
  using _lock = await lockSource(root, folder).catch((error: unknown) => {
    if (error instanceof UserError && error.code === 'locked')
      throw new Unavailable('A harvest into this car’s folder is running.', RETRY_MS, { cause: error });
    throw error;
  });
  return await act();
}
