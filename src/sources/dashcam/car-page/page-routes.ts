/**
 * What the page's server can be asked.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { SWITCHES } from '../role/status.ts';
import { textOf } from './answer.ts';
import type { DoorPhase } from './door.ts';
import type { PageDeps } from './page-server.ts';
import { sendFile } from './send-file.ts';
import { dayCards, eventCards, eventPage, minutesOfDay } from './shelf.ts';

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly deps: PageDeps;
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  readonly body: () => Promise<Readonly<Record<string, unknown>>>;
  /** Of the cookie. */
  readonly word: string | undefined;
  readonly phase: DoorPhase;
  readonly address: string;
  /** @param value undefined: take it away */
  readonly setCookie: (value: string | undefined) => void;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  /** Also for who is not signed in. */
  readonly public?: boolean;
  /** @returns JSON; undefined when it has answered by itself */
  readonly handle: (call: Call) => Promise<object | undefined> | object | undefined;
}

const SHA256 = '(?<id>[0-9a-f]{64})';
const EVENT = '(?<event>(?:saved|sentry)/[\\w-]{1,40})';

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/api\/door$/, public: true, handle: ({ phase }) => ({ phase }) },
  {
    method: 'POST',
    path: /^\/api\/door\/begin$/,
    public: true,
    async handle({ body, deps, setCookie, address }) {
      const given = await body();
      setCookie(await deps.door.begin(textOf(given, 'code'), textOf(given, 'password'), address));
      deps.log.info('the password of the page was set', { from: address });
      return { phase: 'open' };
    },
  },
  {
    method: 'POST',
    path: /^\/api\/door\/enter$/,
    public: true,
    async handle({ body, deps, setCookie, address }) {
      setCookie(await deps.door.enter(textOf(await body(), 'password'), address));
      deps.log.info('somebody signed in', { from: address });
      return { phase: 'open' };
    },
  },
  {
    method: 'POST',
    path: /^\/api\/door\/password$/,
    async handle({ body, deps, setCookie, address }) {
      const given = await body();
      setCookie(await deps.door.change(textOf(given, 'old'), textOf(given, 'password'), address));
      deps.log.info('the password of the page was changed', { from: address });
      return { phase: 'open' };
    },
  },
  {
    method: 'POST',
    path: /^\/api\/door\/leave$/,
    handle({ deps, word, setCookie }) {
      deps.door.leave(word);
      setCookie(undefined);
      return { phase: 'closed' };
    },
  },
  { method: 'GET', path: /^\/api\/status$/, handle: ({ deps }) => deps.status() },
  {
    method: 'POST',
    path: /^\/api\/switch$/,
    async handle({ body, deps, address }) {
      const { name, on } = await body();
      const known = SWITCHES.find((one) => one === name);
      if (!known || typeof on !== 'boolean')
        throw new UserError('There is no such switch.', `Name one of ${SWITCHES.join(', ')}, and on or off.`);
      await deps.set(known, on);
      deps.log.info('somebody used a switch', { switch: known, on, from: address });
      return deps.status();
    },
  },
  {
    method: 'GET',
    path: /^\/api\/events$/,
    async handle({ deps, query }) {
      await deps.index.refresh();
      return eventCards(deps.index, query.get('after') ?? undefined);
    },
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/events/${EVENT}$`),
    async handle({ deps, params: { event = '' } }) {
      await deps.index.refresh();
      return eventPage(deps.index, event) ?? gone('The event is not there any more.');
    },
  },
  {
    method: 'GET',
    path: /^\/api\/days$/,
    async handle({ deps }) {
      await deps.index.refresh();
      return { days: dayCards(deps.index) };
    },
  },
  {
    method: 'GET',
    path: /^\/api\/days\/(?<day>\d{4}-\d\d-\d\d)$/,
    async handle({ deps, params: { day = '' } }) {
      await deps.index.refresh();
      return { day, minutes: minutesOfDay(deps.index, day) };
    },
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/files/${SHA256}$`),
    async handle({ deps, request, response, query, params: { id = '' } }) {
      const file = deps.index.files.get(id);
      if (!file) return gone('The file is not there any more.');
      await sendFile(request, response, {
        path: join(deps.index.root, file.key),
        type: typeOf(file.name),
        etag: id,
        name: file.name,
        download: query.get('download') === 'true',
      });
      return undefined;
    },
  },
];

/** @param method HEAD counts as GET */
export function routeOf(
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const route of ROUTES) {
    if (route.method !== wanted) continue;
    const match = route.path.exec(path);
    if (match) return { route, params: match.groups ?? {} };
  }
  return undefined;
}

/** What is no video or picture is only saved, never shown: its contents are a stranger's. */
function typeOf(name: string): string {
  if (/\.mp4$/i.test(name)) return 'video/mp4';
  if (/\.png$/i.test(name)) return 'image/png';
  return 'application/octet-stream';
}

function gone(message: string): never {
  throw new UserError(message, 'It was removed to make room.', { code: 'not-found' });
}
