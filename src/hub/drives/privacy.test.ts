import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { FakeApi } from '../../../test/openpilot/api-server.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import { changeSource, findSource } from '../../catalog/sources.ts';
import type { Clip } from '../../contract/clip.ts';
import type { Drive, DriveSource } from '../../contract/drive.ts';
import { routes } from '../../contract/routes.ts';
import { Clips } from '../clips/clips.ts';
import { registerClipRoutes } from '../clips/routes.ts';
import { DriveDesk } from './desk.ts';

const DONGLE = 'a2a0ccea32023010';
const LOG = '0000010a--a51155e496';
const CANARY = 'canary-5e0c7a1f-own-account';

/** What a browser that has signed in is told. */
type Ask = (method: string, path: string, body?: object) => Promise<{ status: number; text: string }>;

describe('drives of one person', () => {
  let folder: string;
  let hub: TestHub;
  let desk: DriveDesk;
  let server: FakeApi;
  let admin: Ask;
  let anna: Ask;
  let ben: Ask;
  let heard: { anna: string; ben: string };
  const stop = new AbortController();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-own-'));
    server = await FakeApi.start(CANARY, {
      [`${DONGLE}|${LOG}`]: {
        start: Date.now() - 3_600_000,
        public: false,
        minutes: { 0: { 'qcamera.ts': Buffer.from('x'), 'qlog.zst': Buffer.from('y') } },
      },
    });
    hub = await openTestHub({
      before: (made, parts) => {
        desk = new DriveDesk({
          ...parts,
          cacheDir: join(folder, 'cache'),
          timeZone: 'UTC',
          createClip: () => Promise.reject(new Error('no clip is asked for here')),
          now: () => Date.now(),
          everyMs: { folder: 200, account: 200, soon: 100 },
        });
        desk.register(made.app);
        const nothing = { onChange: () => () => undefined, find: async () => undefined };
        const clips = new Clips({ ...parts, kinds: [desk.kind], queue: nothing, blobs: {} } as never);
        registerClipRoutes(made.app, { clips, blobs: {} as never });
      },
    });
    await desk.start();
    const of = async (role: 'admin' | 'viewer', name: string): Promise<Ask> => {
      const headers = await hub.person(role, name);
      return async (method, path, body) => {
        const answer = await fetch(`${hub.local}${path}`, {
          method,
          headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        return { status: answer.status, text: await answer.text() };
      };
    };
    [admin, anna, ben] = [await of('admin', 'root'), await of('viewer', 'anna'), await of('viewer', 'ben')];
    heard = { anna: '', ben: '' };
  });
  after(async () => {
    stop.abort();
    await desk?.stop();
    await server?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const json = <T>({ text }: { text: string }): T => JSON.parse(text) as T;
  const drives = async (ask: Ask): Promise<Drive[]> => json(await ask('GET', '/api/drives'));
  const sources = async (ask: Ask): Promise<DriveSource[]> => json(await ask('GET', '/api/drive-sources'));

  /** Keeps what the events tell; it ends with the test. */
  async function listen(who: 'anna' | 'ben'): Promise<void> {
    const name = who === 'anna' ? 'anna' : 'ben';
    const session = await fetch(`${hub.local}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: hub.local },
      body: JSON.stringify({ name, password: 'correct horse battery' }),
    });
    const cookie = (session.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const answer = await fetch(`${hub.local}/api/events`, {
      headers: { cookie, origin: hub.local },
      signal: stop.signal,
    });
    assert.equal(answer.status, 200);
    void (async () => {
      for await (const piece of answer.body ?? []) heard[who] += Buffer.from(piece).toString();
    })().catch(() => undefined);
  }

  test('a person adds an account of his own at a server that is known, and nothing else', async () => {
    const from = { type: 'account', api: server.url };
    const refused = await anna('POST', '/api/drive-sources', { name: 'Mine', from, token: CANARY, mine: true });
    assert.equal(refused.status, 403);
    assert.match(refused.text, /added by admins first/);
    assert.equal((await anna('POST', '/api/drive-sources/test', { from })).status, 403);
    const path = { type: 'folder', path: folder };
    for (const mine of [true, false])
      assert.equal((await anna('POST', '/api/drive-sources', { name: 'Disk', from: path, mine })).status, 403);
    assert.equal((await anna('POST', '/api/drive-sources/test', { from: path })).status, 403);
    // An admin uses that server: now it is known.
    const everybodys = await admin('POST', '/api/drive-sources', { name: 'All', from, enabled: false });
    assert.equal(everybodys.status, 200, everybodys.text);
    const everybody = await anna('POST', '/api/drive-sources', { name: 'Mine', from, token: CANARY });
    assert.equal(everybody.status, 403, 'not for everybody');
    await Promise.all([listen('anna'), listen('ben')]);
    const made = await anna('POST', '/api/drive-sources', { name: 'Mine', from, token: CANARY, mine: true });
    assert.equal(made.status, 200, made.text);
    assert.ok(!made.text.includes(CANARY));
    await untilFound(async () => ((await drives(anna)).length === 1 ? true : undefined), 20_000);
  });

  test('nobody else sees its drives in any way, an admin only that it is there', async () => {
    const [drive] = await drives(anna);
    assert.ok(drive);
    const program = await hub.client('api');
    assert.deepEqual(await program.call(routes.listDrives, {}), [], 'a program is nobody');
    for (const ask of [ben, admin]) {
      assert.deepEqual(await drives(ask), []);
      for (const id of [drive.id, encodeURIComponent(`${DONGLE}|${LOG}`), LOG]) {
        for (const what of ['', '/film', '/picture.jpg', '/video.mp4?from=0&to=5'])
          assert.equal((await ask('GET', `/api/drives/${id}${what}`)).status, 404, `${id}${what}`);
        assert.equal((await ask('POST', `/api/drives/${id}/frame.jpg`, { at: 0 })).status, 404);
        const clip = { sources: [decodeURIComponent(id)], ranges: [{ start: 1, length: 5 }], layout: 'ui' };
        assert.equal((await ask('POST', '/api/clips', clip)).status, 404);
      }
    }
    assert.deepEqual(
      (await sources(ben)).map(({ name }) => name),
      ['All'],
    );
    const [own] = (await sources(admin)).filter(({ name }) => name === 'Mine');
    assert.ok(own);
    for (const ask of [ben, admin]) {
      assert.equal((await ask('PATCH', `/api/drive-sources/${own.id}`, { shared: true })).status, 403);
      assert.equal((await ask('POST', `/api/drive-sources/${own.id}/look`)).status, 404);
      const stolen: object = { from: { type: 'account', api: server.url }, source: own.id };
      assert.equal((await ask('POST', '/api/drive-sources/test', stolen)).status, 403, 'nor is its token used');
    }
    assert.equal((await ben('DELETE', `/api/drive-sources/${own.id}`)).status, 403);
    assert.equal((await ben('PATCH', '/api/drive-sources/All', { enabled: true })).status, 403);
    await untilFound(async () => (heard.anna.includes(drive.id) ? true : undefined), 20_000);
    assert.ok(!heard.ben.includes(LOG) && !heard.ben.includes('Mine'), heard.ben);
  });

  test('a clip is as private as the drive', async () => {
    const [drive] = await drives(anna);
    assert.ok(drive);
    const asked = { sources: [drive.id], ranges: [{ start: 1, length: 5 }], layout: 'ui' };
    const answer = await anna('POST', '/api/clips', asked);
    assert.equal(answer.status, 200, answer.text);
    const clip = json<Clip>(answer);
    assert.equal(json<Clip[]>(await anna('GET', '/api/clips')).length, 1);
    assert.equal((await anna('GET', `/api/clips/${clip.id}`)).status, 200);
    for (const ask of [ben, admin]) {
      assert.equal(json<Clip[]>(await ask('GET', '/api/clips')).length, 0);
      assert.equal((await ask('GET', `/api/clips/${clip.id}`)).status, 404);
      assert.equal((await ask('GET', `/api/clips/${clip.id}/file.mp4`)).status, 404);
      assert.equal((await ask('DELETE', `/api/clips/${clip.id}`)).status, 404);
    }
    await untilFound(async () => (heard.anna.includes(clip.id) ? true : undefined), 20_000);
    assert.ok(!heard.ben.includes(clip.id));
  });

  test('shared it is seen by all, and no more when it is not; with the person it goes', async () => {
    const own = (await sources(anna)).find(({ name }) => name === 'Mine');
    assert.ok(own?.owner);
    const shared = await anna('PATCH', `/api/drive-sources/${own.id}`, { shared: true });
    assert.equal(json<DriveSource>(shared).shared, true, shared.text);
    assert.equal((await drives(ben)).length, 1);
    assert.equal((await ben('GET', `/api/drives/${LOG}`)).status, 200);
    assert.equal((await ben('PATCH', `/api/drive-sources/${own.id}`, { enabled: false })).status, 403);
    await anna('PATCH', `/api/drive-sources/${own.id}`, { shared: false });
    assert.equal((await drives(ben)).length, 0);
    await untilFound(async () => (heard.ben.includes('drive-source-deleted') ? true : undefined), 20_000);
    // What stands in the row of an earlier version is everybody's.
    const { db } = hub.database.catalog;
    const everybodys = await findSource(db, 'All');
    assert.ok(everybodys);
    const { owner: _, shared: __, ...before } = everybodys.settings as Record<string, unknown>;
    await changeSource(db, everybodys.id, { settings: before });
    assert.deepEqual(
      (await sources(ben)).map(({ name, owner }) => [name, owner]),
      [['All', null]],
    );
    await desk.removeOf(own.owner);
    assert.equal((await drives(anna)).length, 0);
    assert.equal((await sources(admin)).length, 1);
  });
});
