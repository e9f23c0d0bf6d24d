import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { FakeApi, refuse } from '../../../test/openpilot/api-server.ts';
import { filmsCanBeMade, whyNoFilms } from '../../../test/openpilot/film.ts';
import { STORY, writeWholeDrive } from '../../../test/openpilot/whole-drive.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import type { Client } from '../../contract/client.ts';
import { ClipRequest } from '../../contract/clip.ts';
import type { DriveDetail } from '../../contract/drive.ts';
import { routes } from '../../contract/routes.ts';
import type { JobPayload } from '../clips/payload.ts';
import { DriveDesk } from './desk.ts';

const CANARY = 'eyJhbGciOiJIUzI1NiJ9.Q0FOQVJZ.account-canary-91c4d0';
const DONGLE = 'a2a0ccea32023010';
const LOG = '0000010a--a51155e496';

describe('what the logs of drives tell', { skip: filmsCanBeMade ? false : whyNoFilms }, () => {
  let hub: TestHub;
  let desk: DriveDesk;
  let client: Client & { readonly token: string };
  let server: FakeApi;
  const folders: string[] = [];
  const fresh = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'vidette-readings-'));
    folders.push(folder);
    return folder;
  };
  let cacheDir: string;

  before(async () => {
    cacheDir = await fresh();
    const written = await fresh();
    const { segments } = await writeWholeDrive(written, { logId: LOG });
    const minutes = await Promise.all(
      segments.map(async (segment) =>
        Object.fromEntries(
          await Promise.all(
            (await readdir(segment)).map(async (name) => [name, await readFile(join(segment, name))] as const),
          ),
        ),
      ),
    );
    server = await FakeApi.start(CANARY, {
      [`${DONGLE}|${LOG}`]: { public: false, start: Date.now() - 3_600_000, minutes: { ...minutes } },
    });
    hub = await openTestHub({
      before: (app, parts) => {
        desk = new DriveDesk({
          ...parts,
          cacheDir,
          timeZone: 'UTC',
          createClip: () => Promise.reject(new Error('no clip is asked for here')),
          now: () => Date.now(),
          everyMs: { folder: 200, account: 60_000, soon: 100 },
        });
        desk.register(app.app);
      },
    });
    await desk.start();
    client = await hub.client('api');
  });
  after(async () => {
    await desk?.stop();
    await hub?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  const read = (id: string): Promise<DriveDetail> =>
    untilFound(async () => {
      const detail = await client.call(routes.getDrive, { params: { id } });
      return detail.drive.details === 'ready' || detail.drive.details === 'failed' ? detail : undefined;
    }, 60_000);
  const near = (value: number | null | undefined, wanted: number, by = 0.3): void =>
    assert.ok(value !== null && value !== undefined && Math.abs(value - wanted) <= by, `${value} is not ${wanted}`);

  /** As the world of the test tells it. */
  function isTheStory({ drive, moments, track }: DriveDetail): void {
    assert.equal(drive.car, STORY.car);
    near(Date.parse(drive.start), STORY.wallStart, 2000);
    assert.equal(drive.startKnown, true);
    near(drive.engaged, STORY.engaged.end - STORY.engaged.start, 0.6);
    near(drive.distance, STORY.speed * 120, 60);
    assert.deepEqual(drive.events, { alerts: 1, bookmarks: 2, disengaged: 1 });
    const of = (kind: string) => moments.filter((moment) => moment.kind === kind);
    near(of('engaged')[0]?.start, STORY.engaged.start);
    near(of('engaged')[0]?.end, STORY.engaged.end);
    near(of('disengaged')[0]?.start, STORY.engaged.end);
    near(of('alert')[0]?.start, STORY.alert.start);
    assert.equal(of('alert')[0]?.label, `${STORY.alert.text1}: ${STORY.alert.text2}`);
    assert.equal(of('alert')[0]?.severity, 'userPrompt');
    near(of('bookmark')[0]?.start, STORY.bookmarks[0]);
    near(of('bookmark')[1]?.start, STORY.bookmarks[1]);
    assert.ok(track.length > 60);
    near(track[0]?.[1], 52, 0.001);
  }

  test('a drive in a folder is read by itself, and its moments stand on its time line', async () => {
    const folder = await fresh();
    const { logId } = await writeWholeDrive(folder, { film: false });
    await client.call(routes.createDriveSource, { body: { name: 'Folder', from: { type: 'folder', path: folder } } });
    await untilFound(async () => ((await client.call(routes.listDrives, {})).length > 0 ? true : undefined), 20_000);
    isTheStory(await read(logId));
    const [listed] = await client.call(routes.listDrives, { query: { source: 'Folder' } });
    assert.equal(listed?.events?.bookmarks, 2);
    assert.equal(listed?.hasPicture, false, 'there is no film');
  });

  test('a hostile log costs its drive and nothing else', async () => {
    const folder = await fresh();
    await writeWholeDrive(folder, { film: false, logId: '0000ffff--aaaaaaaaaa', minutes: 1 });
    const { segments } = await writeWholeDrive(folder, { film: false, logId: '0000fffe--bbbbbbbbbb', minutes: 2 });
    await writeFile(join(segments[0] ?? '', 'qlog.zst'), Buffer.alloc(100_000, 0xff));
    for (const name of ['qlog.zst']) await writeFile(join(folder, '0000ffff--aaaaaaaaaa--0', name), 'no log');
    await client.call(routes.createDriveSource, { body: { name: 'Hostile', from: { type: 'folder', path: folder } } });
    await untilFound(
      async () =>
        (await client.call(routes.listDrives, { query: { source: 'Hostile' } })).length === 2 ? true : undefined,
      40_000,
    );
    const bad = await read('0000ffff--aaaaaaaaaa');
    assert.equal(bad.drive.details, 'failed');
    assert.match(bad.drive.problem ?? '', /no log of openpilot/);
    const half = await read('0000fffe--bbbbbbbbbb');
    assert.equal(half.drive.details, 'ready', 'the minute that can be read counts');
    near(half.moments.find((moment) => moment.kind === 'bookmark')?.start, STORY.bookmarks[1]);
  });

  test('the drives of an account are listed, and read when somebody opens one', async () => {
    const from = { type: 'account' as const, api: server.url };
    const tried = await client.call(routes.testDriveSource, { body: { from, token: CANARY } });
    assert.deepEqual(tried, { ok: true, devices: [{ dongle: DONGLE, name: 'the car' }], drives: 1 });
    const refused = await client.call(routes.testDriveSource, { body: { from, token: 'eyJx.eyJ5.other' } });
    assert.equal(refused.ok, false);
    assert.match(refused.problem?.message ?? '', /does not accept the token/);
    assert.doesNotMatch(refused.problem?.remedy ?? '', /vidette login/);

    server.forget();
    const source = await client.call(routes.createDriveSource, { body: { name: 'Account', from, token: CANARY } });
    const listed = await untilFound(async () => {
      const list = await client.call(routes.listDrives, { query: { source: source.id } });
      return list.length > 0 ? list : undefined;
    }, 20_000);
    assert.equal(listed[0]?.route, `${DONGLE}|${LOG}`);
    assert.equal(listed[0]?.filesKnown, false);
    assert.equal(server.count('api', /\/files$/), 0, 'nothing is asked for that nobody wants to see');
    assert.equal(server.count('store', /./), 0);

    const detail = await read(listed[0]?.id ?? '');
    isTheStory(detail);
    assert.deepEqual(detail.drive.minutes[1], { minute: 1, files: ['qlog', 'qcamera'] });
    const film = await client.call(routes.driveFilm, { params: { id: LOG } });
    assert.match(film.codec, /^avc1/);
    const fetched = server.count('store', /qcamera/);
    const part = await fetch(`${hub.local}/api/drives/${detail.drive.id}/video.mp4?from=2&to=5`, {
      headers: { authorization: `Bearer ${client.token}` },
    });
    assert.equal(part.status, 200);
    await part.arrayBuffer();
    assert.equal(server.count('store', /qcamera/), fetched, 'a minute is fetched once');
    assert.equal(server.count('api', /\/files$/), 1, 'one list of files is enough');
  });

  test('what a server refuses is said in words, and a drive that is known stays', async () => {
    server.next('api', /routes_segments/, (request, response) => refuse(response, 401, request), 5);
    const seen = await client.call(routes.lookForDrives, { params: { id: 'Account' } });
    assert.equal(seen.state.status, 'failed');
    assert.match(seen.state.problem ?? '', /does not accept the token/);
    assert.match(seen.state.remedy ?? '', /settings of this account/);
    assert.equal(seen.drives, 1);
    server.forget();
  });

  test('a clip of it is planned without a URL, equal requests are one job, and a worker gets the addresses of now', async () => {
    const request = ClipRequest.parse({ sources: [`${DONGLE}|${LOG}`], ranges: [{ start: '1:05', length: 10 }] });
    const named = await desk.kind.find(request.sources[0] ?? '', null);
    assert.ok(named);
    const plan = async (): Promise<JobPayload> => {
      const accepted = await desk.kind.accept(request, [named]);
      const row = { request, created_at: new Date() };
      const planning = await desk.kind.plan(row, JSON.parse(JSON.stringify(accepted.plan)));
      assert.ok(planning.state === 'ready');
      return planning.payload;
    };
    const [one, other] = [await plan(), await plan()];
    assert.equal(one.hash, other.hash);
    assert.doesNotMatch(JSON.stringify(one), /https?:|sig=/);
    const references = one.inputs.filter((input) => 'ref' in input);
    assert.deepEqual(references.map((input) => input.name).sort(), ['1-qcamera.ts', '1-qlog.zst']);
    const urls = (await desk.kind.sign?.(references)) ?? [];
    for (const { url } of urls) {
      const answer = await fetch(url);
      assert.equal(answer.status, 200, url);
      await answer.arrayBuffer();
    }
    await assert.rejects(
      desk.kind.accept({ ...request, layout: 'driver' }, [named]),
      /dcamera\.hevc .* is not uploaded for minute 1/,
    );
  });

  test('the token goes to the API alone, and into no answer, log, row or file', async () => {
    const told = JSON.stringify([
      await client.call(routes.listDriveSources, {}),
      await client.call(routes.listDrives, {}),
      await client.call(routes.getDrive, { params: { id: LOG } }),
    ]);
    assert.ok(!told.includes('account-canary'));
    assert.ok(!hub.log.some((line) => line.includes('account-canary') || line.includes('sig=signed')));
    for (const { at, headers, url } of server.heard) {
      if (at === 'api') continue;
      assert.ok(!JSON.stringify([headers, url]).includes('account-canary'), `${at} ${url}`);
    }
    for (const table of ['sources', 'drives', 'moments', 'settings'] as const) {
      const rows = await hub.database.catalog.db.selectFrom(table).selectAll().execute();
      const text = JSON.stringify(rows, (_, value: unknown) =>
        value instanceof Object && 'data' in value ? Buffer.from(value.data as number[]).toString('latin1') : value,
      );
      assert.ok(!text.includes('account-canary') && !text.includes('sig=signed'), table);
    }
    assert.deepEqual(await readdir(join(cacheDir, 'brought')), [], 'what was fetched for a moment is gone');
  });
});
