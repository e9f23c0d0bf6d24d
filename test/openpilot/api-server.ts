/**
 * A server of the comma API's shape, as comma's openapi document and the facts of this project tell it: an API, a store of signed URLs, and a
 * stranger to whom nobody should come with a token. Each is an origin of its own. Every request is remembered.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly at: 'api' | 'store' | 'stranger';
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** Answers one request instead of the server. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeRoute {
  readonly public: boolean;
  /** Minute → file name → bytes. */
  readonly minutes: Readonly<Record<number, Readonly<Record<string, Buffer>>>>;
  /** Milliseconds since 1970. */
  readonly start?: number;
}

const LISTS: Readonly<Record<string, RegExp>> = {
  qlogs: /^qlog/,
  qcameras: /^qcamera/,
  logs: /^rlog/,
  cameras: /^fcamera/,
  dcameras: /^dcamera/,
  ecameras: /^ecamera/,
};
const USUAL_START = 1690488081496;
export const SHARE = { exp: '1999999999', sig: 'shared-signature' };

export class FakeApi {
  /** The API's address, for `--server`. */
  url = '';
  readonly heard: Heard[] = [];
  /** Bytes of bodies that the store has sent, by file name. */
  readonly sent = new Map<string, number>();
  readonly routes = new Map<string, FakeRoute>();
  readonly token: string;
  #generation = 0;
  #servers: Server[] = [];
  #store = '';
  stranger = '';
  #once: { at: Heard['at']; match: RegExp; times: number; behave: Behaviour }[] = [];

  constructor(token: string) {
    this.token = token;
  }

  static async start(token: string, routes: Readonly<Record<string, FakeRoute>>): Promise<FakeApi> {
    const api = new FakeApi(token);
    for (const [name, route] of Object.entries(routes)) api.routes.set(name, route);
    api.url = await api.#listen('api', (request, response) => api.#api(request, response));
    api.#store = await api.#listen('store', (request, response) => api.#serve(request, response));
    api.stranger = await api.#listen('stranger', (_, response) => response.writeHead(200).end('[]'));
    return api;
  }

  /** The next requests of this kind are answered by `behave`. */
  next(at: Heard['at'], match: RegExp, behave: Behaviour, times = 1): void {
    this.#once.push({ at, match, times, behave });
  }

  /** Every signed URL that was given until now is good no more. */
  expire(): void {
    this.#generation++;
  }

  count(at: Heard['at'], match: RegExp): number {
    return this.heard.filter((one) => one.at === at && match.test(one.url)).length;
  }

  forget(): void {
    this.heard.length = 0;
    this.sent.clear();
    this.#once = [];
  }

  /** The file of a store's address, with ranges and a strong tag. */
  sendFile(
    body: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
    cutAfter = Number.POSITIVE_INFINITY,
  ): void {
    const tag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
    const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
    const condition = request.headers['if-range'];
    const from = first !== undefined && (condition === undefined || condition === tag) ? Number(first) : 0;
    if (from >= body.length && from > 0) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const rest = body.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: tag,
      'content-length': rest.length,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
    });
    const piece = rest.subarray(0, cutAfter);
    const name = (request.url ?? '').replace(/\?.*$/, '').split('/').at(-1) ?? '';
    this.sent.set(name, (this.sent.get(name) ?? 0) + piece.length);
    if (piece.length === rest.length) response.end(piece);
    else response.write(piece, () => setTimeout(() => response.destroy(), 30));
  }

  fileOf(request: IncomingMessage): Buffer | undefined {
    const [, dongle, logId, minute, name] = /^\/box\/([^/]+)\/([^/]+)\/(\d+)\/([^/?]+)/.exec(request.url ?? '') ?? [];
    return this.routes.get(`${dongle}|${logId}`)?.minutes[Number(minute)]?.[name ?? ''];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #listen(at: Heard['at'], answer: Behaviour): Promise<string> {
    const server = createServer((request, response) => {
      this.heard.push({ at, method: request.method ?? '', url: request.url ?? '', headers: request.headers });
      const other = this.#once.find((one) => one.at === at && one.times > 0 && one.match.test(request.url ?? ''));
      if (other !== undefined) other.times--;
      (other?.behave ?? answer)(request, response);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  #api(request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url ?? '/', this.url);
    const path = decodeURIComponent(url.pathname).replace(/\/$/, '');
    const isOwner = request.headers.authorization === `JWT ${this.token}`;
    if (request.headers.authorization !== undefined && !isOwner) return refuse(response, 401, request);
    const [, name = '', rest = ''] = /^\/v1\/route\/([^/]+)(\/files)?$/.exec(path) ?? [];
    if (name !== '') {
      const route = this.routes.get(name);
      const isShared = url.searchParams.get('sig') === SHARE.sig && url.searchParams.get('exp') === SHARE.exp;
      if (route === undefined) return refuse(response, isOwner ? 404 : 401, request);
      if (!route.public && !isOwner && !isShared)
        return refuse(response, url.searchParams.has('sig') ? 403 : 401, request);
      return send(response, rest === '/files' ? this.#files(name, route) : this.#info(name, route));
    }
    if (!isOwner) return refuse(response, 401, request);
    if (path === '/v1/me')
      return send(response, {
        id: 'b1c2d3e4f5a69788',
        email: 'driver@example.org',
        points: 0,
        regdate: 1,
        superuser: false,
        user_id: 'x',
      });
    const devices = [...new Set([...this.routes.keys()].map((one) => one.slice(0, 16)))];
    if (path === '/v1/me/devices')
      return send(
        response,
        devices.map((dongle) => ({
          dongle_id: dongle,
          alias: 'the car',
          device_type: 'tizi',
          is_owner: true,
          last_athena_ping: 1790000000,
        })),
      );
    const [, dongle] = /^\/v1\/devices\/([a-f0-9]{16})\/routes(?:_segments)?$/.exec(path) ?? [];
    if (dongle === undefined) return refuse(response, 404, request);
    const [from, to] = [Number(url.searchParams.get('start') ?? 0), Number(url.searchParams.get('end') ?? 1e15)];
    const found = [...this.routes].filter(
      ([one, { start = USUAL_START }]) => one.startsWith(dongle) && start > from && start < to,
    );
    return send(
      response,
      found.map(([one, route]) => this.#info(one, route)),
    );
  }

  #info(name: string, route: FakeRoute) {
    const numbers = Object.keys(route.minutes).map(Number);
    const last = Math.max(...numbers);
    const start = route.start ?? USUAL_START;
    return {
      fullname: name,
      dongle_id: name.slice(0, 16),
      is_public: route.public,
      url: `${this.#store}/derived/${name.replace('|', '/')}?sig=derived`,
      maxqlog: last,
      segment_numbers: numbers,
      start_time_utc_millis: start,
      end_time_utc_millis: start + (last + 1) * 60_000,
      start_time: '2023-07-27T20:01:21.496',
      platform: 'TOYOTA COROLLA TSS2 2019',
      version: '0.9.4',
      git_remote: 'https://github.com/commaai/openpilot.git',
      git_dirty: false,
      // Fields that nobody has heard of, and one of another type than the document says.
      brand_new_field: { a: [1] },
      distance: 'far',
    };
  }

  #files(name: string, route: FakeRoute) {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const list = (wanted: RegExp) =>
      Object.entries(route.minutes).flatMap(([minute, files]) =>
        Object.keys(files)
          .filter((file) => wanted.test(file))
          .map(
            (file) =>
              `${this.#store}/box/${name.replace('|', '/')}/${minute}/${file}?se=${encodeURIComponent(until)}&sig=signed-${this.#generation}`,
          ),
      );
    return Object.fromEntries(Object.entries(LISTS).map(([key, wanted]) => [key, list(wanted)]));
  }

  #serve(request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url ?? '/', this.#store);
    // A store refuses whoever brings a credential of somebody else's: S3 and Azure do.
    if (request.headers.authorization !== undefined) return response.writeHead(400).end();
    const [, minute, derived] = /^\/derived\/[^/]+\/[^/]+\/(\d+)\/(events|coords)\.json$/.exec(url.pathname) ?? [];
    if (derived === 'events')
      return send(response, [
        {
          type: 'engage',
          time: 0,
          offset_millis: 0,
          route_offset_millis: Number(minute) * 60_000 + 1500,
          data: { state: 'enabled', enabled: true, alertStatus: 0 },
        },
        { type: 'user_flag', offset_millis: 0, route_offset_millis: Number(minute) * 60_000 + 2500, data: {} },
        { what: 'is this' },
      ]);
    if (derived === 'coords') return send(response, [{ t: 1, lat: 50.5, lng: 7.25, speed: 12, dist: 3 }, { t: 2 }]);
    if (url.searchParams.get('sig') !== `signed-${this.#generation}`)
      return response.writeHead(403).end('<Error>expired</Error>');
    const body = this.fileOf(request);
    if (body === undefined) return response.writeHead(404).end();
    return this.sendFile(body, request, response);
  }
}

/** Refusals repeat what was sent, as careless servers do. */
export function refuse(
  response: ServerResponse,
  status: number,
  request: IncomingMessage,
  headers: Record<string, string> = {},
): void {
  send(
    response,
    {
      error: `no: ${request.url} ${request.headers.authorization ?? ''}`,
      description: String(request.headers.authorization),
    },
    status,
    headers,
  );
}

function send(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
