import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { UserError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { routes } from '../../src/contract/routes.ts';
import { registerSocket } from '../../src/hub/server/register.ts';
import { createServer, type HubServer } from '../../src/hub/server/server.ts';
import { programPath, selfSigned } from './recipe.ts';

const skip = programPath('openssl') !== undefined || process.env.CI ? false : 'openssl is not installed';
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-tls-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const serverWith = (tls: { cert: string; key: string }): Promise<HubServer> =>
  createServer({
    settings: { url: undefined, host: '127.0.0.1', port: 0, trustProxy: false, tls },
    log: silentLog,
    gate: { identify: async () => ({ kind: 'token', token: { id: '1', name: 'r', scope: 'recorder' } }) },
    version: '0.0.0',
    webDist: folder,
  });

test('with a certificate people come by https, and the hub’s children by loopback', { skip }, async () => {
  const tls = await selfSigned(folder);
  const server = await serverWith(tls);
  registerSocket(server.app, routes.recorderSocket, (socket) => socket.send('hello'));
  const { url, local } = await server.listen();
  try {
    assert.match(url, /^https:\/\/127\.0\.0\.1:/);
    assert.match(local, /^http:\/\/127\.0\.0\.1:/);
    const ca = await readFile(tls.cert);
    const status = await new Promise((resolve, reject) => {
      get(`${url}/api/`, { ca }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).on('error', reject);
    });
    assert.equal(status, 200);
    assert.equal((await fetch(`${local}/api/`)).status, 200);
    for (const address of [url, local]) {
      const socket = new WebSocket(`${address.replace('http', 'ws')}/api/recorder/socket`, { ca });
      const heard = await new Promise((resolve, reject) => {
        socket.once('message', (data) => resolve(String(data)));
        socket.once('error', reject);
      });
      assert.equal(heard, 'hello', address);
    }
  } finally {
    await server.close();
  }
});

test('a certificate that cannot be used is said so, with the names of the settings', async () => {
  const cert = join(folder, 'broken.pem');
  await writeFile(cert, 'no certificate');
  for (const tls of [
    { cert, key: cert },
    { cert: join(folder, 'missing.pem'), key: cert },
  ])
    await assert.rejects(
      serverWith(tls),
      (error) => error instanceof UserError && /VIDETTE_TLS_CERT/.test(error.remedy),
    );
});
