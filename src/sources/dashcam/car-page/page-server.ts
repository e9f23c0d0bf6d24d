/**
 * The small page of the computer in the car: a server without a framework, for a machine with little memory.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Clock } from '../../../base/clock.ts';
import { UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { SpoolIndex } from '../role/spool-index.ts';
import type { CarStatus, SwitchName } from '../role/status.ts';
import { readBody, secureHeaders, sendError, sendJson } from './answer.ts';
import type { Door } from './door.ts';
import { fromOwnPage, hostIsOurs } from './hosts.ts';
import { pageFile } from './page-files.ts';
import { type Call, routeOf } from './page-routes.ts';
import { Tries } from './tries.ts';

/** What the page shows and switches. */
export interface PageDeps {
  readonly door: Door;
  readonly index: SpoolIndex;
  status(): CarStatus;
  set(name: SwitchName, on: boolean): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** Names that this machine is called by, beside its own and those of the local network. */
  readonly names?: readonly string[];
}

export interface PageOptions {
  readonly host: string;
  readonly port: number;
}

const COOKIE = 'vidette_car';
/** A browser forgets the cookie then; the session ends sooner. */
const COOKIE_SECONDS = 400 * 24 * 60 * 60;
/** Requests of one address, and of all, in a minute: a player asks some ten times for each clip. */
const REQUESTS = { each: 900, all: 3000, windowMs: 60_000 };
const MOST_CONNECTIONS = 48;

/** @returns the server, listening. @throws UserError when the address is taken */
export async function servePage(deps: PageDeps, { host, port }: PageOptions): Promise<Server> {
  const page = new Page(deps);
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 30_000, headersTimeout: 10_000 }, (...given) => {
    page.answer(...given).catch((error: unknown) => deps.log.error('the page could not answer', { error }));
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.keepAliveTimeout = 15_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') reject(error);
      else
        reject(
          new UserError(`The page cannot listen on ${host}:${port} (${code}).`, 'Choose another one with --port.', {
            code: 'usage',
            cause: error,
          }),
        );
    });
    server.listen(port, host, resolve);
  });
  return server;
}

class Page {
  readonly #deps: PageDeps;
  readonly #names: ReadonlySet<string>;
  readonly #requests: Tries;

  constructor(deps: PageDeps) {
    this.#deps = deps;
    this.#names = new Set([hostname(), ...(deps.names ?? [])].map((name) => name.toLowerCase()));
    this.#requests = new Tries(deps.clock, REQUESTS);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    secureHeaders(response);
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (sendError(response, error)) this.#deps.log.error('a request failed', { path: pathOf(request), error });
      // What is left of a body that nobody reads would be taken for the next request.
      if (!request.complete) response.once('finish', () => request.destroy());
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hostIsOurs(request.headers.host, this.#names))
      throw new UserError(
        'This is not an address of the car’s page.',
        'Open it by its number, by its name with .local, or add the name with --name.',
        { code: 'wrong-host' },
      );
    const address = request.socket.remoteAddress ?? '';
    const wait = this.#requests.take(address);
    if (wait > 0) throw new UserError('Too many requests.', 'Wait a minute.', { code: 'too-many' });
    const { method = 'GET' } = request;
    const url = new URL(request.url ?? '/', 'http://page.invalid');
    const reads = method === 'GET' || method === 'HEAD';
    if (reads) {
      const file = pageFile(url.pathname);
      if (file) {
        response.setHeader('cache-control', 'no-cache');
        response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length });
        response.end(method === 'HEAD' ? undefined : file.bytes);
        return;
      }
    } else {
      const { origin, host } = request.headers;
      const site = request.headers['sec-fetch-site'];
      if (!fromOwnPage({ origin, host, fetchSite: typeof site === 'string' ? site : undefined }))
        throw new UserError('Requests from other pages are not accepted.', 'Open the car’s own page.', {
          code: 'forbidden',
        });
    }
    const found = routeOf(method, url.pathname);
    if (!found) throw new UserError('There is nothing here.', 'Begin at the start page.', { code: 'not-found' });
    const word = cookieOf(request.headers.cookie);
    const phase = this.#deps.door.phase(word);
    if (!found.route.public && phase !== 'open')
      throw new UserError('You are not signed in.', 'Sign in.', { code: 'unauthorized' });
    const call: Call = {
      request,
      response,
      deps: this.#deps,
      query: url.searchParams,
      params: found.params,
      body: () => readBody(request),
      word,
      phase,
      address,
      setCookie: (value) => {
        const age = value === undefined ? 0 : COOKIE_SECONDS;
        response.setHeader(
          'set-cookie',
          `${COOKIE}=${value ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${isSecure(request) ? '; Secure' : ''}`,
        );
      },
    };
    const answer = await found.route.handle(call);
    if (answer !== undefined) sendJson(response, 200, answer);
  }
}

/** The path, without what may be secret. */
const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? '';

/** A proxy on this machine that holds a certificate says so. */
function isSecure(request: IncomingMessage): boolean {
  const local = /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');
  return local && request.headers['x-forwarded-proto'] === 'https';
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of header?.slice(0, 4096).split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2);
    if (name === COOKIE) return value;
  }
  return undefined;
}
