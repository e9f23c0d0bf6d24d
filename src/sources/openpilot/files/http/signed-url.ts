/**
 * A file behind a signed URL. It is asked without any credential: the URL is one. Neither its path nor its query is ever in a message.
 */
import { InputError, Unavailable, UserError } from '../../../../base/errors.ts';
import type { Outside } from '../../../../media/http-get.ts';
import { type Answer, ask, NetworkFailure, pause, redirectOf, retryAfter, type Waits } from './ask.ts';
import { type ByteSource, LinkEnded, type Opened, type Validator } from './byte-source.ts';

const REDIRECTS = 3;

export interface SignedUrlOptions {
  readonly label: string;
  readonly most: number;
  readonly waits: Waits;
  /** How long to wait when the store asks for patience, milliseconds. */
  readonly patience: number;
  /** The present URL. */
  readonly url: () => string;
  readonly renew: (signal: AbortSignal | undefined) => Promise<void>;
  /** Whether an address that a redirect names may be asked. */
  readonly mayFetch: (url: URL) => boolean;
  /** Whether a connection to it must lead outside. */
  readonly outside: (url: URL) => Outside | undefined;
}

export function signedUrl(options: SignedUrlOptions): ByteSource {
  const { label, most, renew } = options;
  return {
    label,
    most,
    renew,
    get host() {
      return new URL(options.url()).host;
    },
    open: (from, known, signal) => open(options, from, known, signal),
  };
}

async function open(
  options: SignedUrlOptions,
  from: number,
  known: Validator | null,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  // A strong tag or a date lets the store send the whole file when it is another one (RFC 9110, section 13.1.5).
  const condition = known?.etag?.startsWith('W/') === false ? known.etag : (known?.modified ?? null);
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (from > 0) headers.range = `bytes=${from}-`;
  if (from > 0 && condition !== null) headers['if-range'] = condition;
  const { answer, host } = await follow(options, headers, signal);
  const { status } = answer;
  const validator = (total: number | null): Validator => ({
    etag: answer.headers.get('etag'),
    modified: answer.headers.get('last-modified'),
    total,
  });
  if (status === 200) {
    const length = lengthOf(answer.headers.get('content-length'));
    return { from: 0, validator: validator(length), bytes: answer.body };
  }
  const range = answer.headers.get('content-range') ?? '';
  if (status === 206) {
    const [, first, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(range) ?? [];
    if (Number(first) === from) return { from, validator: validator(lengthOf(total)), bytes: answer.body };
  }
  await answer.drop();
  // Nothing is left to send: all of it is here already; or the file is another one.
  if (status === 416 && from > 0) {
    const [, total] = /^bytes \*\/(\d{1,15})$/.exec(range) ?? [];
    if (Number(total) === from) return { from, validator: { ...validator(from) }, bytes: none() };
    return await open(options, 0, null, signal);
  }
  throw refusal(status, options.label, host);
}

async function follow(options: SignedUrlOptions, headers: Record<string, string>, signal: AbortSignal | undefined) {
  let url = new URL(options.url());
  let left = options.patience;
  for (let hop = 0; hop <= REDIRECTS; ) {
    const answer: Answer = await ask(url, headers, { waits: options.waits, signal, outside: options.outside(url) });
    const { status } = answer;
    if (status === 429 || status === 503) {
      const wait = Math.max(retryAfter(answer.headers, Date.now(), 5000), 500);
      await answer.drop();
      if (wait > left)
        throw new Unavailable(
          `${url.host} asks for ${Math.ceil(wait / 1000)} s of patience before it sends ${options.label}.`,
          wait,
        );
      left -= wait;
      await pause(wait, signal);
      continue;
    }
    const next = redirectOf(answer, url);
    if (next === null) return { answer, host: url.host };
    await answer.drop();
    if (!options.mayFetch(next))
      throw new InputError(url.host, `it sends ${options.label} from a place that may not be asked (${next.host})`);
    url = next;
    hop++;
  }
  throw new InputError(url.host, `it sends its callers in a circle for ${options.label}`);
}

function refusal(status: number, label: string, host: string): Error {
  if (status === 401 || status === 403 || status === 410)
    return new LinkEnded(`${host} does not accept the link to ${label} (${status})`);
  if (status === 404)
    return new UserError(
      `${label} is listed, but ${host} does not have it any more.`,
      'Upload it again in connect’s “Files”, or choose other seconds.',
      {
        code: 'missing',
      },
    );
  if (status >= 500 || status === 206 || status === 408) return new NetworkFailure(`${host} answered ${status}`);
  return new InputError(host, `it answered ${status} for ${label}`);
}

function lengthOf(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

async function* none(): AsyncGenerator<Uint8Array> {
  yield* [];
}
