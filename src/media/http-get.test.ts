import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { get } from './http-get.ts';

test('a kept connection that the server has closed is no failure: the question is asked again, on a new one', async () => {
  let connections = 0;
  const answered = new WeakSet<object>();
  const server = createServer((request, answer) => {
    // Each connection answers once, and then is gone when it is used again.
    if (answered.has(request.socket)) request.socket.destroy();
    else {
      answered.add(request.socket);
      answer.end(String(connections));
    }
  }).on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const signal = AbortSignal.timeout(30_000);
    const ask = async (): Promise<string> => {
      let text = '';
      for await (const piece of await get(new URL(`http://127.0.0.1:${port}/`), { headers: {}, signal })) text += piece;
      return text;
    };
    assert.equal(await ask(), '1');
    assert.equal(await ask(), '2');
    assert.equal(await ask(), '3');
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

test('a server that never answers is a failure, and so is none', async () => {
  const server = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/`);
  const signal = AbortSignal.timeout(30_000);
  await assert.rejects(get(url, { headers: {}, signal }), { code: 'ECONNRESET' });
  server.close();
  server.closeAllConnections();
  await assert.rejects(get(url, { headers: {}, signal }), { code: 'ECONNREFUSED' });
});
