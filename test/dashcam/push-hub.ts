/** A small server of the contract for drives in cars, which keeps to its word: parts in order, hashes checked, lines once. It can be made to fail. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';
import {
  CarDriveHello,
  CarDriveMissingRequest,
  CarDrivePartQuery,
  CarDriveRecord,
} from '../../src/contract/car-drive.ts';

export const TOKEN = 'vdt_a-token-of-the-test-hub-which-is-long';

export interface PushHub extends AsyncDisposable {
  readonly url: string;
  readonly car: string;
  /** Whole files, in the order in which they were recorded. */
  readonly files: Map<string, Buffer>;
  readonly lines: z.output<typeof CarDriveRecord>['lines'];
  /** SHA-256 → bytes that came in, also twice. */
  readonly received: Map<string, number>;
  readonly hellos: z.output<typeof CarDriveHello>[];
  /** Bodies of parts are cut off after so many bytes, and the connection with them. */
  cutAfter: number | undefined;
  cuts: number;
  /** Asked before each request: a status to answer with instead. */
  refuse: (path: string) => number | undefined;
  accepts: boolean;
  partBytes: number;
  /** All state but the library is forgotten, as a hub does that is made anew. */
  forget(): void;
}

export async function startPushHub(): Promise<PushHub> {
  const parts = new Map<string, Buffer[]>();
  const known = new Set<string>();
  const sizeOf = (sha256: string): number => (parts.get(sha256) ?? []).reduce((sum, { length }) => sum + length, 0);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!request.destroyed && !response.headersSent)
        send(response, 500, { error: 'internal', message: String(error) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let car = randomUUID() as string;
  const hub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get car() {
      return car;
    },
    files: new Map<string, Buffer>(),
    lines: [] as z.output<typeof CarDriveRecord>['lines'],
    received: new Map<string, number>(),
    hellos: [] as z.output<typeof CarDriveHello>[],
    cutAfter: undefined as number | undefined,
    cuts: 0,
    refuse: (() => undefined) as (path: string) => number | undefined,
    accepts: true,
    partBytes: 64 << 10,
    forget() {
      car = randomUUID();
      for (const map of [parts, known, hub.files, hub.received]) map.clear();
      hub.lines.length = 0;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', hub.url);
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return send(response, 401, { error: 'unauthorized', message: 'The token is not known.', remedy: 'Make one.' });
    const refused = hub.refuse(url.pathname);
    if (refused !== undefined) return send(response, refused, { error: 'refused', message: 'Not now.' });
    const [, , , id = '', what = '', sha256 = ''] = url.pathname.split('/');
    if (url.pathname === '/api/car-drive/hello') {
      hub.hellos.push(CarDriveHello.parse(await json(request)));
      return send(response, 200, { car, name: 'car', partBytes: hub.partBytes, lines: 64, accepts: hub.accepts });
    }
    if (id !== car) return send(response, 404, { error: 'not-found', message: 'There is no such car.' });
    if (what === 'missing') {
      const { files } = CarDriveMissingRequest.parse(await json(request));
      const missing = files
        .filter((file) => !hub.files.has(file.sha256) && sizeOf(file.sha256) < file.bytes)
        .map((file) => ({ sha256: file.sha256, received: sizeOf(file.sha256) }));
      return send(response, 200, { missing });
    }
    if (what === 'files') return await takePart(request, response, url, sha256);
    const { lines } = CarDriveRecord.parse(await json(request));
    const out: { line: number; why: string }[] = [];
    let recorded = 0;
    for (const [at, line] of lines.entries()) {
      const why = refusalOf(line);
      if (why !== undefined) {
        out.push({ line: at, why });
        continue;
      }
      const text = JSON.stringify(line);
      if (known.has(text)) continue;
      known.add(text);
      hub.lines.push(line);
      recorded += 1;
    }
    send(response, 200, { recorded, refused: out });
  }

  function refusalOf(line: (typeof hub.lines)[number]): string | undefined {
    if (line.kind === 'copy' && !hub.files.has(line.sha256)) return 'missing';
    if (line.kind !== 'file' || hub.files.has(line.sha256)) return undefined;
    const bytes = Buffer.concat(parts.get(line.sha256) ?? []);
    if (bytes.length !== line.bytes) return 'missing';
    if (createHash('sha256').update(bytes).digest('hex') !== line.sha256) {
      parts.delete(line.sha256);
      return 'other-contents';
    }
    hub.files.set(line.sha256, bytes);
    parts.delete(line.sha256);
    return undefined;
  }

  async function takePart(request: IncomingMessage, response: ServerResponse, url: URL, sha256: string): Promise<void> {
    const { offset } = CarDrivePartQuery.parse(Object.fromEntries(url.searchParams));
    if (Number(request.headers['content-length']) > hub.partBytes)
      return send(response, 413, { error: 'too-large', message: 'The part is too large.' });
    if (offset !== sizeOf(sha256) || hub.files.has(sha256))
      return send(response, 409, { error: 'offset', message: 'The hub has another number of bytes.' });
    const pieces = parts.get(sha256) ?? [];
    parts.set(sha256, pieces);
    let came = 0;
    for await (const piece of request) {
      const whole = piece as Buffer;
      const cut = hub.cutAfter === undefined ? whole.length : Math.max(0, Math.min(whole.length, hub.cutAfter - came));
      pieces.push(Buffer.from(whole.subarray(0, cut)));
      came += cut;
      hub.received.set(sha256, (hub.received.get(sha256) ?? 0) + cut);
      if (cut < whole.length) {
        hub.cuts += 1;
        request.destroy();
        return;
      }
    }
    send(response, 200, { received: sizeOf(sha256) });
  }

  return hub;
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 409 ? { connection: 'close' } : {}),
  });
  response.end(JSON.stringify(value));
}

async function json(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString('utf8'));
}
