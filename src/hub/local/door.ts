/**
 * A way in for the command line on the same machine: a server on loopback, found and opened by a file that only
 * the hub's own user can read (`data/run/hub.json`, mode 0600). No part of the public API.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { Problem } from '../../contract/system.ts';
import { answerOf } from '../server/problem.ts';

const Key = z.object({
  pid: z.number().int(),
  port: z.number().int(),
  secret: z.string(),
  /** Where people reach the hub. */
  url: z.string(),
});

/** What can be asked for, by name; the body is unchecked JSON. */
export type LocalRequests = Readonly<Record<string, (body: unknown) => Promise<unknown>>>;

const MAX_BODY = 100_000;

/**
 * @param file e.g. `data/run/hub.json`
 * @param url where people reach the hub
 */
export async function openLocalDoor(options: {
  file: string;
  url: string;
  requests: LocalRequests;
  log: Log;
}): Promise<AsyncDisposable> {
  const secret = randomBytes(32).toString('base64url');
  const server = createServer((request, response) => {
    serve(request, response, secret, options.requests).catch((error: unknown) => {
      const { status, problem, bug } = answerOf(error, 'local');
      if (bug) options.log.error('a local request failed', { error });
      reply(response, status, problem);
    });
  });
  server.requestTimeout = 30_000;
  server.maxConnections = 20;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the local door has no port');
  await mkdir(dirname(options.file), { recursive: true, mode: 0o700 });
  const key: z.output<typeof Key> = { pid: process.pid, port: address.port, secret, url: options.url };
  const fresh = `${options.file}.new`;
  await rm(fresh, { force: true });
  await writeFile(fresh, `${JSON.stringify(key)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, options.file);
  return {
    async [Symbol.asyncDispose]() {
      await rm(options.file, { force: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Asks the hub that runs on this machine.
 * @throws UserError when none runs, or it says what was wrong; Unavailable when it does not answer
 */
export async function askLocalHub(file: string, request: string, body: unknown = {}): Promise<unknown> {
  let key: z.output<typeof Key>;
  try {
    key = Key.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw noHub(cause);
  }
  let response: Response;
  try {
    response = await fetch(`http://127.0.0.1:${key.port}/${request}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
  } catch (cause) {
    throw noHub(cause);
  }
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const problem = Problem.safeParse(answer).data;
  const message = problem?.message ?? `The hub answered ${response.status}.`;
  if (response.status === 503) throw new Unavailable(message, 1000);
  throw new UserError(message, problem?.remedy ?? '', { code: problem?.error ?? 'invalid' });
}

function noHub(cause: unknown): UserError {
  return new UserError(
    'No hub is running here, or it belongs to another user.',
    'Start it with npm start or vidette serve, and use the same VIDETTE_DATA and user.',
    { code: 'no-hub', cause },
  );
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  secret: string,
  requests: LocalRequests,
): Promise<void> {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${secret}`);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new UserError('The key is wrong.', 'The hub has been started anew; try again.', { code: 'unauthorized' });
  const name = (request.url ?? '').slice(1);
  const handler = Object.hasOwn(requests, name) ? requests[name] : undefined;
  if (request.method !== 'POST' || handler === undefined)
    throw new UserError('The hub does not know this request.', 'Use the same version for hub and command line.', {
      code: 'not-found',
    });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY) throw new UserError('The request is too large.', '', { code: 'too-large' });
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  reply(response, 200, (await handler(text === '' ? {} : JSON.parse(text))) ?? {});
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
