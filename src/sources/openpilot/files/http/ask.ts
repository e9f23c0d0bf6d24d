/**
 * One HTTP question, with a bound on every wait. What fails on the way is a `NetworkFailure`, whose words hold the host and never the address.
 */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../../../../base/errors.ts';
import { get, type Outside } from '../../../../media/http-get.ts';
import { LeadsHome } from '../../../../media/internet-lookup.ts';

export interface Waits {
  /** Until the answer begins, milliseconds. */
  readonly answer: number;
  /** Between two pieces of it. */
  readonly idle: number;
}

export const WAITS: Waits = { answer: 20_000, idle: 30_000 };

/** The connection failed, or nothing came for too long. Asking again may help. */
export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure';
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection where the body is not wanted. */
  drop(): Promise<void>;
}

export interface AskOptions {
  readonly waits: Waits;
  readonly signal: AbortSignal | undefined;
  /** For addresses that a server named, and not the person. */
  readonly outside?: Outside | undefined;
}

/** Asks once; a redirect is an answer like any other. @throws InputError where it would lead into the network at home */
export async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { waits, signal, outside }: AskOptions,
): Promise<Answer> {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(new NetworkFailure(tooSlow(url, waits.answer))), waits.answer);
  const both = signal === undefined ? cut.signal : AbortSignal.any([signal, cut.signal]);
  try {
    const answer = await get(url, { headers, signal: both, outside });
    return {
      status: answer.statusCode ?? 0,
      headers: headersOf(answer),
      body: pieces(url, answer, cut, waits.idle, signal),
      drop: async () => {
        answer.on('error', () => undefined).destroy();
      },
    };
  } catch (error) {
    throw failure(url, error, signal, cut.signal);
  } finally {
    clearTimeout(timer);
  }
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct))
    for (const value of values) headers.append(name, value);
  return headers;
}

async function* pieces(
  url: URL,
  body: IncomingMessage,
  cut: AbortController,
  idleMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  try {
    while (true) {
      const timer = setTimeout(() => cut.abort(new NetworkFailure(tooSlow(url, idleMs))), idleMs);
      const { done, value } = await reader.next().finally(() => clearTimeout(timer));
      if (done === true) return;
      yield value;
    }
  } catch (error) {
    throw failure(url, error, signal, cut.signal);
  } finally {
    // Whoever stops listening early (a bound, an error) ends the connection.
    body.on('error', () => undefined).destroy();
  }
}

function failure(url: URL, error: unknown, signal: AbortSignal | undefined, cut: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (cut.aborted && cut.reason instanceof NetworkFailure) return cut.reason;
  if (error instanceof LeadsHome)
    return new InputError(url.host, 'it is in the network at home, where a server of the internet must not send us');
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined) return error;
  return new NetworkFailure(`${url.host} ${words(code)}`, { cause: error });
}

function words(code: string | undefined): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'is not known to this network (is there an internet connection?)';
    case 'ECONNREFUSED':
      return 'does not answer (connection refused)';
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection';
    default:
      return code?.includes('CERT') === true || code === 'ERR_TLS_CERT_ALTNAME_INVALID'
        ? `has a certificate that is not accepted (${code})`
        : `cannot be reached (${code ?? 'the connection failed'})`;
  }
}

const tooSlow = (url: URL, ms: number): string => `${url.host} sent nothing for ${Math.round(ms / 1000)} s`;

/** @returns milliseconds of a `Retry-After` (RFC 9110, section 10.2.3), seconds or a date; `otherwise` where there is none */
export function retryAfter(headers: Headers, now: number, otherwise: number): number {
  const value = headers.get('retry-after')?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(ms, 0) : otherwise;
}

/** Waits, or ends with the signal. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}

/** The target of a redirect; null when the answer is none. */
export function redirectOf(answer: Answer, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return null;
  const target = URL.parse(answer.headers.get('location') ?? '', from.href);
  return target === null || !/^https?:$/.test(target.protocol) ? null : target;
}
