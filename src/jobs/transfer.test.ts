import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../base/errors.ts';
import { download } from './transfer.ts';

test('an input that a server of the internet named is not fetched from the network at home; one of a server at home is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-transfer-'));
  let asked = 0;
  const server = createServer((request, answer) => {
    asked++;
    if (request.url === '/moved') answer.writeHead(302, { location: '/file' }).end();
    else answer.end('0123456789');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const signal = AbortSignal.timeout(60_000);
  const path = join(folder, 'input');
  const of = (host: string, unless: string | null, at = 'file') =>
    download({ name: 'qlog', url: `http://${host}:${port}/${at}`, path, outside: { unless } }, { signal, waits: [] });
  try {
    for (const host of ['127.0.0.1', 'localhost'])
      await assert.rejects(
        of(host, null),
        (error) =>
          error instanceof InputError && /network at home/.test(error.message) && !error.message.includes('/file'),
      );
    assert.equal(asked, 0, 'nothing was asked');
    await of('127.0.0.1', 'localhost', 'moved');
    assert.equal(await readFile(path, 'utf8'), '0123456789');
    assert.equal(asked, 2);
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
});
