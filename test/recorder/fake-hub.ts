/**
 * The recorder's half of the contract over real HTTP and WebSocket, without database and without cameras of its own.
 * It can be cut off, and it refuses what the contract does not allow.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { type OutageReport, OutageReports } from '../../src/contract/outage.ts';
import {
  type LeasedCamera,
  type OpenExtent,
  RecorderHeartbeat,
  RecorderRegister,
  RecorderToHub,
  type RecorderWelcome,
  type SegmentReport,
  SegmentReports,
  UploadRequest,
} from '../../src/contract/recorder.ts';

export const LIBRARY = '6f1b2a34-0000-4000-8000-0123456789ab';
export const TOKEN = 'vdt_fake-recorder-token';

export interface LivePiece {
  readonly kind: number;
  readonly channel: number;
  readonly bytes: Buffer;
}

export class FakeHub {
  readonly welcome: RecorderWelcome;
  /** What it leases, to whoever asks. */
  cameras: LeasedCamera[] = [];
  closeEarly: { cameraId: string; track: string }[] = [];
  /** All reports in the order in which they came, repeated ones too. */
  readonly reports: SegmentReport[] = [];
  /** As they were last told, by id. */
  readonly outages = new Map<string, OutageReport>();
  readonly heartbeats: RecorderHeartbeat[] = [];
  readonly registrations: RecorderRegister[] = [];
  /** Key → what was uploaded. */
  readonly uploads = new Map<string, Buffer>();
  readonly live: { messages: RecorderToHub[]; pieces: LivePiece[] } = { messages: [], pieces: [] };
  /** Answers segment reports with this instead. */
  refuseReports: { status: number; error: string } | undefined;
  released: string[] = [];
  #server: Server | undefined;
  #socket: WebSocket | undefined;
  readonly #connections = new Set<Socket>();
  #port = 0;
  #waiting: { until: () => boolean; done: () => void }[] = [];

  constructor(welcome: Partial<RecorderWelcome> = {}) {
    this.welcome = {
      leaseMs: 2000,
      heartbeatMs: 100,
      library: LIBRARY,
      publish: 'link',
      segmentMs: 2000,
      fragmentMs: 1000,
      syncEveryMs: 5000,
      ...welcome,
    };
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Again after `cut()`: on the same port. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    const sockets = new WebSocketServer({ noServer: true });
    server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => {
      if (!this.#mayEnter(request) || request.url !== '/api/recorder/socket') return void socket.destroy();
      sockets.handleUpgrade(request, socket, head, (opened) => this.#attach(opened));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Dies: no goodbye to anybody. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#socket = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }

  /** Open segments by the newest heartbeat. */
  get open(): OpenExtent[] {
    return this.heartbeats.at(-1)?.open ?? [];
  }

  /** Reports without the repeated ones. */
  get segments(): SegmentReport[] {
    return [...new Map(this.reports.map((r) => [`${r.sourceId} ${r.track} ${r.run} ${r.seq}`, r])).values()];
  }

  watch(channel: number, cameraId: string, track: string): void {
    this.#socket?.send(JSON.stringify({ type: 'watch', channel, cameraId, track }));
  }

  unwatch(channel: number): void {
    this.#socket?.send(JSON.stringify({ type: 'unwatch', channel }));
  }

  get hasSocket(): boolean {
    return this.#socket !== undefined;
  }

  /** Resolves as soon as something has happened after which the condition holds. */
  async until(condition: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`not seen in ${timeoutMs} ms: ${what}`)), timeoutMs);
    const entry = { until: condition, done: resolve };
    this.#waiting.push(entry);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    }
  }

  #happened(): void {
    for (const { until, done } of this.#waiting) if (until()) done();
  }

  #attach(socket: WebSocket): void {
    this.#socket = socket;
    socket.on('message', (data, isBinary) => {
      if (isBinary) {
        const bytes = data as Buffer;
        this.live.pieces.push({ kind: bytes.readUInt8(0), channel: bytes.readUInt32BE(1), bytes: bytes.subarray(5) });
      } else this.live.messages.push(RecorderToHub.parse(JSON.parse(data.toString())));
      this.#happened();
    });
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    this.#happened();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method === 'PUT') return await this.#store(request, response);
      if (!this.#mayEnter(request)) return reply(response, 401, { error: 'unauthorised', message: 'No.' });
      const body: unknown = JSON.parse((await bodyOf(request)).toString('utf8'));
      const [status, answer] = this.#route(request.url ?? '', body);
      reply(response, status, answer);
    } catch (error) {
      const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      reply(response, 400, { error: 'invalid', message });
    } finally {
      this.#happened();
    }
  }

  #route(path: string, body: unknown): [number, unknown] {
    switch (path) {
      case '/api/recorder/register':
        this.registrations.push(RecorderRegister.parse(body));
        return [200, this.welcome];
      case '/api/recorder/heartbeat':
        return [200, this.#beat(RecorderHeartbeat.parse(body))];
      case '/api/recorder/segments': {
        if (this.refuseReports) {
          const { status, error } = this.refuseReports;
          return [status, { error, message: 'refused by the test' }];
        }
        const { reports } = SegmentReports.parse(body);
        this.reports.push(...reports);
        return [200, { receipts: reports.map(({ key }) => ({ state: 'published', key })) }];
      }
      case '/api/recorder/outages':
        for (const outage of OutageReports.parse(body).outages) this.outages.set(outage.id, outage);
        return [200, { ok: true }];
      case '/api/recorder/upload': {
        const { key } = UploadRequest.parse(body);
        const url = `${this.url}/put/${encodeURIComponent(key)}?sig=abc`;
        return [200, { url, expiresAt: new Date(Date.now() + 60_000).toISOString() }];
      }
      default:
        return [404, { error: 'not-found', message: path }];
    }
  }

  #beat(heartbeat: RecorderHeartbeat): unknown {
    this.heartbeats.push(heartbeat);
    if (this.heartbeats.length > 2000) this.heartbeats.splice(0, 1000);
    this.released.push(...heartbeat.released);
    const held = new Map(heartbeat.holding.map((lease) => [lease.cameraId, lease]));
    const closeEarly = this.closeEarly;
    this.closeEarly = [];
    return {
      leases: this.cameras.map(({ id, token, revision }) => ({ cameraId: id, token, revision })),
      cameras: this.cameras.filter(({ id, token, revision }) => {
        const lease = held.get(id);
        return lease?.token !== token || lease.revision !== revision;
      }),
      closeEarly,
    };
  }

  async #store(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = decodeURIComponent(new URL(request.url ?? '', this.url).pathname.slice('/put/'.length));
    this.uploads.set(key, await bodyOf(request));
    reply(response, 200, { ok: true });
  }

  #mayEnter(request: IncomingMessage): boolean {
    return request.headers.authorization === `Bearer ${TOKEN}`;
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
}
