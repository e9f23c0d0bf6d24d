/** From the link of a score to a replay on the shelf; osu! is a fake one written from its documentation. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { busyFor, FakeOsu, md5 } from '../../../test/osu/fake-osu.ts';
import { madeReplay, madeSet } from '../../../test/osu/made-files.ts';
import { openReplayHub, type ReplayHub } from '../../../test/osu/replay-hub.ts';
import { MAP_TEXT } from '../../../test/osu/scene/generated-play.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import { Unavailable, UserError } from '../../base/errors.ts';
import { ClipRequest } from '../../contract/clip.ts';
import type { ReplayAdded } from '../../contract/replay.ts';
import { routes } from '../../contract/routes.ts';

const MAP = { set: 20, id: 30, md5: md5(MAP_TEXT) };

describe('scores of osu! by their links', () => {
  let given: ReplayHub;
  let fake: FakeOsu;

  before(async () => {
    given = await openReplayHub();
    fake = await FakeOsu.start();
    fake.scores.push(
      { id: 100, legacy: 'osu/7', player: 'Mia', replay: madeReplay({ player: 'Mia' }), map: MAP },
      { id: 101, replay: null, map: MAP },
      { id: 102, replay: madeReplay({ player: 'Noah' }), map: { ...MAP, md5: 'f'.repeat(32) } },
      { id: 103, replay: madeSet(), map: MAP },
      { id: 104, replay: Buffer.from('no replay at all') },
      { id: 105, replay: madeReplay({ player: 'Zoe' }) },
    );
  });
  after(async () => {
    await fake?.[Symbol.asyncDispose]();
    await given?.[Symbol.asyncDispose]();
  });
  beforeEach(() => given.empty());

  const access = (change: object = {}) => ({
    clientId: fake.clientId,
    secret: fake.secret,
    server: fake.url,
    ...change,
  });
  const connect = () => given.api.call(routes.setScoreAccess, { body: access() });
  const page = (path: string | number): string => `${fake.url}/scores/${path}`;
  const bring = (path: string | number): Promise<ReplayAdded> =>
    given.api.call(routes.addScore, { body: { link: page(path) } });
  const refused = (work: Promise<unknown>, code: string, words: RegExp): Promise<void> =>
    assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
      assert.equal(error.code, code);
      assert.match(`${error.message} ${error.remedy}`, words);
      return true;
    });

  test('an application is taken when osu! knows it; its secret is nowhere to be read', async () => {
    const { api, hub } = given;
    assert.deepEqual(await api.call(routes.scoreAccess, {}), { server: 'https://osu.ppy.sh', clientId: null });
    await refused(bring(100), 'no-access', /Settings/);
    assert.equal(fake.heard.length, 0);
    await refused(api.call(routes.testScoreAccess, { body: access({ secret: 'wrong' }) }), 'osu-client', /its secret/);
    await refused(api.call(routes.setScoreAccess, { body: access({ secret: 'wrong' }) }), 'osu-client', /its secret/);
    assert.equal((await api.call(routes.scoreAccess, {})).clientId, null);
    for (const server of ['http://osu.example.org', 'https://a:b@osu.ppy.sh', 'https://osu.ppy.sh/api'])
      await refused(api.call(routes.setScoreAccess, { body: access({ server }) }), 'invalid', /no address of a server/);

    assert.deepEqual(await api.call(routes.testScoreAccess, { body: access() }), { ok: true });
    assert.deepEqual(await connect(), { server: fake.url, clientId: fake.clientId });
    // Without the secret the one that is there is meant, for its own server alone.
    await api.call(routes.testScoreAccess, { body: { clientId: fake.clientId, server: fake.url } });
    await refused(
      api.call(routes.testScoreAccess, { body: { clientId: fake.clientId } }),
      'invalid',
      /secret.*missing/,
    );
    const mia = await hub.person('viewer', 'mia');
    const put = await fetch(hub.local + routes.setScoreAccess.path, {
      method: 'PUT',
      headers: { ...mia, 'content-type': 'application/json' },
      body: JSON.stringify(access()),
    });
    assert.equal(put.status, 403);
    const { rows } = await sql`select value::text from settings`.execute(hub.database.catalog.db);
    assert.ok(!JSON.stringify([rows, hub.log]).includes(fake.secret));
  });

  test('a link brings the replay once, which says where its set is, and is ready when that comes', async () => {
    await connect();
    const before = fake.count(/download/);
    const [added, same] = await Promise.all([bring(100), bring(100)]);
    assert.deepEqual([added.kind, added.known, same?.replays], ['replay', false, added.replays]);
    assert.equal(added.name, 'Mia - Nobody - Made Up [Everything] (2026-11-21).osr');
    const again = await bring(100);
    assert.deepEqual([again.known, again.replays], [true, added.replays]);
    assert.equal(fake.count(/download/), before + 1, 'osu! is asked once');
    const [id = ''] = added.replays;
    const get = () => given.api.call(routes.getReplay, { params: { id } });
    const waiting = await get();
    assert.deepEqual(
      [waiting.state, waiting.player, waiting.map?.title, waiting.scorePage, waiting.setPage, waiting.notes],
      ['missing', 'Mia', 'Made Up', page(100), `${fake.url}/beatmapsets/20#osu/30`, []],
    );
    assert.deepEqual((await bring('osu/7')).replays, added.replays, 'by its old number too: the file is the same');
    await given.drop('set.osz', madeSet());
    await untilFound(async () => ((await get()).state === 'ready' ? true : undefined), 60_000);
  });

  test('a clip request takes the link, and says what is missing', async () => {
    await connect();
    const request = ClipRequest.parse({ sources: [page(102)] });
    const named = await given.desk.kind.find(page(102), null);
    assert.ok(named);
    await refused(given.desk.kind.accept(request, [named]), 'map-missing', /Made Up.*beatmapsets\/20.*another version/);
    await given.drop('set.osz', madeSet());
    assert.match((await given.desk.kind.accept(request, [named])).title, /Noah · Nobody – Made Up/);
    assert.equal(await given.desk.kind.find('Front door', null), undefined);
  });

  test('what is no replay, and what cannot be had, is said by its reason and leaves nothing', async () => {
    await connect();
    await refused(bring(101), 'no-replay', /F2/);
    await refused(bring(999), 'not-found', /score 999/);
    await assert.rejects(bring(103), /is no replay/);
    await assert.rejects(bring(104), /Score 104\.osr/);
    fake.next(/download/, (response) => response.writeHead(200).end(Buffer.alloc(33 << 20, 1)));
    await refused(bring(105), 'too-large', /larger than/);
    fake.next(/download/, (response) => {
      response.writeHead(200, { 'content-length': 5000 });
      response.write('half', () => response.destroy());
    });
    await assert.rejects(bring(105), /cut off/);
    fake.next(/scores/, busyFor(40));
    await assert.rejects(bring(105), (error) => error instanceof Unavailable && error.retryAfterMs > 20_000);
    assert.deepEqual(await given.shelved(), []);
    await connect();
    await refused(
      given.api.call(routes.addScore, { body: { link: 'https://osu.ppy.sh/scores/1' } }),
      'invalid',
      /is of osu\.ppy\.sh/,
    );
    await refused(
      given.api.call(routes.addScore, { body: { link: 'https://osu.ppy.sh/users/1' } }),
      'invalid',
      /no link of a score/,
    );
    await given.api.call(routes.removeScoreAccess, {});
    await refused(bring(105), 'no-access', /Settings/);
  });
});
