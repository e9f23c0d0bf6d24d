/**
 * Keeps the embedded server running: when it ends without being asked to, it is started again, later and later while that fails.
 * Its address stays the same, so that a pool of connections only has to be patient.
 */
import { messageOf, UserError } from '../../base/errors.ts';
import { type Postgres, type PostgresOptions, type PostgresUrl, startPostgres } from './server.ts';

export interface KeptPostgres {
  readonly url: PostgresUrl;
  /** The process that runs now, or undefined between two. */
  readonly pid: number | undefined;
  readonly state: 'up' | 'down';
  /** How often it had to be started again. */
  readonly restarts: number;
  /** Calls `listener` whenever the state changes; returns how to take that back. */
  onState(listener: (state: 'up' | 'down') => void): () => void;
  /** Stops it for good. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const FIRST_WAIT_MS = 200;
/** On a full disk it cannot start: within this much of room coming back it is tried again. */
const LONGEST_WAIT_MS = 2000;
/** A server that has run this long was well: the next failure is a new one. */
const WELL_MS = 4000;

/** Starts the server and keeps it. @throws what the first start throws. */
export async function keepPostgres(options: PostgresOptions): Promise<KeptPostgres> {
  const stopping = new AbortController();
  const listeners = new Set<(state: 'up' | 'down') => void>();
  let restarts = 0;
  let state: 'up' | 'down' = 'up';
  let current: Postgres | undefined = await startPostgres(options);
  const { url } = current;
  let startedAt = performance.now();
  let wait = FIRST_WAIT_MS;
  let mending: Promise<void> = Promise.resolve();

  const tell = (next: 'up' | 'down'): void => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener(next);
  };

  const mend = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pause(wait, stopping.signal);
      if (stopping.signal.aborted) return;
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      try {
        const started = await startPostgres({ ...options, signal: stopping.signal });
        current = started;
        startedAt = performance.now();
        restarts++;
        options.log.info('PostgreSQL runs again.', { pid: started.pid });
        if (started.url.host !== url.host)
          options.log.error('PostgreSQL has a new socket; the hub must be started again.', {
            folder: started.url.host,
          });
        watch(started);
        tell('up');
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        options.log.error('PostgreSQL cannot be started; trying again.', {
          error: messageOf(error),
          ...(error instanceof UserError ? { remedy: error.remedy } : {}),
          waitMs: wait,
        });
      }
    }
  };

  const watch = (server: Postgres): void => {
    server.onExit(() => {
      if (current === server) current = undefined;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > WELL_MS) wait = FIRST_WAIT_MS;
      options.log.warn('PostgreSQL has ended; starting it again.', { pid: server.pid });
      tell('down');
      mending = mend();
    });
  };
  watch(current);

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      stopping.abort();
      await mending;
      await current?.stop();
      tell('down');
    })();
    return stopped;
  };
  return {
    url,
    get pid() {
      return current?.pid;
    },
    get state() {
      return state;
    },
    get restarts() {
      return restarts;
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
