/**
 * Asks a server of the comma API's shape. The token goes to the API's own origin and nowhere else: no redirect and no signed URL gets it.
 */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { InputError, Unavailable, UserError } from '../../../../base/errors.ts';
import type { Share } from '../../names/route-request.ts';
import { type Answer, ask, NetworkFailure, pause, redirectOf, retryAfter, WAITS, type Waits } from '../http/ask.ts';
import { type Asked, refusal, sentElsewhere } from './failures.ts';
import { type ApiServer, mayFetch, outsideOf } from './server.ts';
import {
  Coords,
  Devices,
  type DriveCoord,
  type DriveEvent,
  Events,
  FileLists,
  Me,
  RouteInfo,
  RouteList,
} from './shapes.ts';
import type { ApiToken } from './token.ts';

const MB = 1_000_000;
const MOST = { small: MB, list: 40 * MB, derived: 8 * MB } as const;
const REDIRECTS = 3;
/** Where a server asks for patience without saying how long: five lists a minute are allowed. */
const USUAL_WAIT = 15_000;
const TRIES = 4;

export interface ClientOptions {
  readonly server: ApiServer;
  readonly token: ApiToken | null;
  readonly share: Share | null;
  /** How long to wait when the server asks for patience, milliseconds in all; longer than that is `Unavailable`. */
  readonly patience?: number;
  /** Told when it waits: a whole sentence. */
  readonly onWait?: (words: string) => void;
  readonly waits?: Waits;
  /** Milliseconds before the second try of a failed connection; twice as long before each further one. */
  readonly retryPause?: number;
}

/** Which drives of a device. */
export interface RouteListSpan {
  readonly start?: number;
  readonly end?: number;
  readonly limit?: number;
  readonly offset?: number;
}

interface Question<T> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly shape: z.ZodType<T>;
  readonly most: number;
  readonly what: string;
  /** The name of the route: shares count, and a refusal is about it. */
  readonly isRoute: boolean;
}

export class ApiClient {
  readonly server: ApiServer;
  readonly #options: ClientOptions;

  /** The same for two clients that see the same; tells no secret. */
  readonly identity: string;

  constructor(options: ClientOptions) {
    const { server, token, share } = options;
    this.server = server;
    this.#options = options;
    const shared = share === null ? '' : createHash('sha256').update(share.sig).digest('hex').slice(0, 16);
    this.identity = [server.base, token?.fingerprint() ?? '', shared].join(' ');
  }

  /** Whom the token belongs to. */
  async me(signal?: AbortSignal): Promise<z.infer<typeof Me>> {
    const question = { path: '/v1/me/', shape: Me, most: MOST.small, what: 'your account', isRoute: false };
    return await this.#ask(question, signal);
  }

  async devices(signal?: AbortSignal): Promise<z.infer<typeof Devices>> {
    const question = {
      path: '/v1/me/devices/',
      shape: Devices,
      most: MOST.small,
      what: 'your devices',
      isRoute: false,
    };
    return await this.#ask(question, signal);
  }

  /**
   * The newest drives of a device first, as the server sorts them. Times in milliseconds since 1970.
   * A server that has no `routes_segments` is asked for `routes`, of which those of the span are given.
   */
  async routes(dongle: string, span: RouteListSpan, signal?: AbortSignal): Promise<z.infer<typeof RouteList>> {
    const device = `/v1/devices/${encodeURIComponent(dongle)}`;
    const question = { shape: RouteList, most: MOST.list, what: `the drives of ${dongle}`, isRoute: false };
    try {
      return await this.#ask({ ...question, path: `${device}/routes_segments`, query: { ...span } }, signal);
    } catch (error) {
      if (!(error instanceof UserError && error.code === 'not-found')) throw error;
    }
    const { start = 0, end = Number.POSITIVE_INFINITY, limit } = span;
    const all = await this.#ask({ ...question, path: `${device}/routes`, query: { limit } }, signal);
    return all.filter((route) => route.start === null || (route.start < end && (route.end ?? route.start) > start));
  }

  /** @param name `dongle|log id` */
  async route(name: string, signal?: AbortSignal): Promise<RouteInfo> {
    const path = `/v1/route/${encodeURIComponent(name)}/`;
    return await this.#ask(
      { path, shape: RouteInfo, most: MOST.small, what: `the drive ${name}`, isRoute: true },
      signal,
    );
  }

  /** Signed URLs; a server allows this five times a minute. */
  async files(name: string, signal?: AbortSignal): Promise<FileLists> {
    const path = `/v1/route/${encodeURIComponent(name)}/files`;
    return await this.#ask(
      { path, shape: FileLists, most: MOST.list, what: `the drive ${name}`, isRoute: true },
      signal,
    );
  }

  /** What happened in one minute: engaged, alerts, bookmarks. Empty where the server has not worked it out. */
  async events(route: Pick<RouteInfo, 'derived'>, minute: number, signal?: AbortSignal): Promise<DriveEvent[]> {
    const body = await this.#derived(route, `${minute}/events.json`, signal);
    return body === null ? [] : this.#parse(body, Events, 'the events of the drive');
  }

  async coords(route: Pick<RouteInfo, 'derived'>, minute: number, signal?: AbortSignal): Promise<DriveCoord[]> {
    const body = await this.#derived(route, `${minute}/coords.json`, signal);
    return body === null ? [] : this.#parse(body, Coords, 'the track of the drive');
  }

  /** Small pictures of one minute in a row, a JPEG; null where there is none. */
  async sprite(route: Pick<RouteInfo, 'derived'>, minute: number, signal?: AbortSignal): Promise<Buffer | null> {
    return await this.#derived(route, `${minute}/sprite.jpg`, signal);
  }

  async #ask<T>(question: Question<T>, signal: AbortSignal | undefined): Promise<T> {
    const { token, share } = this.#options;
    const url = new URL(this.server.base + question.path);
    for (const [name, value] of Object.entries(question.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    if (question.isRoute && share !== null) {
      url.searchParams.set('exp', share.exp);
      url.searchParams.set('sig', share.sig);
    }
    const asked: Asked = {
      server: this.server,
      what: question.what,
      isRoute: question.isRoute,
      hasToken: token !== null,
      hasShare: question.isRoute && share !== null,
    };
    return this.#parse(await this.#patiently(url, asked, question.most, signal), question.shape, question.what);
  }

  /** The body of a good answer. Waits when the server asks for it, and tries again when the connection fails. */
  async #patiently(url: URL, asked: Asked, most: number, signal: AbortSignal | undefined): Promise<Buffer> {
    let left = this.#options.patience ?? 0;
    let failures = 0;
    while (true) {
      const found = await this.#once(url, asked, most, signal);
      if ('body' in found) return found.body;
      if ('failed' in found) {
        failures++;
        if (failures >= TRIES) throw new Unavailable(`${found.failed}. Tried ${TRIES} times; try again later.`, 60_000);
        await pause((this.#options.retryPause ?? 500) * 2 ** (failures - 1), signal);
        continue;
      }
      if (found.wait > left) throw new Unavailable(tooMany(this.server.host, found.wait), found.wait);
      left -= found.wait;
      this.#options.onWait?.(tooMany(this.server.host, found.wait));
      await pause(found.wait, signal);
    }
  }

  async #once(
    url: URL,
    asked: Asked,
    most: number,
    signal: AbortSignal | undefined,
  ): Promise<{ body: Buffer } | { failed: string } | { wait: number }> {
    try {
      const answer = await this.#follow(url, asked, signal);
      if (answer.status === 200) return { body: await this.#body(answer, most, asked.what) };
      await answer.drop();
      if (answer.status === 429) return { wait: Math.max(retryAfter(answer.headers, Date.now(), USUAL_WAIT), 1000) };
      if (answer.status >= 500) return { failed: `${this.server.host} has a fault of its own (${answer.status})` };
      throw refusal(answer.status, asked);
    } catch (error) {
      if (error instanceof NetworkFailure) return { failed: error.message };
      throw error;
    }
  }

  async #follow(url: URL, asked: Asked, signal: AbortSignal | undefined): Promise<Answer> {
    const { token, waits } = this.#options;
    let target = url;
    for (let hop = 0; hop <= REDIRECTS; hop++) {
      // The one place where the token is sent.
      const headers: Record<string, string> = { accept: 'application/json' };
      if (token !== null && target.origin === this.server.origin) headers.authorization = token.authorization();
      const answer = await ask(target, headers, { waits: waits ?? WAITS, signal });
      if (answer.status < 300 || answer.status >= 400) return answer;
      await answer.drop();
      const next = redirectOf(answer, target);
      if (next === null || next.origin !== this.server.origin) throw sentElsewhere(asked, next);
      target = next;
    }
    throw new InputError(this.server.host, `it sends its callers in a circle for ${asked.what}`);
  }

  /** A file beside the route, from wherever the server said that it is: never with the token. Null where there is none. */
  async #derived(
    route: Pick<RouteInfo, 'derived'>,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Buffer | null> {
    const base = URL.parse(route.derived ?? '');
    if (base === null) return null;
    base.pathname = `${base.pathname.replace(/\/+$/, '')}/${name}`;
    let target: URL | null = base;
    try {
      for (let hop = 0; hop <= REDIRECTS && target !== null && mayFetch(this.server, target); hop++) {
        const answer: Answer = await ask(
          target,
          {},
          {
            waits: this.#options.waits ?? WAITS,
            signal,
            outside: outsideOf(this.server, target),
          },
        );
        if (answer.status === 200) return await this.#body(answer, MOST.derived, name);
        await answer.drop();
        if (answer.status === 429 || answer.status >= 500)
          throw new Unavailable(`${target.host} answered ${answer.status}.`, USUAL_WAIT);
        target = redirectOf(answer, target);
      }
    } catch (error) {
      if (error instanceof NetworkFailure) throw new Unavailable(`${error.message}.`, 60_000);
      throw error;
    }
    return null;
  }

  async #body(answer: Answer, most: number, what: string): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of answer.body) {
      bytes += piece.length;
      if (bytes > most)
        throw new InputError(this.server.host, `its answer about ${what} is longer than ${most / MB} MB`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  #parse<T>(body: Buffer, shape: z.ZodType<T>, what: string): T {
    let value: unknown;
    try {
      value = JSON.parse(body.toString('utf8'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // What it is instead (a sign-in page, a proxy's own words) is not repeated.
      throw new InputError(
        this.server.host,
        `its answer about ${what} is not JSON. Does --server name the API, and not a page?`,
      );
    }
    const parsed = shape.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    throw new InputError(this.server.host, `its answer about ${what} has another form than this API says${where}`);
  }
}

function tooMany(host: string, wait: number): string {
  return `${host} answers only some questions a minute and asks for ${Math.ceil(wait / 1000)} s of patience.`;
}
