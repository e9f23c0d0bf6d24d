/** The same promises of a blob store, kept by both kinds: a folder, and a real S3 server that checks signatures. */
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { FolderStore, MARKER } from '../../src/blobs/folder.ts';
import { S3Store } from '../../src/blobs/s3.ts';
import type { BlobStore } from '../../src/blobs/store.ts';
import { type S3Server, startSwift, swiftIsInstalled, whyNoSwift } from './swift.ts';

const skip = swiftIsInstalled || process.env.CI ? false : whyNoSwift;
const library = randomUUID();

async function read(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** What holds for every store. */
function promises(open: () => BlobStore): void {
  test('what was put comes back, whole and in ranges', async () => {
    const store = open();
    const body = randomBytes(300_000);
    const put = await store.put('a/b c/ü.bin', body);
    assert.deepEqual(put, { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') });
    assert.deepEqual(await store.stat('a/b c/ü.bin'), { key: 'a/b c/ü.bin', bytes: body.length });
    const whole = await store.get('a/b c/ü.bin');
    assert.deepEqual(await read(whole.body), body);
    const part = await store.get('a/b c/ü.bin', { start: 1000, end: 1999 });
    assert.equal(part.bytes, 1000);
    assert.equal(part.total, body.length);
    assert.deepEqual(await read(part.body), body.subarray(1000, 2000));
    const tail = await store.get('a/b c/ü.bin', { start: body.length - 5 });
    assert.deepEqual(await read(tail.body), body.subarray(-5));
  });

  test('a stream that breaks off or has another length than announced leaves nothing', async () => {
    const store = open();
    const broken = Readable.from(
      (async function* () {
        yield randomBytes(10);
        throw new Error('the network went away');
      })(),
    );
    await assert.rejects(store.put('broken.bin', broken, { bytes: 100 }), /network went away/);
    await assert.rejects(store.put('broken.bin', Readable.from([randomBytes(10)]), { bytes: 11 }), {
      code: 'wrong-length',
    });
    assert.equal(await store.stat('broken.bin'), undefined);
  });

  test('a file of no bytes is a file', async () => {
    const store = open();
    await store.put('empty', new Uint8Array());
    assert.deepEqual(await store.stat('empty'), { key: 'empty', bytes: 0 });
    assert.equal((await read((await store.get('empty')).body)).length, 0);
  });

  test('list names what lies below, delete removes it, twice is no error', async () => {
    const store = open();
    for (const key of ['list/1.bin', 'list/deep/2.bin']) await store.put(key, randomBytes(3));
    const names: string[] = [];
    for await (const { key } of store.list('list/')) names.push(key);
    assert.deepEqual(names.sort(), ['list/1.bin', 'list/deep/2.bin']);
    await store.delete('list/1.bin');
    await store.delete('list/1.bin');
    assert.equal(await store.stat('list/1.bin'), undefined);
    await assert.rejects(store.get('list/1.bin'), { code: 'not-found' });
  });

  test('keys that could leave the library are refused', async () => {
    const store = open();
    for (const key of ['../x', 'a/../../x', '/etc/passwd', 'a//b', '', 'a\0b', 'a/./b'])
      await assert.rejects(async () => store.put(key, new Uint8Array()), { code: 'invalid-key' }, key);
  });
}

describe('folder', () => {
  let root = '';
  let store: FolderStore;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'vidette-blobs-'));
    store = new FolderStore({ root, library, signingKey: randomBytes(32), publicBase: 'http://hub' });
    await store.createMarker(library);
  });
  after(() => rm(root, { recursive: true, force: true }));
  promises(() => store);

  test('no partial upload stays behind', async () => assert.deepEqual(await readdir(join(root, 'spool/uploads')), []));

  test('a signed URL is good for its method, key and time, and for nothing else', async () => {
    const { url } = await store.sign({ method: 'GET', key: 'a/b', expiresInMs: 1000 });
    const query = new URL(url).searchParams;
    assert.deepEqual(store.verify('GET', 'a/b', query), { ok: true, maxBytes: undefined });
    assert.deepEqual(store.verify('HEAD', 'a/b', query), { ok: true, maxBytes: undefined });
    assert.equal(store.verify('PUT', 'a/b', query).ok, false);
    assert.equal(store.verify('GET', 'a/c', query).ok, false);
    for (const [name, value] of [
      ['expires', String(Date.now() + 1e9)],
      ['method', 'PUT'],
      ['max', '5'],
      ['sig', 'AAAA'],
      ['sig', ''],
    ] as const) {
      const forged = new URLSearchParams(query);
      forged.set(name, value);
      assert.equal(store.verify('GET', 'a/b', forged).ok, false, name);
    }
    const other = new FolderStore({ root, library, signingKey: randomBytes(32), publicBase: 'http://hub' });
    assert.deepEqual(other.verify('GET', 'a/b', query), { ok: false, reason: 'forged' });
    const { url: old } = await store.sign({ method: 'GET', key: 'a/b', expiresInMs: -1 });
    assert.deepEqual(store.verify('GET', 'a/b', new URL(old).searchParams), { ok: false, reason: 'expired' });
  });

  test('invariant 7: a library whose marker is missing or foreign is neither written nor deleted from', async () => {
    const foreign = new FolderStore({ root, library: randomUUID(), signingKey: randomBytes(32), publicBase: '' });
    await store.put('keep', randomBytes(1));
    await assert.rejects(foreign.put('x', new Uint8Array()), { name: 'Unavailable' });
    await assert.rejects(foreign.delete('keep'), { name: 'Unavailable' });
    await rm(join(root, MARKER));
    const fresh = new FolderStore({ root, library, signingKey: randomBytes(32), publicBase: '' });
    await assert.rejects(fresh.put('x', new Uint8Array()), /marker/);
    await writeFile(join(root, MARKER), JSON.stringify({ library }));
    assert.equal((await fresh.stat('keep'))?.bytes, 1);
  });
});

describe('S3 (OpenStack Swift, s3api)', { skip }, () => {
  let server: S3Server;
  let store: S3Store;
  const client = () => ({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  });
  const open = (prefix: string, more: object = {}) =>
    new S3Store({ bucket: 'footage', prefix, library: undefined, client: { ...client(), ...more } });
  before(async () => {
    server = await startSwift();
    await new S3Client({ ...client(), forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'footage' }));
    store = open('kept');
    await store.createMarker(library);
    assert.equal(await store.readMarker(), library);
  });
  after(async () => server[Symbol.asyncDispose]());
  promises(() => store);

  test('signed URLs work for whoever holds them', async () => {
    const put = await store.sign({ method: 'PUT', key: 'signed.bin', expiresInMs: 60_000 });
    assert.equal((await fetch(put.url, { method: 'PUT', headers: put.headers, body: 'hello' })).status, 200);
    const get = await store.sign({ method: 'GET', key: 'signed.bin', expiresInMs: 60_000 });
    assert.equal(await (await fetch(get.url)).text(), 'hello');
    const range = await fetch(get.url, { headers: { range: 'bytes=1-3' } });
    assert.equal(range.status, 206);
    assert.equal(await range.text(), 'ell');
  });

  test('the server refuses a forged, expired or unsigned URL, another key and another method', async () => {
    await store.put('signed.bin', Buffer.from('hello'));
    const { url } = await store.sign({ method: 'GET', key: 'signed.bin', expiresInMs: 60_000 });
    const with_ = (change: (changed: URL) => void): string => {
      const changed = new URL(url);
      change(changed);
      return changed.href;
    };
    const refused = {
      forged: with_((it) => it.searchParams.set('X-Amz-Signature', 'a'.repeat(64))),
      unsigned: with_((it) => it.searchParams.delete('X-Amz-Signature')),
      longer: with_((it) => it.searchParams.set('X-Amz-Expires', '600000')),
      'other key': url.replace('signed.bin', '.vidette-library'),
    };
    for (const [name, address] of Object.entries(refused)) {
      const { status } = await fetch(address);
      assert.ok(status === 403 || status === 400, `${name}: ${status}`);
    }
    assert.equal((await fetch(url, { method: 'PUT', body: 'evil' })).status, 403);
    assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
    const short = await store.sign({ method: 'GET', key: 'signed.bin', expiresInMs: 1000 });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal((await fetch(short.url)).status, 403);
    const stranger = open('kept', { credentials: { accessKeyId: server.accessKeyId, secretAccessKey: 'wrong' } });
    const other = await stranger.sign({ method: 'GET', key: 'signed.bin', expiresInMs: 60_000 });
    assert.equal((await fetch(other.url)).status, 403);
    await assert.rejects(stranger.stat('signed.bin'), { code: 'forbidden' });
  });

  test('invariant 7: a bucket whose marker is foreign is neither written nor deleted from', async () => {
    const foreign = new S3Store({ bucket: 'footage', prefix: 'kept', library: randomUUID(), client: client() });
    await assert.rejects(foreign.put('x', new Uint8Array()), /another library/);
    await assert.rejects(foreign.delete('signed.bin'), /another library/);
  });
});

test('an S3 server that keeps something else than was sent is found out', async () => {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      // Keeps one byte too many, as a server does that stores the framing of a body with it.
      if (request.method === 'PUT') objects.set(path, Buffer.concat([...pieces, Buffer.from('!')]));
      if (request.method === 'DELETE') objects.delete(path);
      const kept = objects.get(path);
      response.writeHead(
        request.method === 'DELETE' ? 204 : kept ? 200 : 404,
        kept ? { 'content-length': request.method === 'PUT' ? 0 : kept.length, etag: '"x"' } : {},
      );
      response.end(request.method === 'GET' ? kept : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const store = new S3Store({
      bucket: 'b',
      prefix: '',
      library: undefined,
      client: {
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
        maxAttempts: 1,
      },
    });
    await assert.rejects(store.put('x.bin', Buffer.from('hello')), /that are not the 5 that were sent/);
    assert.equal(objects.size, 0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
