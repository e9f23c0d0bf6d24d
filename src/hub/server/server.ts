/**
 * The hub's HTTP server: made first, then given its routes by `register`, `registerRaw` and `registerSocket`.
 */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { registerApiPage } from './api-page.ts';
import { Connections, pathOnly, type ServerCore } from './core.ts';
import type { Gate } from './gate.ts';
import { createListener, openInside, type TlsFiles } from './listener.ts';
import { servePage } from './page.ts';
import { answerOf } from './problem.ts';
import { logRequests } from './request-log.ts';
import { secure } from './security.ts';

/** The part of the hub's settings that the server needs. */
export interface ServerSettings {
  /** Where people reach the hub; its path is the sub-path. Undefined: where it listens. */
  readonly url: URL | undefined;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** See Fastify's `trustProxy`: true, or a comma-separated list of addresses. */
  readonly trustProxy: boolean | string;
  readonly tls: TlsFiles | undefined;
  readonly openMetrics?: boolean;
}

export interface ServerDeps {
  readonly settings: ServerSettings;
  readonly log: Log;
  readonly gate: Gate;
  /** Of Vidette. */
  readonly version: string;
  /** Folder of the built page (`web/dist`). */
  readonly webDist: string;
  /** Default 6000. */
  readonly requestsPerMinute?: number;
}

interface Listening {
  readonly port: number;
  /** Where people reach the hub; without a slash at the end, as `local`. */
  readonly url: string;
  readonly local: string;
}

export interface HubServer {
  readonly app: FastifyInstance;
  /**
   * Starts to listen; after it no route can be added.
   * @returns the port, the address that people use, and one by which the hub's own children reach it without TLS
   * @throws UserError when the port is taken or may not be used
   */
  listen(): Promise<Listening>;
  /** Ends streams and sockets, lets short requests finish, closes. */
  close(): Promise<void>;
}

/** Largest message on a WebSocket, in bytes: a key frame of a 4K camera fits several times. */
const MAX_MESSAGE = 16 * 1024 * 1024;

export async function createServer(deps: ServerDeps): Promise<HubServer> {
  const { settings, log } = deps;
  const base = basePathOf(settings.url);
  const app: FastifyInstance = Fastify({
    serverFactory: (handler) => createListener(handler, settings.tls, log),
    logger: false,
    trustProxy: settings.trustProxy,
    bodyLimit: 1_000_000,
    forceCloseConnections: true,
    genReqId: () => randomUUID().slice(0, 8),
    rewriteUrl: (request) => withoutBase(request.url ?? '/', base),
    routerOptions: { maxParamLength: 400 },
  });
  const closing = new AbortController();
  const core: ServerCore = {
    log,
    gate: deps.gate,
    publishedOrigin: settings.url?.origin,
    openMetrics: settings.openMetrics ?? false,
    basePath: base,
    closing: closing.signal,
    handled: new Set(),
    requests: new Set(),
    connections: new Connections(log),
  };
  app.decorate('vidette', core);
  app.setErrorHandler(async (error, request, reply) => {
    const answer = answerOf(error, request.id);
    if (answer.bug) log.error('a request failed', { request: request.id, path: pathOnly(request), error });
    if (answer.retryAfter !== undefined) reply.header('retry-after', answer.retryAfter);
    reply.header('cache-control', 'no-store').header('x-request-id', request.id);
    return reply.code(answer.status).type('application/json; charset=utf-8').send(answer.problem);
  });
  logRequests(app);
  await secure(app, {
    https: settings.tls !== undefined || settings.url?.protocol === 'https:',
    requestsPerMinute: deps.requestsPerMinute ?? 6000,
  });
  await app.register(cookie);
  await app.register(websocket, {
    options: { maxPayload: MAX_MESSAGE, perMessageDeflate: false },
    errorHandler: (error, socket, request) => {
      log.debug('a socket broke', { request: request.id, path: pathOnly(request), error });
      socket.terminate();
    },
  });
  registerApiPage(app, deps.version);
  await servePage(app, deps.webDist);

  let inside: { url: string; close(): void } | undefined;
  return {
    app,
    async listen() {
      try {
        await app.listen({ host: settings.host, port: settings.port });
      } catch (cause) {
        throw cannotListen(cause, settings);
      }
      const address = app.server.address();
      if (address === null || typeof address === 'string') throw new Error('the server has no port');
      const { port } = address;
      if (settings.tls === undefined)
        return { port, url: addressOf(settings, port), local: addressOf({ ...settings, url: undefined }, port) };
      inside = await openInside(app, settings.port === 0 ? 0 : settings.port + 1);
      return { port, url: addressOf(settings, port), local: inside.url };
    },
    async close() {
      closing.abort(new Error('the hub stops'));
      core.connections.close();
      for (const request of core.requests) request.abort(closing.signal.reason);
      inside?.close();
      await app.close();
    },
  };
}

/** The sub-path of VIDETTE_URL with a slash at both ends; `/` without one. */
export function basePathOf(url: URL | undefined): string {
  const path = url?.pathname.replace(/\/+$/, '') ?? '';
  return `${path}/`;
}

/**
 * Takes the sub-path off the front of a request's path. A proxy may pass it on or cut it; both work.
 */
export function withoutBase(path: string, base: string): string {
  if (base === '/') return path;
  if (path.startsWith(base)) return path.slice(base.length - 1);
  const bare = base.slice(0, -1);
  if (path === bare) return '/';
  return path.startsWith(`${bare}?`) ? `/${path.slice(bare.length)}` : path;
}

/** Where people reach the hub, without a slash at the end. */
export function addressOf(settings: Pick<ServerSettings, 'url' | 'host' | 'tls'>, port: number): string {
  if (settings.url !== undefined) return settings.url.href.replace(/\/+$/, '');
  const anywhere = settings.host === '0.0.0.0' || settings.host === '::';
  const host = anywhere ? '127.0.0.1' : settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return `${settings.tls === undefined ? 'http' : 'https'}://${host}:${port}`;
}

function cannotListen(cause: unknown, settings: ServerSettings): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const where = `${settings.host}:${settings.port}`;
  if (code === 'EADDRINUSE')
    return new UserError(
      `Something else is already listening on ${where}.`,
      'Stop it, or choose another port with VIDETTE_PORT.',
      { code: 'port-taken', cause },
    );
  if (code === 'EACCES')
    return new UserError(`This user may not listen on ${where}.`, 'Choose a port above 1023 with VIDETTE_PORT.', {
      code: 'port-refused',
      cause,
    });
  if (code === 'EADDRNOTAVAIL')
    return new UserError(`This machine has no address ${settings.host}.`, 'Correct VIDETTE_HOST.', {
      code: 'setting',
      cause,
    });
  return cause;
}
