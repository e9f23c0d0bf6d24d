import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { filmsCanBeMade, makeFilm, whyNoFilms } from '../../../test/openpilot/film.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import type { Client } from '../../contract/client.ts';
import { routes } from '../../contract/routes.ts';
import { DriveDesk } from './desk.ts';

const OLD = '2022-09-04--11-15-52';
const NEW = '0000002c--d68dde99ca';
const CANARY = 'eyJhbGciOiJIUzI1NiJ9.Q0FOQVJZY2FuYXJ5.canary-5e0c7a1f';

describe('drives of a hub', () => {
  let folder: string;
  let cacheDir: string;
  let hub: TestHub;
  let desk: DriveDesk;
  let api: Client & { readonly token: string };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-realdata-'));
    cacheDir = await mkdtemp(join(tmpdir(), 'vidette-drive-cache-'));
    hub = await openTestHub({
      before: (server, parts) => {
        desk = new DriveDesk({
          ...parts,
          cacheDir,
          timeZone: 'UTC',
          createClip: () => Promise.reject(new Error('no clip is asked for here')),
          now: () => Date.now(),
          everyMs: { folder: 200, account: 200, soon: 100 },
        });
        desk.register(server.app);
      },
    });
    await desk.start();
    api = await hub.client('api');
  });
  after(async () => {
    await desk?.stop();
    await hub?.[Symbol.asyncDispose]();
    for (const place of [folder, cacheDir]) await rm(place, { recursive: true, force: true });
  });

  /** Written an hour ago: whole at the first look. */
  async function put(name: string, content: string | ((path: string) => void)): Promise<string> {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    if (typeof content === 'string') await writeFile(path, content);
    else content(path);
    const at = new Date(Date.now() - 3_600_000);
    await utimes(path, at, at);
    return path;
  }

  test('a folder is added, its drives are listed, and new ones appear by themselves', async () => {
    await put(`${OLD}--0/qcamera.ts`, 'x');
    await put(`${OLD}--2/qcamera.ts`, 'x');
    await put(`${OLD}--2/notes.txt`, 'x');
    const source = await api.call(routes.createDriveSource, {
      body: { name: 'My car', from: { type: 'folder', path: `${folder}/` } },
    });
    assert.deepEqual(source.from, { type: 'folder', path: folder });
    const list = (): Promise<typeof routes.listDrives.response._output> => api.call(routes.listDrives, {});
    const [first] = await untilFound(async () => ((await list()).length === 1 ? list() : undefined), 20_000);
    assert.equal(first?.route, OLD);
    assert.equal(first.start, '2022-09-04T11:15:52.000Z');
    assert.equal(first.startKnown, false);
    assert.equal(first.length, 180);
    assert.deepEqual(first.minutes, [
      { minute: 0, files: ['qcamera'] },
      { minute: 2, files: ['qcamera'] },
    ]);
    await put(`5beb9b58bd12b691_${NEW}--0--qcamera.ts`, 'x');
    const both = await untilFound(async () => ((await list()).length === 2 ? list() : undefined), 20_000);
    assert.equal(both[0]?.route, `5beb9b58bd12b691|${NEW}`, 'the newest first');
    const found = await api.call(routes.getDrive, { params: { id: NEW } });
    assert.equal(found.drive.id, both[0]?.id, 'by its route');
    await rm(join(folder, `5beb9b58bd12b691_${NEW}--0--qcamera.ts`));
    await untilFound(async () => ((await list()).length === 1 ? true : undefined), 20_000);
    const [told] = await api.call(routes.listDriveSources, {});
    assert.equal(told?.state.status, 'ok');
    assert.equal(told?.drives, 1);
  });

  test('a folder that goes away takes nothing with it, and is said in words', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'vidette-away-'));
    const body = { name: 'Away', from: { type: 'folder' as const, path: elsewhere } };
    const source = await api.call(routes.createDriveSource, { body });
    await rm(elsewhere, { recursive: true });
    const seen = await api.call(routes.lookForDrives, { params: { id: source.id } });
    assert.equal(seen.state.status, 'failed');
    assert.match(seen.state.problem ?? '', /is not there/);
    const tried = await api.call(routes.testDriveSource, { body: { from: body.from } });
    assert.equal(tried.ok, false);
    assert.match(tried.problem?.message ?? '', /is not there/);
    await api.call(routes.deleteDriveSource, { params: { id: source.id } });
    assert.equal((await api.call(routes.listDrives, {})).length, 1);
  });

  test('a token is sealed, shown to nobody, and bound to its server', async () => {
    const from = { type: 'account' as const, api: 'https://api.example.org/' };
    const body = { name: 'Account', from, token: CANARY, enabled: false };
    const source = await api.call(routes.createDriveSource, { body });
    assert.equal(source.hasToken, true);
    assert.deepEqual(source.from, { type: 'account', api: 'https://api.example.org', devices: [] });
    const row = await hub.database.catalog.db
      .selectFrom('sources')
      .selectAll()
      .where('id', '=', source.id)
      .executeTakeFirstOrThrow();
    assert.ok(!JSON.stringify(row).includes(CANARY.slice(0, 20)));
    assert.ok(row.secret && !row.secret.includes(CANARY));
    const change = (change: object) => api.call(routes.changeDriveSource, { params: { id: source.id }, body: change });
    await assert.rejects(change({ from: { type: 'account', api: 'https://evil.example.org' } }), /another server/);
    const renamed = await change({ name: 'Account 2', from: { type: 'account', api: 'https://api.example.org' } });
    assert.equal(renamed.hasToken, true);
    assert.equal((await change({ token: null })).hasToken, false);
    await assert.rejects(
      change({ from: { type: 'account', api: 'https://user:word@api.example.org' } }),
      /must not hold a credential/,
    );
    await assert.rejects(change({ from: { type: 'folder', path: folder }, token: 'x' }), /no token/);
    await api.call(routes.deleteDriveSource, { params: { id: source.id } });
    assert.ok(!hub.log.some((line) => line.includes(CANARY)), 'not in the log');
  });

  test('viewers see drives and change nothing', async () => {
    const { cookie, origin } = await hub.person('viewer', 'vera');
    const ask = async (path: string, method: string, body?: object): Promise<number> =>
      (
        await fetch(`${hub.local}${path}`, {
          method,
          headers: { cookie, origin, 'content-type': 'application/json' },
          ...(body ? { body: JSON.stringify(body) } : {}),
        })
      ).status;
    assert.equal(await ask('/api/drives', 'GET'), 200);
    assert.equal(await ask('/api/drive-sources', 'GET'), 200);
    const from = { type: 'folder', path: '/srv' };
    assert.equal(await ask('/api/drive-sources', 'POST', { name: 'x', from }), 403);
    assert.equal(await ask('/api/drive-sources/test', 'POST', { from }), 403);
  });

  test('routes that are not known or not routes are said in words', async () => {
    const get = (id: string): Promise<unknown> => api.call(routes.getDrive, { params: { id } });
    await assert.rejects(get('nothing'), /no such drive/);
    await assert.rejects(get('5beb9b58bd12b691|0000ffff--aaaaaaaaaa'), /not known here/);
    await assert.rejects(get('5beb9b58bd12b69|0000ffff--aaaaaaaaaa'), /16 letters/);
  });

  describe('its small film', { skip: filmsCanBeMade ? false : whyNoFilms }, () => {
    const ROUTE = '0000006b--d72540bad7';
    let id: string;
    before(async () => {
      await put(`${ROUTE}--0/qcamera.ts`, (path) => makeFilm(path, { seconds: 60 }));
      await put(`${ROUTE}--1/qcamera.ts`, (path) => makeFilm(path, { seconds: 60, from: 60 }));
      await put(`${ROUTE}--2/qcamera.ts`, 'no film at all');
      await api.call(routes.lookForDrives, { params: { id: 'My car' } });
      id = (await api.call(routes.getDrive, { params: { id: ROUTE } })).drive.id;
    });
    const video = (query: string): Promise<Response> =>
      fetch(`${hub.local}/api/drives/${id}/video.mp4?${query}`, {
        headers: { authorization: `Bearer ${api.token}` },
      });

    test('is played from any moment on, across minutes, without encoding', async () => {
      const film = await api.call(routes.driveFilm, { params: { id } });
      assert.match(film.codec, /^avc1\.6400/);
      assert.deepEqual([film.audioCodec, film.width, film.height], ['mp4a.40.2', 526, 330]);
      assert.deepEqual(film.minutes, [0, 1, 2]);
      const part = await video('from=58.2&to=63&origin=-1000');
      assert.equal(part.status, 200);
      assert.match(part.headers.get('content-type') ?? '', /avc1\.6400.*mp4a\.40\.2/);
      // The key frame before: one in 15 pictures at 20 a second.
      const start = Number(part.headers.get('x-vidette-start'));
      assert.ok(start <= 58_200 && start > 57_400, `${start}`);
      const end = Number(part.headers.get('x-vidette-end'));
      assert.ok(end >= 63_000 && end < 64_000, `${end}`);
      assert.equal(Buffer.from(await part.arrayBuffer()).toString('latin1', 4, 8), 'ftyp');
    });

    test('a minute that holds none is passed over; what is not there is not found', async () => {
      const last = await video('from=110&to=130');
      assert.equal(last.status, 200);
      const end = Number(last.headers.get('x-vidette-end'));
      assert.ok(Math.abs(end - 120_000) < 200, `${end}`);
      assert.equal((await video('from=130&to=140')).status, 404);
      assert.equal((await video('from=10&to=5')).status, 400);
    });

    test('gives the picture of the drive', async () => {
      const answer = await fetch(`${hub.local}/api/drives/${id}/picture.jpg`, {
        headers: { authorization: `Bearer ${api.token}` },
      });
      assert.equal(answer.headers.get('content-type'), 'image/jpeg');
      const jpeg = Buffer.from(await answer.arrayBuffer());
      assert.equal(jpeg.readUInt16BE(0), 0xffd8);
      const etag = answer.headers.get('etag') ?? '';
      const again = await fetch(`${hub.local}/api/drives/${id}/picture.jpg`, {
        headers: { authorization: `Bearer ${api.token}`, 'if-none-match': etag },
      });
      assert.equal(again.status, 304);
    });

    test('a file that was put in the place of a minute by a link is not opened', async () => {
      const outside = join(cacheDir, 'outside.ts');
      makeFilm(outside, { seconds: 2 });
      const path = join(folder, `${ROUTE}--1/qcamera.ts`);
      await rm(path);
      await symlink(outside, path);
      // What is in the cache is what was there before: another minute, never asked for.
      await hub.database.catalog.db
        .updateTable('drives')
        .set({
          minutes: JSON.stringify([
            { minute: 1, files: { qcamera: { path: `${ROUTE}--1/qcamera.ts`, bytes: 1, changed: 1 } } },
          ]),
        })
        .where('id', '=', id)
        .execute();
      assert.equal((await video('from=61&to=62')).status, 404);
    });
  });
});
