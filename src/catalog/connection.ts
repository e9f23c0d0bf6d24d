/**
 * The pool of connections to PostgreSQL. It outlives restarts of the server: a connection is waited for, a plain read is
 * asked again, and what cannot be repeated safely ends as `Unavailable`.
 */
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { Unavailable, UserError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Interval } from './fencing.ts';
import type { Database } from './tables.ts';

/** A server by URL (`postgres://user:password@host:port/database`), or by socket folder as the embedded server gives it. */
export type Connection =
  | string
  | {
      readonly host: string;
      readonly user: string;
      readonly password: string;
      readonly database: string;
      readonly port?: number;
    };

export interface CatalogOptions {
  readonly connection: Connection;
  readonly log: Log;
  /** Most connections at once. */
  readonly poolSize?: number;
  /** How long a query waits for a server that is away, e.g. while it restarts; ms. */
  readonly patienceMs?: number;
}

/** Runs one statement outside Kysely; what pg-boss needs. */
export type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

export interface Catalog {
  readonly db: Kysely<Database>;
  readonly execute: ExecuteSql;
  /** True when the last connection that was tried worked. */
  readonly up: boolean;
  /** Asks the server; false when it does not answer within `patienceMs` of this call (default 1 s). */
  ping(patienceMs?: number): Promise<boolean>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** bigint and numeric counts as JavaScript numbers, several ranges of bigint as a list of what they are from and to. */
const INT8 = 20;
const INT8MULTIRANGE = 4536;
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8 && format !== 'binary') return Number;
    if (oid === INT8MULTIRANGE && format !== 'binary') return parseRanges;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/** As the server writes them, `{[1,2),[3,4)}`: always closed below and open above. */
function parseRanges(text: string): Interval[] {
  return [...text.matchAll(/\[(-?\d+),(-?\d+)\)/g)].map(([, from, to]) => ({ from: Number(from), to: Number(to) }));
}

/** Opens the pool. Nothing is sent before the first query; run `migrate` next. */
export function openCatalog(options: CatalogOptions): Catalog {
  const patienceMs = options.patienceMs ?? 8000;
  const where = typeof options.connection === 'string' ? { connectionString: options.connection } : options.connection;
  const pool = new pg.Pool({
    ...where,
    types: types as pg.CustomTypesConfig,
    max: options.poolSize ?? 8,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    application_name: 'vidette',
    options: '-c timezone=UTC -c statement_timeout=120000 -c idle_in_transaction_session_timeout=60000',
  });
  const lost = (error: Error): void =>
    options.log.debug('A connection to PostgreSQL was lost.', { error: error.message });
  pool.on('error', lost);
  // A client that is in use tells its loss through the query; without a listener the event would end the process.
  pool.on('connect', (client) => client.on('error', lost));

  let up = true;
  const connect = async (patience = patienceMs): Promise<pg.PoolClient> => {
    const deadline = performance.now() + patience;
    for (let wait = 50; ; wait = Math.min(wait * 2, 500)) {
      try {
        const client = await pool.connect();
        up = true;
        return client;
      } catch (error) {
        if (!isConnectionLoss(error)) throw explain(error);
        up = false;
        if (performance.now() + wait > deadline)
          throw new Unavailable('The database does not answer.', 1000, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  };

  const dialectPool = {
    options: pool.options,
    connect: async () => steady(await connect(), connect),
    end: () => pool.end(),
  };
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: dialectPool }) });

  const execute: ExecuteSql = async (text, values) => {
    const client = steady(await connect(), connect);
    try {
      return await client.query<Record<string, unknown>>(text, values as unknown[]);
    } finally {
      client.release();
    }
  };

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= pool.end();
    return closed;
  };
  return {
    db,
    execute,
    get up() {
      return up;
    },
    async ping(patience = 1000) {
      try {
        const client = await connect(patience);
        try {
          await client.query('select 1');
        } finally {
          client.release();
        }
        return true;
      } catch (error) {
        options.log.debug('PostgreSQL does not answer.', {
          error: error instanceof Error ? error.message : String(error),
        });
        return false;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * A client that asks a plain read again on a fresh connection when its own was lost before any transaction began:
 * connections that were idle while the server restarted look well until they are used.
 */
function steady(first: pg.PoolClient, connect: () => Promise<pg.PoolClient>): PostgresPoolClient {
  let client = first;
  let broken = false;
  let inTransaction = false;
  const ask = (text: string, values: readonly unknown[] | undefined): Promise<pg.QueryResult> =>
    values === undefined ? client.query(text) : client.query(text, [...values]);
  return {
    async query(text: string, values?: readonly unknown[]) {
      const opens = /^\s*(begin|start transaction)\b/i.test(text);
      // Nothing has been done yet on `begin`, and a read changes nothing.
      const repeatable = !inTransaction && (opens || /^\s*select\b/i.test(text));
      for (let tries = repeatable ? 2 : 0; ; tries--) {
        try {
          const result = await ask(text, values);
          if (opens) inTransaction = true;
          else if (/^\s*(commit|rollback)\s*;?\s*$/i.test(text)) inTransaction = false;
          return result;
        } catch (error) {
          if (isDiskFull(error))
            throw new Unavailable('The disk that holds the database is full.', 5000, { cause: error });
          if (!isConnectionLoss(error)) throw error;
          broken = true;
          if (tries === 0) throw new Unavailable('The connection to the database was lost.', 500, { cause: error });
        }
        client.release(true);
        client = await connect();
        broken = false;
      }
    },
    release: (destroy?: boolean) => client.release(destroy === true || broken),
    // Kysely's type also knows cursors, which nothing here uses.
  } as unknown as PostgresPoolClient;
}

const LOSS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

/**
 * Whether a failed call says that the server is away or going (it may come back), rather than that the call was wrong.
 * SQLSTATE classes 08 and 57P0x: PostgreSQL 18, appendix A.
 */
function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') {
    if (
      LOSS.has(code) ||
      code.startsWith('08') ||
      code === '57P01' ||
      code === '57P02' ||
      code === '57P03' ||
      code === '53300'
    )
      return true;
    if (/^[0-9A-Z]{5}$/.test(code)) return false;
  }
  return /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Client was closed|not queryable|timeout expired/i.test(
    error.message,
  );
}

/** Whether the server said that its disk is full (SQLSTATE 53100). */
function isDiskFull(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '53100';
}

function explain(error: unknown): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === '28P01' || code === '28000')
    return new UserError(
      'PostgreSQL refuses the name or password.',
      'Check the user and the password in VIDETTE_DATABASE.',
      { code: 'database', cause: error },
    );
  if (code === '3D000')
    return new UserError(
      'PostgreSQL has no database of that name.',
      'Create the database, or correct its name in VIDETTE_DATABASE.',
      { code: 'database', cause: error },
    );
  if (code === 'ERR_INVALID_URL')
    return new UserError(
      'VIDETTE_DATABASE is not an address of a PostgreSQL server.',
      'Write it as postgres://user:password@host:5432/database, with special characters of the password escaped (%40 for @).',
      { code: 'database' },
    );
  return error;
}

/**
 * Repeats work that may be done twice without harm, for as long as the database is away, at most `patienceMs`.
 * @throws what the work throws otherwise; Unavailable when patience ran out.
 */
export async function retrying<T>(
  work: () => Promise<T>,
  options: { patienceMs?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const deadline = performance.now() + (options.patienceMs ?? 10_000);
  for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
    try {
      return await work();
    } catch (error) {
      options.signal?.throwIfAborted();
      const away = error instanceof Unavailable || isConnectionLoss(error);
      if (!away) throw error;
      if (performance.now() + wait > deadline)
        throw error instanceof Unavailable
          ? error
          : new Unavailable('The database does not answer.', 1000, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Whether a text from outside may be compared with a uuid column; PostgreSQL refuses anything else. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
