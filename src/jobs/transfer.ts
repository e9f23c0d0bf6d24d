/**
 * Bringing the inputs of a job to local disk and its result back, by the signed URLs inside the job. Nothing else is needed or used.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, Unavailable } from '../base/errors.ts';
import { get, type Outside } from '../media/http-get.ts';
import { LeadsHome } from '../media/internet-lookup.ts';

export interface TransferOptions {
  readonly signal: AbortSignal;
  /** Waits between tries, ms; as many tries as there are waits, and one more. */
  readonly waits?: readonly number[];
  /** A connection that brings nothing for this long is dropped and tried again, ms. */
  readonly idleMs?: number;
}

export interface Download {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly sha256?: string | undefined;
  readonly bytes?: number | undefined;
  /** A server of the internet named the address. */
  readonly outside?: Outside | undefined;
}

const WAITS = [200, 1000, 3000, 8000];
const IDLE_MS = 30_000;
const REDIRECTS = 5;
/** More than this is never read, whatever the server sends. */
const LONGEST = 50_000_000_000;

/**
 * Downloads to `path`, which then holds exactly what was promised. A broken connection goes on where it broke.
 * @throws InputError when the file is gone or is not what the job says; Unavailable when it could not be had.
 */
export async function download(wanted: Download, options: TransferOptions): Promise<void> {
  const file = await open(wanted.path, 'w', 0o600);
  try {
    let hash = createHash('sha256');
    let got = 0;
    await tries(`Input ${wanted.name} cannot be downloaded.`, options, async () => {
      const idle = new AbortController();
      const watch = setTimeout(() => idle.abort(new Error('the server has gone silent')), options.idleMs ?? IDLE_MS);
      try {
        const headers: Record<string, string> = got > 0 ? { range: `bytes=${got}-` } : {};
        const signal = AbortSignal.any([options.signal, idle.signal]);
        const response = wanted.outside
          ? await fetchOutside(wanted, wanted.outside, headers, signal)
          : await fetch(wanted.url, { headers, signal });
        if (response.status === 404 || response.status === 410)
          throw new InputError(wanted.name, 'it is not there any more');
        if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
        if (got > 0 && response.status !== 206) {
          hash = createHash('sha256');
          got = 0;
          await file.truncate(0);
        }
        for await (const chunk of response.body) {
          watch.refresh();
          if (got + chunk.byteLength > (wanted.bytes ?? LONGEST))
            throw new InputError(wanted.name, 'it is longer than it should be');
          hash.update(chunk);
          await writeAll(file, chunk, got);
          got += chunk.byteLength;
        }
      } finally {
        clearTimeout(watch);
      }
      if (wanted.bytes !== undefined && got < wanted.bytes)
        throw new Error(`the connection ended after ${got} of ${wanted.bytes} bytes`);
    });
    if (wanted.sha256 !== undefined && hash.digest('hex') !== wanted.sha256)
      throw new InputError(wanted.name, 'its content is not what it should be (SHA-256 differs)');
  } finally {
    await file.close();
  }
}

/** As `fetch`, but that neither the address nor what it sends us to leads into the network at home, nor from HTTPS to HTTP. */
async function fetchOutside(
  { name, url: first }: Download,
  outside: Outside,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ status: number; ok: boolean; body: AsyncIterable<Uint8Array> }> {
  let url = new URL(first);
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const answer = await get(url, { headers, signal, outside }).catch((error: unknown) => {
      throw error instanceof LeadsHome ? new InputError(name, `${url.host} is in the network at home`) : error;
    });
    const { statusCode: status = 0 } = answer;
    const { location } = answer.headers;
    if (status < 300 || status > 399 || location === undefined)
      return { status, ok: status >= 200 && status < 300, body: answer };
    answer.destroy();
    const next = URL.parse(location, url.href);
    if (!next || !/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol !== 'https:'))
      throw new InputError(name, `${url.host} sends us to a place that may not be asked`);
    url = next;
  }
  throw new InputError(name, `${url.host} sends its callers in a circle`);
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength; )
    done += (await file.write(chunk, done, chunk.byteLength - done, position + done)).bytesWritten;
}

/** Uploads a file by a signed PUT, with its exact length. @throws Unavailable when it was not taken. */
export async function upload(
  path: string,
  target: { url: string; headers: Readonly<Record<string, string>> },
  options: TransferOptions,
): Promise<void> {
  const { size } = await stat(path);
  await tries('The result cannot be uploaded.', options, () => put(path, size, target, options));
}

async function put(
  path: string,
  size: number,
  target: { url: string; headers: Readonly<Record<string, string>> },
  options: TransferOptions,
): Promise<void> {
  const url = new URL(target.url);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, {
    method: 'PUT',
    headers: { ...target.headers, 'content-length': size },
    signal: options.signal,
    timeout: options.idleMs ?? IDLE_MS,
  });
  request.once('timeout', () => request.destroy(new Error('the server has gone silent')));
  const answer = new Promise<number>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      response.resume();
      response.once('error', reject);
      resolve(response.statusCode ?? 0);
    });
  });
  // The server may answer, and refuse, before it has read everything: its answer counts more than the broken pipe.
  const sent = pipeline(createReadStream(path), request).catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  const status = await answer;
  if (status < 200 || status > 299) {
    request.destroy();
    throw new Error(`the server answered ${status}`);
  }
  const failed = await sent;
  if (failed) throw failed;
}

async function tries(message: string, options: TransferOptions, attempt: () => Promise<void>): Promise<void> {
  const waits = options.waits ?? WAITS;
  for (let count = 0; ; count++) {
    options.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof InputError) throw error;
      const wait = waits[count];
      if (wait === undefined) throw new Unavailable(message, 5000, { cause: error });
      await sleep(wait, undefined, { signal: options.signal });
    }
  }
}
