import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectHub } from './hub-link.ts';

test('an upload goes where the hub has signed it: below the hub’s own sub-path, or to another server', async () => {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    request.resume().on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), 'vidette-put-'));
  const file = join(folder, 'a');
  await writeFile(file, 'footage');
  const hub = connectHub(`${origin}/cameras/`, 'vdt_test');
  try {
    await hub.put('/blobs/a.mp4?sig=x', file, 7);
    await hub.put(`${origin}/bucket/a.mp4?X-Amz-Signature=y`, file, 7);
    assert.deepEqual(paths, ['/cameras/blobs/a.mp4?sig=x', '/bucket/a.mp4?X-Amz-Signature=y']);
  } finally {
    hub.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
