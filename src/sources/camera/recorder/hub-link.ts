/**
 * The recorder's calls to the hub: JSON over a few kept-alive connections. Two heartbeats a second for ever, so
 * node:http is used as it is: `fetch` costs several times the memory and CPU.
 */
import { createReadStream } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import { pathOf, signedAddress } from '../../../contract/client.ts';
import type { CallInput, RouteOutput, RouteShape } from '../../../contract/route.ts';
import { Problem } from '../../../contract/system.ts';

/** Longer answers are refused: the largest, orders with 1000 cameras, is well below. */
const MAX_ANSWER_BYTES = 8_000_000;
/** An upload whose socket takes nothing for this long is given up. */
const UPLOAD_IDLE_MS = 30_000;

export interface CallOptions {
  /** Answers that take longer are given up. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface HubCalls {
  /**
   * @throws UserError when the hub refuses (code `unauthorised`, `http-…` or the hub's own word), Unavailable when it
   * cannot be reached, is too slow or says that it is not ready.
   */
  call<R extends RouteShape>(route: R, input: CallInput<R>, options: CallOptions): Promise<RouteOutput<R>>;
  /** Sends a file's first `bytes` to a signed URL, which may be a path below the hub. @throws Unavailable, UserError, or what reading the file throws. */
  put(url: string, path: string, bytes: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * @param hub address with its sub-path if it has one, without a `/` at the end
 * @param token bearer token of scope `recorder`
 */
export function connectHub(hub: string, token: string): HubCalls {
  const address = hub.replace(/\/+$/, '');
  const base = new URL(address);
  const prefix = base.pathname === '/' ? '' : base.pathname;
  const agent = agentFor(base);

  return {
    async call(route, input, options) {
      const given = input as { params?: Record<string, unknown>; query?: Record<string, unknown>; body?: unknown };
      const body = given.body === undefined ? undefined : Buffer.from(JSON.stringify(given.body));
      const headers: Record<string, string | number> = { accept: 'application/json', authorization: `Bearer ${token}` };
      if (body !== undefined) {
        headers['content-type'] = 'application/json';
        headers['content-length'] = body.length;
      }
      const target = new URL(prefix + pathOf(route, given.params, given.query), base);
      const { status, text, retryAfterMs } = await exchange(
        target,
        { method: route.method, headers, agent, ...(options.signal ? { signal: options.signal } : {}) },
        body,
        options.timeoutMs,
      );
      if (status >= 200 && status < 300) return route.response?.parse(parse(text)) as never;
      throw refusal(status, text, retryAfterMs);
    },

    async put(url, path, bytes, signal) {
      const target = new URL(signedAddress(address, url));
      const answer = Promise.withResolvers<IncomingMessage>();
      const request = requesterFor(target)(target, {
        method: 'PUT',
        headers: { 'content-length': bytes },
        ...(signal ? { signal } : {}),
      });
      request.setTimeout(UPLOAD_IDLE_MS, () => request.destroy(new Error('the upload stood still')));
      request.on('response', answer.resolve);
      request.on('error', answer.reject);
      // Rejections are taken below; while the file is still being sent nobody waits for the answer yet.
      const answered = answer.promise.catch((cause: unknown) => new Unavailable('An upload failed.', 5000, { cause }));
      try {
        await pipeline(createReadStream(path, { end: bytes - 1 }), request);
      } catch (cause) {
        if (isFileError(cause)) throw cause;
        request.destroy();
      }
      const response = await answered;
      if (response instanceof Unavailable) throw response;
      const text = await textOf(response);
      const status = response.statusCode ?? 0;
      if (status < 200 || status >= 300) throw refusal(status, text, 5000);
    },

    close() {
      agent.destroy();
    },
  };
}

function agentFor(url: URL): HttpAgent | HttpsAgent {
  const options = { keepAlive: true, maxSockets: 4, noDelay: true };
  return url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

function requesterFor(url: URL): typeof httpRequest {
  return url.protocol === 'https:' ? (httpsRequest as typeof httpRequest) : httpRequest;
}

async function exchange(
  target: URL,
  options: RequestOptions,
  body: Buffer | undefined,
  timeoutMs: number,
): Promise<{ status: number; text: string; retryAfterMs: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = requesterFor(target)(target, options);
  const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  request.on('response', resolve);
  request.on('error', reject);
  request.end(body);
  try {
    const response = await promise;
    const text = await textOf(response);
    const after = Number(response.headers['retry-after'] ?? 1);
    return { status: response.statusCode ?? 0, text, retryAfterMs: Number.isFinite(after) ? after * 1000 : 1000 };
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new Unavailable(`The hub does not answer (${messageOf(cause)}).`, 1000, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      response.destroy();
      throw new Unavailable('The hub answered more than a hub would.', 5000);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Unavailable('What answers at the hub’s address is not a hub.', 5000, { cause });
  }
}

function refusal(status: number, text: string, retryAfterMs: number): UserError | Unavailable {
  const problem = Problem.safeParse(jsonOrNothing(text)).data;
  const message = problem?.message ?? `The hub answered ${status}.`;
  if (status === 429 || status >= 500) return new Unavailable(message, retryAfterMs);
  const code = status === 401 || status === 403 ? 'unauthorised' : (problem?.error ?? `http-${status}`);
  const remedy = code === 'unauthorised' ? 'Give the recorder a token of scope recorder that has not expired.' : '';
  return new UserError(message, problem?.remedy ?? remedy, { code });
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isFileError(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    'syscall' in cause &&
    (cause.syscall === 'open' || cause.syscall === 'read') &&
    'path' in cause
  );
}
