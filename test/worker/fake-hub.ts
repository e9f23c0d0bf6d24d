import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RenderJob } from '../../src/contract/worker.ts';

/** As much of a hub as a worker sees. */
export class FakeHub {
  readonly calls: { path: string; body: Record<string, unknown> }[] = [];
  readonly uploads: Buffer[] = [];
  /** Of what is being drawn. */
  readonly pictures: Buffer[] = [];
  job: RenderJob | null = null;
  orders: 'go-on' | 'cancel' | 'lost' = 'go-on';
  /** Answers 503 to this many completions. */
  away = 0;
  /** Cuts this many downloads in the middle. */
  cuts = 0;
  /** Ids that are settled, as it tells whoever keeps them. */
  settled: string[] = [];
  /** Waited for before a completion is answered. */
  completing: () => Promise<void> = () => Promise.resolve();
  readonly server = createServer((request, response) => void this.#handle(request, response));
  url = '';
  readonly #blobs: Readonly<Record<string, Buffer>>;

  /** @param blobs inputs, by the last part of their path below `/blobs/` */
  constructor(blobs: Readonly<Record<string, Buffer>>) {
    this.#blobs = blobs;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/sub`;
  }

  async called(end: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.calls.find((call) => call.path.endsWith(end));
      if (found) return found.body;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The hub is below a sub-path, as behind a proxy.
    const path = (request.url ?? '').replace(/\?.*/, '').replace(/^\/sub/, '');
    assert.match(request.url ?? '', /^\/sub\//);
    const blob = path.startsWith('/blobs/') ? this.#blobs[path.slice('/blobs/'.length)] : undefined;
    if (blob) return this.#send(blob, request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const data = Buffer.concat(chunks);
    if (path === '/blobs/out') {
      assert.equal(Number(request.headers['content-length']), data.length);
      this.uploads.push(data);
      return void response.end();
    }
    assert.equal(request.headers.authorization, 'Bearer vdt_test');
    const answer = (body: object, status = 200): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path === '/api/worker/lease') {
      const { kept, types } = JSON.parse(data.toString()) as { kept: string[]; types: string[] };
      const job = types.includes('render') ? this.job : null;
      if (job) this.job = null;
      else await new Promise((resolve) => setTimeout(resolve, 30));
      return answer({ job, heartbeatMs: 50, settled: kept.filter((id) => this.settled.includes(id)) });
    }
    if (path.endsWith('/complete') && this.away > 0) {
      this.away--;
      return answer({ error: 'unavailable', message: 'starting' }, 503);
    }
    if (path.endsWith('/complete')) await this.completing();
    if (path.endsWith('/picture')) this.pictures.push(data);
    else this.calls.push({ path, body: JSON.parse(data.toString()) as Record<string, unknown> });
    answer({ orders: this.orders });
  }

  #send(blob: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': blob.length - start });
    if (this.cuts > 0) {
      this.cuts--;
      response.write(blob.subarray(start, start + 100_000), () => response.destroy());
    } else response.end(blob.subarray(start));
  }
}
