/**
 * One HTTP question, with a bound on every wait. What fails on the way is a `NetworkFailure`, whose words hold the host and never the address.
 */
import { setTimeout as sleep } from 'node:timers/promises';

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

/** Asks once; a redirect is an answer like any other. */
export async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { waits, signal }: { waits: Waits; signal: AbortSignal | undefined },
): Promise<Answer> {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(new NetworkFailure(tooSlow(url, waits.answer))), waits.answer);
  const both = signal === undefined ? cut.signal : AbortSignal.any([signal, cut.signal]);
  try {
    const answer = await fetch(url, { headers, redirect: 'manual', signal: both });
    const { body } = answer;
    return {
      status: answer.status,
      headers: answer.headers,
      body: pieces(url, body, cut, waits.idle, signal),
      drop: async () => {
        cut.abort(new NetworkFailure(`${url.host} is not listened to any more`));
        await body?.cancel().catch(() => undefined);
      },
    };
  } catch (error) {
    throw failure(url, error, signal, cut.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function* pieces(
  url: URL,
  body: ReadableStream<Uint8Array> | null,
  cut: AbortController,
  idleMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    while (true) {
      const timer = setTimeout(() => cut.abort(new NetworkFailure(tooSlow(url, idleMs))), idleMs);
      try {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      } finally {
        clearTimeout(timer);
      }
    }
  } catch (error) {
    throw failure(url, error, signal, cut.signal);
  } finally {
    // Whoever stops listening early (a bound, an error) ends the connection.
    await reader.cancel().catch(() => undefined);
  }
}

function failure(url: URL, error: unknown, signal: AbortSignal | undefined, cut: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (cut.aborted && cut.reason instanceof NetworkFailure) return cut.reason;
  if (!(error instanceof TypeError)) return error;
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return new NetworkFailure(`${url.host} ${words(code)}`, { cause: error.cause });
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
