/**
 * The lists of signed URLs that are still good, in memory only: a server gives five a minute, and each is good for an hour.
 */
import type { HeldFile } from '../holding.ts';
import type { ApiClient } from './client.ts';
import { goodUntil, signedFiles } from './signed-files.ts';

export interface SignedList {
  readonly files: readonly HeldFile[];
  /** When it was given, milliseconds since 1970. */
  readonly at: number;
  readonly until: number;
}

/** Routes whose lists are kept. */
const MOST = 64;

export class SignedLists {
  readonly #lists = new Map<string, SignedList>();
  readonly #asking = new Map<string, Promise<SignedList>>();

  /**
   * @param name `dongle|log id`
   * @param newerThan a list that was given at this time or before is not good enough: one of its URLs is not accepted, or a file is not in it
   */
  async get(
    client: ApiClient,
    name: string,
    options: { newerThan?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<SignedList> {
    const key = `${client.identity}\0${name}`;
    const have = this.#lists.get(key);
    if (have !== undefined && have.until > Date.now() && have.at > (options.newerThan ?? 0)) return have;
    // Everybody who waits for it gets the same one.
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#ask(client, name, key).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
      // Whoever waits hears of its failure; nobody may wait any more.
      asking.catch(() => undefined);
    }
    return await unlessStopped(asking, options.signal);
  }

  async #ask(client: ApiClient, name: string, key: string): Promise<SignedList> {
    const lists = await client.files(name);
    const at = Date.now();
    const files = signedFiles(lists, client.server);
    const list = { files, at, until: goodUntil(files, at) };
    this.#lists.delete(key);
    this.#lists.set(key, list);
    for (const oldest of this.#lists.keys()) {
      if (this.#lists.size <= MOST) break;
      this.#lists.delete(oldest);
    }
    return list;
  }
}

/** One who stops does not stop the others who wait for the same. */
async function unlessStopped<T>(task: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await task;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([task, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
