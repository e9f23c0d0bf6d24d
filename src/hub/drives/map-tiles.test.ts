import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type TestDatabase, testServers } from '../../../test/postgres/database.ts';
import { MadeFiles } from '../made-files.ts';
import { MapTiles } from './map-tiles.ts';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

describe('the map below a way', () => {
  let database: TestDatabase;
  let folder: string;
  let map: MapTiles;
  const asked: string[] = [];
  const site = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.startsWith('/5/')) return response.end('<html>no picture</html>');
    if (request.url?.startsWith('/6/')) return response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    if (request.url?.startsWith('/7/')) return response.end(Buffer.concat([PNG, Buffer.alloc(3_000_000)]));
    return response.end(PNG);
  });

  before(async () => {
    const [server] = testServers();
    assert.ok(server);
    database = await server.open();
    folder = await mkdtemp(join(tmpdir(), 'vidette-map-'));
    const cache = new MadeFiles({ folder });
    await cache.start();
    map = new MapTiles({ db: database.catalog.db, cache });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    site.close();
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('nobody is asked for anything before it is set', async () => {
    assert.deepEqual(await map.settings(), { mapTiles: null });
    await assert.rejects(map.tile(3, 1, 2), /no map/);
    assert.deepEqual(asked, []);
  });

  test('a picture is fetched once and kept; what is none is refused', async () => {
    const port = (site.address() as AddressInfo).port;
    await map.change({ mapTiles: `http://127.0.0.1:${port}/{z}/{x}/{y}.png` });
    const [one] = await Promise.all([map.tile(3, 1, 2), map.tile(3, 1, 2)]);
    assert.equal(one.type, 'image/png');
    assert.deepEqual(asked, ['/3/1/2.png']);
    await assert.rejects(map.tile(3, 8, 2), /no map/, 'outside of the world');
    await assert.rejects(map.tile(5, 1, 2), /no picture/);
    await assert.rejects(map.tile(6, 1, 2), /does not give/, 'not sent elsewhere');
    await assert.rejects(map.tile(7, 1, 2), /too large/);
  });
});
