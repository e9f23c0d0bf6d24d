import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Unavailable, UserError } from '../../../base/errors.ts';
import { routes } from '../../../contract/routes.ts';
import { connectHub, type HubCalls } from './hub-link.ts';

async function withHub(handler: RequestListener, use: (hub: HubCalls, url: string) => Promise<void>): Promise<void> {
  const server: Server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hub = connectHub(`${url}/below/`, 'vdt_token');
  try {
    await use(hub, url);
  } finally {
    hub.close();
    server.closeAllConnections();
    server.close();
  }
}

const upload = { body: { recorder: crypto.randomUUID(), key: 'a/b.mp4', bytes: 5, sha256: '' } };
const soon = { timeoutMs: 2000 };

test('calls go below the hub’s sub-path, with the token, over one connection', async () => {
  const seen = new Set<unknown>();
  await withHub(
    (request, response) => {
      seen.add(request.socket.remotePort);
      assert.equal(request.url, '/below/api/recorder/upload');
      assert.equal(request.headers.authorization, 'Bearer vdt_token');
      response.end(JSON.stringify({ url: '/put', expiresAt: '2026-11-21T00:00:00.000Z' }));
    },
    async (hub) => {
      for (let count = 0; count < 3; count += 1)
        assert.equal((await hub.call(routes.recorderUpload, upload, soon)).url, '/put');
      assert.equal(seen.size, 1);
    },
  );
});

test('a refusal is the person’s, a failure is the hub’s, and nonsense is no hub', async () => {
  const answers: [number, string][] = [
    [401, '{}'],
    [409, '{"error":"conflict","message":"Somebody else has it."}'],
    [503, '{}'],
    [500, 'oops'],
    [200, '<html>'],
  ];
  await withHub(
    (_, response) => {
      const [status, text] = answers.shift() ?? [500, ''];
      response.writeHead(status);
      response.end(text);
    },
    async (hub) => {
      const call = () => hub.call(routes.recorderUpload, upload, soon);
      await assert.rejects(call, (error) => error instanceof UserError && error.code === 'unauthorised');
      await assert.rejects(call, (error) => error instanceof UserError && error.code === 'conflict');
      for (let count = 0; count < 3; count += 1) await assert.rejects(call, Unavailable);
    },
  );
});

test('a hub that accepts and says nothing is given up', async () => {
  await withHub(
    () => undefined,
    async (hub) => {
      await assert.rejects(hub.call(routes.recorderUpload, upload, { timeoutMs: 100 }), Unavailable);
    },
  );
});

test('a file is sent whole, up to the reported length; a refusing store is told apart from a missing file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-put-'));
  const path = join(folder, 'segment.part');
  await writeFile(path, 'whole, and more');
  const bodies: string[] = [];
  try {
    await withHub(
      async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        bodies.push(Buffer.concat(chunks).toString());
        assert.equal(request.headers.authorization, undefined);
        response.writeHead(request.url === '/ok' ? 200 : 403);
        response.end();
      },
      async (hub, url) => {
        await hub.put(`${url}/ok`, path, 5);
        assert.deepEqual(bodies, ['whole']);
        await assert.rejects(hub.put(`${url}/no`, path, 5), UserError);
        await assert.rejects(hub.put(`${url}/ok`, join(folder, 'none'), 5), { code: 'ENOENT' });
        await assert.rejects(hub.put('http://127.0.0.1:9/', path, 5), Unavailable);
      },
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
