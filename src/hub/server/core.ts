/**
 * What every registered route leans on, hung on the Fastify instance as `app.vidette`.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../../base/log.ts';
import type { RouteShape } from '../../contract/route.ts';
import type { Caller, Gate } from './gate.ts';

export interface ServerCore {
  readonly log: Log;
  readonly gate: Gate;
  /** Origin of VIDETTE_URL, when set. */
  readonly publishedOrigin: string | undefined;
  /** VIDETTE_METRICS=open: whoever reaches the hub may read its metrics. */
  readonly openMetrics: boolean;
  /** Path that the page and the API live below, with a `/` at its end. */
  readonly basePath: string;
  /** Aborts when the hub stops. */
  readonly closing: AbortSignal;
  /** Routes that have a handler. */
  readonly handled: Set<RouteShape>;
  /** Aborted when the hub stops; each request takes its own out when it is over. */
  readonly requests: Set<AbortController>;
  readonly connections: Connections;
}

declare module 'fastify' {
  interface FastifyInstance {
    vidette: ServerCore;
  }
}

/** A stream or socket that outlives the check at its door. */
export interface LongConnection {
  readonly caller: Caller;
  /** Asks the gate again; false when the right to it has ended. */
  stillAllowed(): Promise<boolean>;
  end(): void;
}

/** Which callers a revocation is about. */
export interface Revoked {
  readonly userId?: string;
  readonly sessionId?: string;
  readonly tokenId?: string;
}

const RECHECK_MS = 30_000;

/**
 * Streams and sockets that are open: ended at once when the session, account or token behind them is
 * revoked, and checked again each half minute, so that an expired one sees nothing more.
 */
export class Connections {
  readonly #open = new Set<LongConnection>();
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Call the answer when the connection has ended. */
  add(connection: LongConnection): () => void {
    this.#open.add(connection);
    this.#timer ??= setInterval(() => void this.recheck(), RECHECK_MS).unref();
    return () => this.#open.delete(connection);
  }

  /** Ends what the revoked credential had opened. */
  revoke(revoked: Revoked): void {
    for (const connection of this.#open) {
      const { caller } = connection;
      const hit =
        caller.kind === 'session'
          ? caller.user.id === revoked.userId || caller.sessionId === revoked.sessionId
          : caller.kind === 'token' && caller.token.id === revoked.tokenId;
      if (hit) connection.end();
    }
  }

  /** Ends what may no longer be open. A catalog that does not answer ends nothing. */
  async recheck(): Promise<void> {
    for (const connection of [...this.#open]) {
      try {
        if (!(await connection.stillAllowed())) connection.end();
      } catch (error) {
        this.#log.debug('an open connection could not be checked again', { error });
        return;
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const connection of this.#open) connection.end();
  }
}

/** The path of a request without its query, which may hold a signature. */
export function pathOnly(request: FastifyRequest): string {
  const cut = request.url.indexOf('?');
  return cut < 0 ? request.url : request.url.slice(0, cut);
}

/** Names of routes in `table` that have no handler. */
export function unhandled(app: FastifyInstance, table: Readonly<Record<string, RouteShape>>): string[] {
  return Object.entries(table)
    .filter(([, route]) => !app.vidette.handled.has(route))
    .map(([name]) => name);
}
