import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { parseRange } from '../../base/byte-range.ts';
import { UserError } from '../../base/errors.ts';
import { FolderStore } from '../../blobs/folder.ts';
import { registerBlobRoutes } from './routes.ts';
import { disposition } from './send.ts';

let root = '';
let app: FastifyInstance;
let blobs: FolderStore;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'vidette-bytes-'));
  app = Fastify();
  app.setErrorHandler((error, _request, reply) => {
    const code = error instanceof UserError ? error.code : 'internal';
    return reply
      .code(code === 'forbidden' ? 403 : code === 'too-large' ? 413 : code === 'internal' ? 500 : 400)
      .send({ code });
  });
  blobs = new FolderStore({ root, library: undefined, signingKey: Buffer.alloc(32, 7), publicBase: '' });
  registerBlobRoutes(app, { blobs });
  await app.ready();
});
after(async () => {
  await app.close();
  await rm(root, { recursive: true });
});

test('what is put by a signed URL is got by a signed URL, whole and in ranges', async () => {
  const put = await blobs.sign({ method: 'PUT', key: 'clips/a b.mp4', expiresInMs: 60_000, maxBytes: 100 });
  const stored = await app.inject({
    method: 'PUT',
    url: put.url,
    payload: 'hello world',
    headers: { 'content-type': 'video/mp4' },
  });
  assert.equal(stored.statusCode, 201);
  const get = await blobs.sign({ method: 'GET', key: 'clips/a b.mp4', expiresInMs: 60_000 });
  const whole = await app.inject({ url: get.url });
  assert.equal(whole.body, 'hello world');
  const part = await app.inject({ url: get.url, headers: { range: 'bytes=6-' } });
  assert.deepEqual([part.statusCode, part.body, part.headers['content-range']], [206, 'world', 'bytes 6-10/11']);
  const none = await app.inject({ url: get.url, headers: { range: 'bytes=11-' } });
  assert.deepEqual([none.statusCode, none.headers['content-range']], [416, 'bytes */11']);
});

test('forged, expired, other method and other key are refused', async () => {
  const put = await blobs.sign({ method: 'PUT', key: 'clips/x.mp4', expiresInMs: 60_000 });
  const old = await blobs.sign({ method: 'GET', key: 'clips/a b.mp4', expiresInMs: -1 });
  const urls: [method: 'GET' | 'PUT', url: string][] = [
    ['GET', put.url],
    ['PUT', put.url.replace('x.mp4', 'y.mp4')],
    ['PUT', put.url.replace(/sig=.{4}/, 'sig=AAAA')],
    ['PUT', put.url.replace(/&sig=.*/, '')],
    ['GET', old.url],
  ];
  for (const [method, url] of urls) {
    const answer = await app.inject({ method, url, ...(method === 'PUT' ? { payload: 'x' } : {}) });
    assert.equal(answer.statusCode, 403, `${method} ${url}`);
  }
  assert.equal(await blobs.stat('clips/x.mp4'), undefined);
});

test('an upload above its limit is refused and leaves nothing', async () => {
  const put = await blobs.sign({ method: 'PUT', key: 'clips/big.mp4', expiresInMs: 60_000, maxBytes: 10 });
  const answer = await app.inject({
    method: 'PUT',
    url: put.url,
    payload: 'x'.repeat(11),
    headers: { 'content-type': 'video/mp4' },
  });
  assert.equal(answer.statusCode, 413);
  assert.equal(await blobs.stat('clips/big.mp4'), undefined);
});

test('ranges as HTTP has them', () => {
  assert.deepEqual(parseRange('bytes=0-3', 10), { start: 0, end: 3 });
  assert.deepEqual(parseRange('bytes=-3', 10), { start: 7, end: 9 });
  assert.deepEqual(parseRange('bytes=-30', 10), { start: 0, end: 9 });
  assert.deepEqual(parseRange('bytes=4-99', 10), { start: 4, end: 9 });
  assert.equal(parseRange('bytes=10-', 10), 'unsatisfiable');
  assert.equal(parseRange('bytes=3-1', 10), undefined);
  assert.equal(parseRange('bytes=0-1,4-5', 10), undefined);
  assert.equal(parseRange(undefined, 10), undefined);
});

test('a file keeps its name in any language, and cannot break the header', () => {
  assert.equal(
    disposition('Tür "1" 2026.mp4', true),
    `attachment; filename="Tu_r _1_ 2026.mp4"; filename*=UTF-8''T%C3%BCr%20%221%22%202026.mp4`,
  );
});
