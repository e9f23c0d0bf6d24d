import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { madeReplay, madeSet, madeSkin } from '../../../test/osu/made-files.ts';
import { openReplayHub, type ReplayHub } from '../../../test/osu/replay-hub.ts';
import { MAP_TEXT } from '../../../test/osu/scene/generated-play.ts';
import { writeZip } from '../../../test/osu/zip-writer.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import { pathOf } from '../../contract/client.ts';
import { ClipRequest } from '../../contract/clip.ts';
import type { Replay, ReplayAdded } from '../../contract/replay.ts';
import { routes } from '../../contract/routes.ts';
import type { Problem } from '../../contract/system.ts';
import { OsuRenderParams } from '../../contract/worker.ts';
import { MOD } from '../../sources/osu/read/replay.ts';

const PATIENCE = 60_000;
const MD5 = createHash('md5').update(MAP_TEXT).digest('hex');
const STABLE_NAME = 'vidette - Nobody - Made Up [Everything] (2026-11-21) Osu.osr';

describe('replays of a hub', () => {
  let given: ReplayHub;
  let api: ReplayHub['api'];

  before(async () => {
    given = await openReplayHub();
    ({ api } = given);
  });
  after(() => given?.[Symbol.asyncDispose]());
  beforeEach(() => given.empty());

  const post: ReplayHub['post'] = (...file) => given.post(...file);
  const drop: ReplayHub['drop'] = (...file) => given.drop(...file);
  const shelved: ReplayHub['shelved'] = () => given.shelved();
  const askFrame = (id: string, body: object): Promise<Response> =>
    fetch(given.hub.local + pathOf(routes.replayFrame, { id }), {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  const get = (id: string): Promise<Replay> => api.call(routes.getReplay, { params: { id } });
  const readyOne = (id: string): Promise<Replay> =>
    untilFound(async () => {
      const replay = await get(id);
      return replay.state === 'ready' ? replay : undefined;
    }, PATIENCE);

  /** A replay and its set. */
  async function readyPlay(): Promise<Replay> {
    await drop('set.osz', madeSet());
    const { replays } = await drop('play.osr', madeReplay());
    return await readyOne(replays[0] ?? '');
  }

  test('a replay says which map it wants, and is ready as soon as its set is dropped', async () => {
    const added = await drop(STABLE_NAME, madeReplay({ player: 'Somebody' }));
    assert.deepEqual([added.kind, added.known, added.replays.length], ['replay', false, 1]);
    const [id = ''] = added.replays;
    const waiting = await get(id);
    assert.deepEqual(
      [waiting.state, waiting.player, waiting.mapMd5, waiting.map, waiting.mapHint, waiting.judged],
      ['missing', 'Somebody', MD5, null, 'Nobody - Made Up [Everything]', null],
    );
    const refused = await post(`../${STABLE_NAME}`, madeReplay({ player: 'Somebody' })).then((it) => it.json());
    assert.deepEqual(refused, { ...added, known: true }, 'the same file is one');

    const set = await drop('anything.zip', madeSet());
    assert.deepEqual([set.kind, set.maps, set.replays], ['set', 1, [id]]);
    const replay = await readyOne(id);
    assert.deepEqual(replay.map, { artist: 'Nobody', title: 'Made Up', difficulty: 'Everything', creator: 'A test' });
    assert.deepEqual(
      [replay.judged?.n300, replay.judged?.miss, replay.judged?.accuracy, replay.grade],
      [12, 0, 100, 'X'],
    );
    assert.ok((replay.pp ?? 0) > 0 && (replay.stars ?? 0) > 0);
    assert.ok(replay.length > 9 && replay.length < 13, `${replay.length} s`);
    assert.equal((await shelved()).length, 2);
    assert.ok((await shelved()).every((name) => /^[0-9a-f]{64}\.os[rz]$/.test(name)));
    assert.deepEqual(await readdir(join(given.folder, 'cache', 'incoming')), []);
  });

  test('what is none of the three, is damaged or too large is refused by name, and leaves nothing', async () => {
    const broken = madeReplay().subarray(0, 40);
    for (const [name, bytes, words] of [
      ['notes.txt', Buffer.from('hello, these are notes'), /notes\.txt: is no replay, set or skin/],
      ['half.osr', broken, /half\.osr/],
      ['empty.osr', Buffer.alloc(0), /empty\.osr is empty/],
      ['map.osu', Buffer.from(MAP_TEXT), /map alone/],
      ['photos.zip', writeZip({ 'a.txt': Buffer.from('a') }), /photos\.zip.*without maps/],
      ['bomb.osz', writeZip({ 'a.osu': Buffer.alloc(40 << 20) }), /bomb\.osz/],
      ['large.osr', Buffer.alloc(33 << 20, 1), /large\.osr is larger than/],
    ] as const) {
      const answer = await post(name, bytes);
      const problem = (await answer.json()) as Problem;
      assert.ok(answer.status >= 400 && answer.status < 500, `${name}: ${answer.status}`);
      assert.match(problem.message, words);
      assert.doesNotMatch(problem.message, /\.part|tmp/, 'no path of the hub');
    }
    assert.deepEqual(await shelved(), []);
    assert.deepEqual(await api.call(routes.listReplays, {}), []);
  });

  test('a preview is the picture of that moment with those options, and is kept', async () => {
    const { id } = await readyPlay();
    const skin = await drop('purple.osk', madeSkin());
    const frame = async (body: object): Promise<{ jpeg: Buffer; seconds: number }> => {
      const answer = await askFrame(id, body);
      assert.equal(answer.status, 200, await answer.clone().text());
      const jpeg = Buffer.from(await answer.arrayBuffer());
      return { jpeg, seconds: Number(answer.headers.get('vidette-seconds')) };
    };
    const first = await frame({ at: 2 });
    assert.equal(first.jpeg.readUInt16BE(0), 0xffd8);
    assert.ok(Math.abs(first.seconds - 18.65) < 0.05, `${first.seconds} s`);
    assert.deepEqual(await frame({ at: 2 }), first, 'kept');
    const others = [
      await frame({ at: 4 }),
      await frame({ at: 2, options: { look: { hide: ['score', 'keys'] } } }),
      await frame({ at: 2, options: { skin: skin.skin } }),
      await frame({ at: 2, width: 720, height: 1280 }),
    ];
    const all = new Set([first, ...others].map(({ jpeg }) => jpeg.toString('base64')));
    assert.equal(all.size, 5, 'each another picture');
    // Others beside it: in a list, and all at once.
    const beside = await drop('beside.osr', madeReplay({ player: 'Somebody else' }));
    const list = await frame({ at: 2, others: beside.replays });
    const knockout = await frame({ at: 2, others: beside.replays, options: { knockout: true } });
    assert.equal(new Set([first, list, knockout].map(({ jpeg }) => jpeg.toString('base64'))).size, 3);
    assert.deepEqual(await frame({ at: 2, others: beside.replays }), list, 'kept');
    const fast = await drop('fast.osr', madeReplay({ player: 'Somebody fast', mods: 64 }));
    const refusal = await askFrame(id, { at: 2, others: fast.replays, options: { knockout: true } });
    assert.match(((await refusal.json()) as Problem).message, /fast\.osr was played at another speed/);
    const short = await frame({ at: 2, options: { look: { resultScreen: false } } });
    assert.ok(Math.abs(first.seconds - short.seconds - 5) < 0.05, 'without the panel at the end');
  });

  test('the same replay with the same options is the same job, whatever order they came in', async () => {
    const { id } = await readyPlay();
    const payload = async (request: object) => {
      const parsed = ClipRequest.parse({ sources: [id], ...request });
      const named = await given.desk.kind.find(id, null);
      assert.ok(named);
      const { plan, title } = await given.desk.kind.accept(parsed, [named]);
      assert.match(title, /Nobody – Made Up \[Everything\]/);
      const planning = await given.desk.kind.plan({ request: parsed, created_at: new Date() }, plan);
      assert.equal(planning.state, 'ready');
      return planning.state === 'ready' ? planning.payload : assert.fail();
    };
    const one = await payload({ replay: { look: { hide: ['keys', 'score'] } } });
    const same = await payload({ replay: { look: { hide: ['score', 'keys', 'keys'] }, preset: 'normal' } });
    assert.equal(one.hash, same.hash);
    for (const other of [
      {},
      { replay: { look: { hide: ['keys', 'score'], dim: 0.5 } } },
      { replay: { look: { hide: ['keys', 'score'] }, sound: { offset: 5 } } },
      { replay: { look: { hide: ['keys', 'score'] } }, ranges: [{ start: 1, length: 5 }] },
      { replay: { look: { hide: ['keys', 'score'] } }, limits: { height: 1080 } },
    ])
      assert.notEqual((await payload(other)).hash, one.hash, JSON.stringify(other));
    const params = OsuRenderParams.parse(one.params);
    assert.deepEqual([params.width, params.height, params.fps], [1280, 720, 60]);
    assert.ok(
      one.inputs.every((input) => 'key' in input && input.key.startsWith('.replays/')),
      'no URL and no path is stored',
    );
    const { replays } = await drop('second.osr', madeReplay({ player: 'Somebody else' }));
    const second = replays[0] ?? '';
    const parsed = ClipRequest.parse({ sources: [id, second], replay: { knockout: true } });
    const both = await Promise.all([id, second].map((one) => given.desk.kind.find(one, null)));
    const { plan } = await given.desk.kind.accept(
      parsed,
      both.filter((one) => one !== undefined),
    );
    const planning = await given.desk.kind.plan({ request: parsed, created_at: new Date() }, plan);
    assert.ok(planning.state === 'ready');
    const several = OsuRenderParams.parse(planning.payload.params);
    assert.deepEqual([several.others, several.knockout], [['other-1.osr'], true]);
    assert.deepEqual(
      planning.payload.inputs.map(({ name }) => name),
      ['replay.osr', 'set.osz', 'other-1.osr'],
    );
    // What cannot be is said at once, not by a clip that fails.
    const dropped = async (name: string, more: Parameters<typeof madeReplay>[0]): Promise<string> =>
      (await drop(name, madeReplay(more))).replays[0] ?? '';
    const together = async (ids: readonly string[], replay: object): Promise<unknown> => {
      const named = await Promise.all(ids.map((one) => given.desk.kind.find(one, null)));
      return given.desk.kind.accept(
        ClipRequest.parse({ sources: ids, replay }),
        named.filter((one) => one !== undefined),
      );
    };
    const [fast, drum] = [await dropped('fast.osr', { mods: MOD.DT }), await dropped('drum.osr', { mode: 1 })];
    await assert.rejects(together([id], { knockout: true }), /knock-out is of several/);
    await assert.rejects(together([id, second, fast], { knockout: true }), /fast\.osr was played at another speed/);
    await together([id, second, fast], {});
    await assert.rejects(together([id, drum], {}), /drum\.osr is a replay of another game/);
    await assert.rejects(payload({ replay: { highlight: 30 }, ranges: [{ start: 1, length: 5 }] }), /found by itself/);
    await assert.rejects(payload({ limits: { height: 80, width: 80 } }), /no size for a replay/);
    await assert.rejects(payload({ ranges: [{ start: '-5m', length: 3 }] }), /no time of day/);
    await assert.rejects(payload({ replay: { skin: id } }), /skin is not there/);
  });

  test('without its map there is no clip and no preview, and both say what is missing', async () => {
    const { replays } = await drop(STABLE_NAME, madeReplay());
    const [id = ''] = replays;
    const request = ClipRequest.parse({ sources: [id] });
    const named = await given.desk.kind.find(id, null);
    await assert.rejects(given.desk.kind.accept(request, named ? [named] : []), new RegExp(`Made Up.*${MD5}`));
    const answer = await askFrame(id, { at: 1 });
    assert.equal(((await answer.json()) as Problem).error, 'map-missing');
  });

  test('a set that was not used for long goes; what was judged stays, and the replay waits again', async () => {
    const { id } = await readyPlay();
    const db = given.hub.database.catalog.db;
    await sql`update replay_files set used_at = now() - interval '10 days' where kind = 'set'`.execute(db);
    const [key] = (await shelved()).filter((name) => name.endsWith('.osz'));
    given.inUse.add(`.replays/${key}`);
    await api.call(routes.changeReplaySettings, { body: { days: 5 } });
    assert.equal((await get(id)).state, 'ready', 'a clip is being made of it');
    given.inUse.clear();
    await api.call(routes.changeReplaySettings, { body: { days: 5 } });
    const waiting = await get(id);
    assert.deepEqual([waiting.state, waiting.map?.title, waiting.judged?.n300], ['missing', 'Made Up', 12]);
    assert.deepEqual(
      await shelved(),
      (await shelved()).filter((name) => name.endsWith('.osr')),
    );
    await drop('set.osz', madeSet());
    assert.equal((await get(id)).state, 'ready', 'at once: it was judged already');
  });

  test('a usual skin is that of clips which name none, stays, and goes back to the built-in one', async () => {
    const { id } = await readyPlay();
    const { skin = null } = await drop('purple.osk', madeSkin());
    const skinOf = async (replay: object, plan?: object): Promise<unknown> => {
      const request = ClipRequest.parse({ sources: [id], replay });
      const named = await given.desk.kind.find(id, null);
      const accepted = await given.desk.kind.accept(request, named ? [named] : []);
      const planning = await given.desk.kind.plan({ request, created_at: new Date() }, plan ?? accepted.plan);
      return planning.state === 'ready' ? OsuRenderParams.parse(planning.payload.params).skin : assert.fail();
    };
    assert.equal(await skinOf({}), null);
    await api.call(routes.changeReplaySettings, { body: { skin, days: 1 } });
    assert.equal(await skinOf({}), 'skin.osk');
    assert.equal(await skinOf({ skin: null }), null, 'the built-in one can still be asked for');
    const db = given.hub.database.catalog.db;
    await sql`update replay_files set used_at = now() - interval '10 days' where kind = 'skin'`.execute(db);
    await api.call(routes.changeReplaySettings, { body: { skin, days: 1 } });
    assert.equal((await api.call(routes.listReplaySkins, {})).length, 1, 'it stays, however old');
    await api.call(routes.deleteReplaySkin, { params: { id: skin ?? '' } });
    assert.equal(await skinOf({}), null);
    await api.call(routes.changeReplaySettings, { body: {} });
  });

  test('who brought a file may remove it; somebody else may not', async () => {
    const mine = await given.hub.person('viewer', 'mia');
    const other = await given.hub.person('viewer', 'noah');
    const answer = await fetch(given.hub.local + pathOf(routes.addReplayFile, {}, { name: 'mine.osr' }), {
      method: 'POST',
      headers: { ...mine, 'content-type': 'application/octet-stream' },
      body: madeReplay({ player: 'mia' }),
    });
    const { replays } = (await answer.json()) as ReplayAdded;
    const [id = ''] = replays;
    assert.equal((await get(id)).addedBy, 'mia');
    const remove = (who: Record<string, string>) =>
      fetch(given.hub.local + pathOf(routes.deleteReplay, { id }), { method: 'DELETE', headers: who });
    assert.equal((await remove(other)).status, 403);
    assert.equal((await remove(mine)).status, 200);
    assert.deepEqual(await shelved(), []);
    assert.equal((await post('x.osr', madeReplay(), { authorization: 'Bearer nobody' })).status, 401);
  });
});
