/**
 * How a route of the table in `src/contract/routes.ts` gets its handler. Three kinds:
 *
 * - {@link register}: JSON in, JSON out. Input is checked and output is cut to the route's schema.
 * - {@link registerRaw}: the handler answers through `reply` itself: bytes, ranges, server-sent events.
 * - {@link registerSocket}: a WebSocket.
 *
 * All three check access (session cookie or bearer token), `Origin` on writes and sockets, and input
 * **before** the handler runs, and turn what it throws into a Problem:
 * UserError → 400/401/403/404/409…, InputError → 422, Unavailable → 503 with Retry-After, else 500.
 */
import type {} from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { ZodError } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Account } from '../../contract/account.ts';
import type { HandlerInput, RouteResult, RouteShape } from '../../contract/route.ts';
import { type LongConnection, pathOnly } from './core.ts';
import { type Caller, refusal, type TokenCaller } from './gate.ts';
import { originFacts, originRefusal } from './origin.ts';
import { answerOf, Unfit } from './problem.ts';

/** What a handler knows beside its input. */
export interface Context {
  readonly caller: Caller;
  /** The signed-in person; absent for tokens and for nobody. */
  readonly user?: Account;
  /** The program; absent for people. */
  readonly token?: TokenCaller['token'];
  /** Carries the request id. */
  readonly log: Log;
  /** Aborts when the caller has gone, its right to a long connection has ended, or the hub stops. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  /** For cookies and headers; in {@link register} the answer itself is what the handler returns. */
  readonly reply: FastifyReply;
}

export type Handler<R extends RouteShape> = (input: HandlerInput<R>, ctx: Context) => Promise<RouteResult<R>>;
export type RawHandler<R extends RouteShape> = (
  request: FastifyRequest,
  reply: FastifyReply,
  ctx: Context,
  input: HandlerInput<R>,
) => Promise<unknown>;
export type SocketHandler<R extends RouteShape> = (
  socket: WebSocket,
  ctx: Context,
  input: HandlerInput<R>,
) => void | Promise<void>;

interface Checked {
  readonly ctx: Context;
  readonly input: { params: unknown; query: unknown; body: unknown };
  readonly abort: (reason: unknown) => void;
}

const checked = new WeakMap<FastifyRequest, Checked>();
const callers = new WeakMap<FastifyRequest, Caller>();

/** A slow body may take this long; uploads have their own routes. */
const BODY_MS = 30_000;
/** A socket that has not answered a ping for this long is gone. */
const PING_MS = 20_000;

/** Registers the handler of a JSON route. `bodyLimit` is in bytes (default 1,000,000). */
export function register<R extends RouteShape>(
  app: FastifyInstance,
  route: R,
  handler: Handler<R>,
  options: { bodyLimit?: number } = {},
): void {
  const { response } = route;
  if (response === undefined) throw new TypeError(`${route.path} answers no JSON: use registerRaw`);
  claim(app, route);
  app.route({
    ...common(route, options.bodyLimit),
    handler: async (request, reply) => {
      const { ctx, input } = found(request);
      const result = await handler(input as HandlerInput<R>, ctx);
      reply.header('cache-control', 'no-store');
      return response.parse(result);
    },
  });
}

/**
 * Registers a handler that answers through `reply`: `return reply.send(stream)`, or `reply.hijack()` and `reply.raw`.
 * `long`: the answer may stay open for minutes; it is ended when the caller's right to it ends.
 */
export function registerRaw<R extends RouteShape>(
  app: FastifyInstance,
  route: R,
  handler: RawHandler<R>,
  options: { long?: boolean; bodyLimit?: number } = {},
): void {
  claim(app, route);
  app.route({
    ...common(route, options.bodyLimit),
    handler: async (request, reply) => {
      const { ctx, input, abort } = found(request);
      if (options.long) {
        const forget = app.vidette.connections.add(
          longConnection(app, route, request, ctx.caller, () => {
            abort(new Error('no longer allowed'));
            reply.raw.end();
          }),
        );
        reply.raw.once('close', forget);
      }
      return handler(request, reply, ctx, input as HandlerInput<R>);
    },
  });
}

/**
 * Registers a WebSocket route. The handler gets an open socket; it need not handle `error`.
 * Pings each 20 s, and ends a socket whose other side has gone or may no longer be there.
 */
export function registerSocket<R extends RouteShape>(app: FastifyInstance, route: R, handler: SocketHandler<R>): void {
  claim(app, route);
  app.route({
    ...common(route, undefined),
    handler: async () => {
      throw new UserError('This address speaks WebSocket.', 'Open it as ws:// or wss://.', {
        code: 'upgrade-required',
      });
    },
    wsHandler: async (socket, request) => {
      const { ctx, input, abort } = found(request);
      const forget = app.vidette.connections.add(
        longConnection(app, route, request, ctx.caller, () => {
          const stopping = app.vidette.closing.aborted;
          socket.close(stopping ? 1001 : 4401, stopping ? 'the hub stops' : 'no longer allowed');
          abort(new Error('ended by the hub'));
        }),
      );
      let alive = true;
      socket.on('pong', () => {
        alive = true;
      });
      const pinging = setInterval(() => {
        if (!alive) return socket.terminate();
        alive = false;
        socket.ping();
      }, PING_MS).unref();
      socket.once('close', () => {
        clearInterval(pinging);
        forget();
        abort(new Error('the socket was closed'));
      });
      try {
        await handler(socket, ctx, input as HandlerInput<R>);
      } catch (error) {
        const { problem, bug } = answerOf(error, request.id);
        if (bug) ctx.log.error('a socket failed', { path: pathOnly(request), error });
        socket.close(bug ? 1011 : 4400, problem.message.slice(0, 100));
      }
    },
  });
}

/** Who is calling: only inside a request whose route was registered here. */
function callerOf(request: FastifyRequest): Caller {
  return callers.get(request) ?? { kind: 'nobody' };
}

function claim(app: FastifyInstance, route: RouteShape): void {
  if (app.vidette.handled.has(route)) throw new Error(`${route.method} ${route.path} has two handlers`);
  app.vidette.handled.add(route);
}

function found(request: FastifyRequest): Checked {
  const entry = checked.get(request);
  if (entry === undefined) throw new Error('the request reached its handler unchecked');
  return entry;
}

function common(route: RouteShape, bodyLimit: number | undefined) {
  return {
    method: route.method,
    url: route.path,
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    /** Before the body is read. */
    onRequest: async function (this: FastifyInstance, request: FastifyRequest, _reply: FastifyReply): Promise<void> {
      const { gate, publishedOrigin } = this.vidette;
      const caller = await gate.identify(request);
      callers.set(request, caller);
      const open = route.access === 'metrics' && this.vidette.openMetrics;
      const reason = open ? undefined : refusal(route, caller);
      if (reason !== undefined) throw reason;
      if (route.method !== 'GET' || request.ws) {
        const foreign = originRefusal(originFacts(request, caller.kind, publishedOrigin));
        if (foreign !== undefined) throw foreign;
      }
      if (route.body !== undefined) boundBody(request);
    },
    preHandler: async function (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const input = {
        params: check('params', route.params, request.params),
        query: check('query', route.query, request.query),
        body: check('body', route.body, request.body),
      };
      // What recorders and workers quote of a camera or a file must not keep them from being heard.
      if (route.access !== 'recorder' && route.access !== 'worker')
        for (const part of ['params', 'query', 'body'] as const) refuseBrokenText(part, input[part]);
      const core = this.vidette;
      const gone = new AbortController();
      core.requests.add(gone);
      const over = (reason: unknown): void => {
        core.requests.delete(gone);
        gone.abort(reason);
      };
      reply.raw.once('close', () => over(new Error('the caller has gone')));
      const caller = callerOf(request);
      const ctx: Context = {
        caller,
        ...(caller.kind === 'session' ? { user: caller.user } : {}),
        ...(caller.kind === 'token' ? { token: caller.token } : {}),
        log: core.log.child({ request: request.id }),
        signal: gone.signal,
        request,
        reply,
      };
      checked.set(request, { ctx, input, abort: over });
    },
  };
}

function check(part: 'params' | 'query' | 'body', schema: RouteShape['body'], given: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(given);
  if (!result.success) throw new Unfit(part, result.error);
  return result.data;
}

function refuseBrokenText(part: 'params' | 'query' | 'body', value: unknown): void {
  if (!holdsBrokenText(value)) return;
  throw new Unfit(
    part,
    new ZodError([{ code: 'custom', path: [], message: 'holds a character that is none', input: part }]),
  );
}

/** Whether any text in checked input holds U+0000 or half a surrogate pair: PostgreSQL stores neither. */
function holdsBrokenText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsBrokenText);
}

/** Ends the connection when the body does not arrive in time. */
function boundBody(request: FastifyRequest): void {
  const timer = setTimeout(() => request.raw.destroy(), BODY_MS).unref();
  request.raw.once('end', () => clearTimeout(timer));
  request.raw.once('close', () => clearTimeout(timer));
}

function longConnection(
  app: FastifyInstance,
  route: RouteShape,
  request: FastifyRequest,
  caller: Caller,
  end: () => void,
): LongConnection {
  return {
    caller,
    end,
    async stillAllowed() {
      return refusal(route, await app.vidette.gate.identify(request)) === undefined;
    },
  };
}
