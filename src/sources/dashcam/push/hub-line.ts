/**
 * The hub, as the push needs it. Plain HTTP: what Node's `fetch` loads is a tenth of the memory that the computer in the car may use.
 */
import { open } from 'node:fs/promises';
import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import type { z } from 'zod';
import { InputError, messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import { diskErrorCode } from '../../../blobs/disk.ts';
import type {
  CarDriveHello,
  CarDriveLine,
  CarDriveMissing,
  CarDriveRecorded,
  CarDriveWelcome,
} from '../../../contract/car-drive.ts';
import { carRoutes } from '../../../contract/car-routes.ts';
import { pathOf } from '../../../contract/client.ts';
import type { RouteShape } from '../../../contract/route.ts';
import { Problem } from '../../../contract/system.ts';

export interface Part {
  readonly sha256: string;
  /** Of the whole file. */
  readonly bytes: number;
  /** On this machine. */
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Errors: `Unavailable` when it cannot be reached or is not ready, `UserError` for what it says, `InputError` for a file that is not as it was. */
export interface HubLine {
  hello(body: CarDriveHello, signal: AbortSignal): Promise<CarDriveWelcome>;
  missing(
    car: string,
    files: readonly { readonly sha256: string; readonly bytes: number }[],
    signal: AbortSignal,
  ): Promise<CarDriveMissing['missing']>;
  /** @param take called before each block goes out. @returns bytes that the hub has of the file */
  part(car: string, part: Part, take: (bytes: number) => Promise<void>, signal: AbortSignal): Promise<number>;
  record(car: string, lines: readonly CarDriveLine[], signal: AbortSignal): Promise<CarDriveRecorded>;
}

/** No byte for so long ends a request, ms. Recording a batch syncs it to the hub's disk. */
const SILENCE = 30_000;
const MOST_ANSWER = 1 << 20;
const BLOCK = 1 << 17;

type Body = { readonly json: unknown } | { readonly part: Part; readonly take: (bytes: number) => Promise<void> };

export class HttpHub implements HubLine {
  readonly #base: URL;
  readonly #token: () => string;
  readonly #agent: Agent;

  /**
   * @param base address of the hub, without a slash at its end
   * @param token asked for with each request, so that a new one in the file counts at once
   */
  constructor(base: string, token: () => string) {
    this.#base = new URL(base);
    this.#token = token;
    const options = { keepAlive: true, maxSockets: 1, timeout: SILENCE };
    this.#agent = this.#base.protocol === 'https:' ? new TlsAgent(options) : new Agent(options);
  }

  close(): void {
    this.#agent.destroy();
  }

  async hello(body: CarDriveHello, signal: AbortSignal): Promise<CarDriveWelcome> {
    return await this.#call(carRoutes.carDriveHello, {}, {}, { json: body }, signal);
  }

  async missing(
    id: string,
    files: readonly { readonly sha256: string; readonly bytes: number }[],
    signal: AbortSignal,
  ): Promise<CarDriveMissing['missing']> {
    return (await this.#call(carRoutes.carDriveMissing, { id }, {}, { json: { files } }, signal)).missing;
  }

  async part(id: string, part: Part, take: (bytes: number) => Promise<void>, signal: AbortSignal): Promise<number> {
    const { sha256, offset, bytes } = part;
    const route = carRoutes.carDrivePart;
    return (await this.#call(route, { id, sha256 }, { offset, bytes }, { part, take }, signal)).received;
  }

  async record(id: string, lines: readonly CarDriveLine[], signal: AbortSignal): Promise<CarDriveRecorded> {
    return await this.#call(carRoutes.carDriveRecord, { id }, {}, { json: { lines } }, signal);
  }

  async #call<Response extends z.ZodType>(
    route: RouteShape & { readonly response: Response },
    params: Record<string, unknown>,
    query: Record<string, unknown>,
    body: Body,
    signal: AbortSignal,
  ): Promise<z.output<Response>> {
    const { status, retryAfter, value } = await this.#send(route.method, pathOf(route, params, query), body, signal);
    if (status >= 200 && status < 300) {
      const parsed = route.response.safeParse(value);
      if (parsed.success) return parsed.data;
      throw new Unavailable('What answers there is not a hub of this version.', 60_000);
    }
    const problem = Problem.safeParse(value).data;
    const message = problem?.message ?? `The hub answered ${status}.`;
    if (status === 429 || status >= 500) throw new Unavailable(message, retryAfter * 1000);
    throw new UserError(message, problem?.remedy ?? '', { code: problem?.error ?? `http-${status}` });
  }

  async #send(
    method: string,
    path: string,
    body: Body,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly retryAfter: number; readonly value: unknown }> {
    const json = 'json' in body ? Buffer.from(JSON.stringify(body.json)) : undefined;
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      signal,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${this.#token()}`,
        'content-type': json ? 'application/json' : 'application/octet-stream',
        'content-length': json ? json.length : 'part' in body ? body.part.length : 0,
      },
    };
    const url = new URL(this.#base.href.replace(/\/+$/, '') + path);
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
    request.setTimeout(SILENCE, () => request.destroy(new Error('it has been silent for too long')));
    // Waited for at once: an answer may come before the whole body has gone.
    const answered = answerTo(request);
    answered.catch(() => undefined);
    try {
      if (json) request.end(json);
      else if ('part' in body) await sendPart(request, body.part, body.take, answered);
      const answer = await answered;
      // It answered before it had everything: what is left unsaid would spoil the next request.
      if (!request.writableEnded) request.destroy();
      return answer;
    } catch (error) {
      request.destroy();
      signal.throwIfAborted();
      if (error instanceof InputError) throw error;
      throw new Unavailable(`The hub cannot be reached: ${messageOf(error)}.`, 1000, { cause: error });
    }
  }
}

async function answerTo(
  request: ClientRequest,
): Promise<{ readonly status: number; readonly retryAfter: number; readonly value: unknown }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection was closed')));
  });
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    pieces.push(piece as Buffer);
    bytes += (piece as Buffer).length;
    if (bytes > MOST_ANSWER) throw new Error('its answer is too long');
  }
  const retryAfter = Number(response.headers['retry-after'] ?? 1);
  const status = response.statusCode ?? 0;
  return { status, retryAfter: Number.isFinite(retryAfter) ? retryAfter : 1, value: parse(Buffer.concat(pieces)) };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Stops when the hub answers before all has gone. */
async function sendPart(
  request: ClientRequest,
  { path, offset, length, sha256 }: Part,
  take: (bytes: number) => Promise<void>,
  answered: Promise<unknown>,
): Promise<void> {
  let over = false;
  const end = answered.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  const file = await open(path, 'r').catch((error: unknown) => {
    throw diskErrorCode(error) === undefined
      ? error
      : new InputError(sha256, 'the file cannot be read', { cause: error });
  });
  try {
    const block = Buffer.allocUnsafeSlow(Math.min(BLOCK, length));
    for (let at = 0; at < length && !over; ) {
      const { bytesRead } = await file.read(block, 0, Math.min(block.length, length - at), offset + at);
      if (bytesRead === 0) throw new InputError(sha256, 'the file has become shorter');
      await take(bytesRead);
      // The block is used again: it must have left before.
      const sent = new Promise<void>((resolve) => request.write(block.subarray(0, bytesRead), () => resolve()));
      await Promise.race([sent, end]);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
  if (!over) request.end();
}
