/**
 * `parseRoute`: every form in which people write a route, to one value. Pure, and bounded: any text is read in one pass.
 */
import { UserError } from '../../../base/errors.ts';
import { wallMs } from '../../../base/units.ts';
import { providerOfHost } from './providers.ts';
import type { NamedHost, RouteRequest, RouteSpan, Share } from './route-request.ts';

/** Longer than any address with a signature in it. */
const LONGEST = 4096;

const DONGLE = '[a-f0-9]{16}';
/** By date until 2024, by count and a random word since. Both have 20 letters. */
const LOG_ID = '(?:\\d{4}-\\d{2}-\\d{2}--\\d{2}-\\d{2}-\\d{2}|[a-f0-9]{8}--[a-z0-9]{10})';
const FILE = '(?:rlog|qlog|raw_log|log|fcamera|ecamera|dcamera|qcamera|video)(?:\\.[a-z0-9]{2,4}){0,2}';

/** The uid of a new log id may be all digits: it belongs to the id, and only what follows it is a minute. */
const ROUTE = new RegExp(`^(?:(${DONGLE})[|_/](?:routes?/)?)?(${LOG_ID})(.*)$`, 's');
const MINUTE = new RegExp(`^(?:--|/)(-?\\d{1,4})(?:/[qrai])?(?:(?:--|/)${FILE})?$`);
const MINUTES = /^(?:--|\/)(-?\d{1,4})?:(-?\d{1,4})?(?::(-?\d{1,4})?)?(?:\/[qrai])?$/;
const SECONDS = /^\/(\d{1,7}(?:\.\d{1,6})?)\/(\d{1,7}(?:\.\d{1,6})?)$/;
const SELECTOR = /^\/[qrai]$/;
/** An old connect address: milliseconds since 1970, from 2001 on. */
const TIMES = new RegExp(`^(${DONGLE})/(\\d{12,14})(?:\\.\\d{1,6})?/(\\d{12,14})(?:\\.\\d{1,6})?$`);
const DEVICE = new RegExp(`^${DONGLE}(?:/[a-z-]{1,30})?$`);

/** Where in the path of an address a route may begin: at its start, or after what the API and the stores put before it. */
const IN_PATH = new RegExp(`(?:^|/)(${DONGLE}[|_/](?:routes?/)?${LOG_ID}(?:$|[-/].*))`, 's');

const EXAMPLE =
  'A route looks like a2a0ccea32023010|2023-07-27--13-01-19, or https://connect.comma.ai/a2a0ccea32023010/2023-07-27--13-01-19/90/105 for its seconds 90 to 105.';

/**
 * Reads a route's name or address.
 * @param text a route id of either form with `|`, `_`, `/` or `%7C`, with or without a minute (`--5`, `/5`) or minutes (`/2:5`); a connect
 *   address with seconds, or an old one with times; an address of useradmin, of the API, of konik, asius or any server of that shape
 * @throws UserError that shows a good one; it never holds a query, which may be a signature
 */
export function parseRoute(text: string): RouteRequest {
  if (text.length > LONGEST) throw bad(text, 'That is too long for a route.');
  const trimmed = text.trim().replace(/^[<("'“`]+|[>)"'”`.,;]+$/g, '');
  const address = /^(?:https?:)?\/\/([^/?#\s]+)([^\s]*)$/i.exec(trimmed) ?? withoutScheme(trimmed);
  return address === null ? parseName(trimmed, null, text) : parseAddress(address[1] ?? '', address[2] ?? '', text);
}

/** Whether a text is meant as a route, good or bad: worth the message of `parseRoute` when it is none. */
export function looksLikeRoute(text: string): boolean {
  if (text.length > LONGEST) return false;
  const trimmed = text.trim().replace(/^[<"'“`]+/, '');
  const host = (/^(?:https?:)?\/\/([^/?#\s]+)/i.exec(trimmed) ?? withoutScheme(trimmed))?.[1];
  if (host !== undefined && providerOfHost(hostName(host)) !== null) return true;
  if (host !== undefined) return /\/[a-f0-9]{16}(?:[/|_]|%7c)/i.test(trimmed) || /[?&]onebox=/.test(trimmed);
  return (
    /^[a-f0-9]{14,18}(?:[|_/]|%(?:25)?7c)[0-9a-f]/i.test(trimmed) ||
    /^(?:\d{4}-\d{2}-\d{2}|[a-f0-9]{8})--[a-z0-9]/i.test(trimmed)
  );
}

/** `connect.comma.ai/…`, as browsers show it. */
function withoutScheme(text: string): RegExpExecArray | null {
  const found = /^([a-z0-9.-]{4,253}(?::\d{1,5})?)(\/[^\s]*|\?[^\s]*)$/i.exec(text);
  return found !== null && (providerOfHost(hostName(found[1] ?? '')) !== null || /:\d+$/.test(found[1] ?? ''))
    ? found
    : null;
}

function parseAddress(authority: string, rest: string, text: string): RouteRequest {
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  const server: NamedHost = { host, provider: providerOfHost(hostName(host)) };
  const { path, query } = splitTail(rest);
  // The old page kept its place behind a `#`: https://my.comma.ai/#/…
  const onebox = query.get('onebox') ?? query.get('route');
  if (onebox !== null) {
    const inner = /^https?:\/\//i.test(onebox) ? parseRoute(onebox) : parseName(onebox, server, text);
    return { ...inner, server, share: shareOf(query) ?? inner.share };
  }
  const plain = decoded(path).replace(/^\/+|\/+$/g, '');
  const times = TIMES.exec(plain.toLowerCase());
  if (times !== null) {
    const start = Number(times[2]);
    const end = Number(times[3]);
    if (end <= start) throw bad(text, 'Its end is not after its start.');
    const share = shareOf(query);
    return { kind: 'time', dongle: times[1] ?? '', start: wallMs(start), end: wallMs(end), share, server };
  }
  if (DEVICE.test(plain.toLowerCase()))
    throw bad(
      text,
      'That is the page of a device, not of a drive.',
      'Open the drive there and copy the address of its page. ',
    );
  const [, found] = IN_PATH.exec(plain.toLowerCase()) ?? [];
  if (found === undefined) throw bad(text, 'There is no route in that address.');
  const { dongle, logId, tail } = split(found, text);
  return { kind: 'route', dongle, logId, span: addressSpan(tail, text), share: shareOf(query), server };
}

function parseName(name: string, server: NamedHost | null, text: string): RouteRequest {
  const { path, query } = splitTail(name);
  const plain = decoded(path).trim().replace(/\/+$/, '').toLowerCase();
  const times = TIMES.exec(plain);
  if (times !== null) return parseAddress('connect.comma.ai', `/${plain}`, text);
  const { dongle, logId, tail } = split(plain, text);
  return { kind: 'route', dongle, logId, span: spanOf(tail, text), share: shareOf(query), server };
}

function split(plain: string, text: string): { dongle: string | null; logId: string; tail: string } {
  const found = ROUTE.exec(plain);
  if (found === null) throw bad(text, whyNot(plain));
  return { dongle: found[1] ?? null, logId: found[2] ?? '', tail: found[3] ?? '' };
}

/** What an address may have behind the route beside a span: `…/files`, `…/qcamera.m3u8`, `…/derived/…`. */
function addressSpan(tail: string, text: string): RouteSpan {
  if (/^\/[a-z_]/.test(tail) && !SELECTOR.test(tail)) return { kind: 'whole' };
  return spanOf(tail, text);
}

function spanOf(tail: string, text: string): RouteSpan {
  if (tail === '' || SELECTOR.test(tail)) return { kind: 'whole' };
  const seconds = SECONDS.exec(tail);
  if (seconds !== null) {
    const start = Number(seconds[1]);
    const end = Number(seconds[2]);
    if (end <= start) throw bad(text, 'Its end is not after its start.');
    return { kind: 'seconds', start, end };
  }
  const minute = MINUTE.exec(tail);
  if (minute !== null) {
    const first = Number(minute[1]);
    return { kind: 'segments', first, end: first === -1 ? null : first + 1 };
  }
  const minutes = MINUTES.exec(tail);
  if (minutes !== null) {
    const [, first, end, step] = minutes;
    if (step !== undefined && Number(step) !== 1)
      throw bad(text, 'A clip is made of minutes in a row; steps cannot be left out.');
    const span = { first: number(first), end: number(end) };
    if (span.first !== null && span.end !== null && span.first >= 0 === span.end >= 0 && span.end <= span.first)
      throw bad(text, 'Its last minute is not after its first.');
    return { kind: 'segments', ...span };
  }
  throw bad(text, 'What follows the route is neither a minute (--5), minutes (/2:5), nor seconds (/90/105).');
}

const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));

function whyNot(plain: string): string {
  const [, dongle = ''] = /^([^|_/]+)[|_/]/.exec(plain) ?? [];
  if (/^[a-f0-9]{10,24}$/.test(dongle) && dongle.length !== 16)
    return `The device’s id must have 16 letters; this has ${dongle.length}.`;
  if (new RegExp(`^${DONGLE}[|_/]?`).test(plain))
    return 'The device’s id is there, but what follows is not the id of a drive.';
  return 'That is not a route.';
}

/** Cuts `?query` and `#tail`; a query behind the `#` counts too. */
function splitTail(text: string): { path: string; query: URLSearchParams } {
  const cut = text.search(/[?#]/);
  if (cut < 0) return { path: text, query: new URLSearchParams() };
  const hash = text.startsWith('/#/') ? text.slice(2) : null;
  if (hash !== null) return splitTail(hash);
  return {
    path: text.slice(0, cut),
    query: new URLSearchParams(
      text
        .slice(cut + 1)
        .replaceAll('#', '&')
        .replaceAll('?', '&'),
    ),
  };
}

function shareOf(query: URLSearchParams): Share | null {
  const exp = query.get('exp');
  // A “+” that was not encoded is one, and no space.
  const sig = query.get('sig')?.replaceAll(' ', '+') ?? null;
  if (exp === null || sig === null) return null;
  return /^[\w:.+-]{1,40}$/.test(exp) && /^[\w.~+/=-]{1,1024}$/.test(sig) ? { exp, sig } : null;
}

/** `%7C` → `|`, also where it was encoded twice; what is not an encoding stays. */
function decoded(text: string): string {
  let plain = text;
  for (let round = 0; round < 2 && plain.includes('%'); round++)
    try {
      plain = decodeURIComponent(plain);
    } catch (error) {
      if (!(error instanceof URIError)) throw error;
      return plain;
    }
  return plain;
}

function hostName(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d+$/, '');
}

/** @param what what is wrong, a whole sentence */
function bad(text: string, what: string, advice = ''): UserError {
  return new UserError(`“${shown(text)}”: ${what}`, `${advice}${EXAMPLE}`, { code: 'route' });
}

/** What may be shown of it: no query, no token that was pasted by mistake, no name and password, no control characters, not endless. */
function shown(text: string): string {
  const plain = text
    .slice(0, 400)
    .trim()
    .replace(/(?:[?#]|%(?:25)*(?:3f|23)).*$/is, '')
    .replace(/eyJ[\w-]{6,}(?:\.[\w-]*)*/g, '…')
    .replace(/\/\/[^/]*@/, '//')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '�');
  return plain.length > 100 ? `${plain.slice(0, 100)}…` : plain;
}
