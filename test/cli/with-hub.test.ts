/** Commands that talk to the hub of this machine, in one life of a data folder: clip, cancel, doctor, index. */
import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { pathOf } from '../../src/contract/client.ts';
import type { Gaps } from '../../src/contract/outage.ts';
import { routes } from '../../src/contract/routes.ts';
import { Stats } from '../../src/contract/stats.ts';
import { readBars } from '../../src/media/barcode.ts';
import { inspectFile } from '../../src/media/probe.ts';
import { pixelsOf } from '../media/jpeg.ts';
import { FakeOsu, md5 } from '../osu/fake-osu.ts';
import { madeReplay, madeSet } from '../osu/made-files.ts';
import { MAP_TEXT } from '../osu/scene/generated-play.ts';
import { type System, startVidette, untilFound } from '../system/vidette.ts';
import { type Ran, vidette } from './run.ts';

let cwd = '';
let system: System;
const run = (...args: string[]): Promise<Ran> => vidette(args, { cwd, env: { VIDETTE_DATA: system.data } });
const Checks = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), state: z.string(), says: z.string() })),
});

before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'vidette-cli-'));
  system = await startVidette({ args: [], env: { VIDETTE_SEGMENT_SECONDS: '3' } });
  const api = await system.api();
  await untilFound(async () => {
    const [camera] = await api.call(routes.listCameras, {});
    return camera?.footage.from && Date.parse(camera.footage.from) < Date.now() - 8000 ? camera : undefined;
  }, 60_000);
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await rm(cwd, { recursive: true, force: true });
});

test('doctor: everything is well, and it says so for programs too', async () => {
  const { code, out } = await run('doctor', '--json');
  const { ok, checks } = Checks.parse(JSON.parse(out));
  assert.deepEqual(
    checks.filter(({ state }) => state === 'bad'),
    [],
  );
  assert.equal(ok, true);
  assert.equal(code, 0);
  for (const name of ['hub', 'database', 'recorder', 'worker', 'cameras', 'codecs'])
    assert.ok(
      checks.some((line) => line.name === name && line.state === 'ok'),
      `${name}: ${out}`,
    );
});

test('the newest picture: by the API with its age, one after the other over a socket, and kept in a file', async () => {
  const [street] = await (await system.api()).call(routes.listCameras, {});
  assert.ok(street);
  const authorization = `Bearer ${await system.token()}`;
  const get = (
    query: Record<string, unknown>,
    headers: Record<string, string> = { authorization },
  ): Promise<Response> => fetch(system.url + pathOf(routes.latest, { id: street.name }, query), { headers });
  const timeIn = async (jpeg: Uint8Array): Promise<number> => Number(readBars(await pixelsOf(jpeg), 'time') ?? 0n);

  const full = await get({});
  const jpeg = new Uint8Array(await full.arrayBuffer());
  assert.equal(full.status, 200, Buffer.from(jpeg).toString().slice(0, 200));
  assert.equal(full.headers.get('content-type'), 'image/jpeg');
  assert.equal(full.headers.get('cache-control'), 'no-store');
  const said = Date.parse(full.headers.get('x-vidette-frame-time') ?? '');
  const drawn = await timeIn(jpeg);
  // The key frames of the street are a second apart.
  assert.ok(
    Math.abs(said - drawn) < 1000 && Date.now() - drawn < 5000,
    `${said - drawn} ms, ${Date.now() - drawn} ms old`,
  );
  assert.equal(Math.floor(said / 1000), Date.parse(full.headers.get('last-modified') ?? '') / 1000);
  assert.ok(Number(full.headers.get('age')) <= 3);
  const again = await get({ age: 60 }, { authorization, 'if-none-match': full.headers.get('etag') ?? '' });
  assert.ok(again.status === 304 || again.headers.get('etag') !== full.headers.get('etag'));
  const small = await pixelsOf(new Uint8Array(await (await get({ width: 320, quality: 40, age: 0.5 })).arrayBuffer()));
  assert.deepEqual([small.width, small.height], [320, 180]);
  assert.equal((await get({ quality: 0 })).status, 400);
  assert.equal((await get({}, {})).status, 401);
  const asked = Date.now();
  const next = await get({ age: 0 });
  assert.equal(next.status, 200);
  assert.ok(
    Date.parse(next.headers.get('x-vidette-frame-time') ?? '') >= asked,
    'a picture that came after it was asked for',
  );

  const path = pathOf(routes.live, { id: street.id, track: 'main' }, { as: 'pictures', width: 600 });
  const socket = new WebSocket(system.url.replace('http', 'ws') + path, { headers: { authorization } });
  const got: (string | Buffer)[] = [];
  socket.on('message', (data: Buffer, isBinary) => got.push(isBinary ? data : data.toString()));
  await untilFound(() => (got.length > 6 ? got : undefined), 30_000);
  socket.terminate();
  assert.equal(got[0], '{"type":"pictures"}');
  const times: number[] = [];
  for (const picture of got) if (typeof picture !== 'string') times.push(await timeIn(picture));
  assert.ok(
    times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)),
    times.join(' '),
  );

  const kept = await run('frame', 'demo street', 'street.jpg', '--once', '--width', '200');
  assert.equal(kept.code, 0, kept.err);
  assert.equal((await pixelsOf(await readFile(join(cwd, 'street.jpg')))).width, 200);
  for (const name of ['street.jpg', 'street.jpg.json']) await rm(join(cwd, name));
  assert.match((await run('frame', 'Back door', 'x.jpg', '--once')).err, /camera called “Back door”/);
  await rm(join(cwd, 'x.jpg.json'), { force: true });
});

test('moment, protect, archive: set, listed, removed; what is wrong is said', async () => {
  const added = await run('moment', 'add', 'demo street', '--from', '-5s', '--to', 'now', '--label', 'the parcel');
  assert.match(added.out, /^Marked \S+ to \S+ \(([0-9a-f-]{36})\)\.\n$/, added.err);
  const listed = await run('moment', 'list', 'demo street', '--kind', 'bookmark');
  const [line] = listed.out.split('\n').filter((one) => one.includes('the parcel'));
  const [id = ''] = line?.split(' ') ?? [];
  assert.equal((await run('moment', 'remove', 'demo street', id)).code, 0);
  assert.equal((await run('moment', 'list', 'demo street')).out, 'Nothing is marked in this range.\n');

  const kept = await run(
    'protect',
    'add',
    'demo street',
    '--from',
    '-10s',
    '--to',
    'now',
    '--note',
    'insurance',
    '--json',
  );
  const range = z.object({ id: z.uuid(), note: z.literal('insurance') }).parse(JSON.parse(kept.out));
  assert.match((await run('protect', 'list', 'demo street')).out, /insurance/);
  assert.equal((await run('protect', 'remove', 'demo street', range.id)).code, 0);
  assert.match((await run('protect', 'list', 'demo street')).out, /Nothing of this camera is protected/);
  assert.match((await run('protect', 'add', 'nowhere', '--from', '-1m', '--to', 'now')).err, /no such camera/);
  assert.match(
    (await run('protect', 'add', 'demo street', '--from', 'soon', '--to', 'now')).err,
    /start: a time such as/,
  );

  const cold = await mkdtemp(join(tmpdir(), 'vidette-cold-'));
  try {
    assert.match((await run('archive')).out, /^Library .* kept.*\nArchive {4}none\n/);
    const set = await run('archive', 'set', cold, '--rate', '12.5');
    assert.match(set.out, /at most 12\.5 MB a second/, set.err);
    assert.ok((await run('archive', 'show')).out.includes(cold));
    assert.match((await run('archive', 'set', 'not/absolute')).err, /folder/);
    assert.equal((await run('archive', 'remove')).out, 'There is no archive any more.\n');
  } finally {
    await rm(cold, { recursive: true, force: true });
  }
});

test('camera: tried, added, changed, switched, listed, removed; a missing one is said', async () => {
  const password = { VIDETTE_CAMERA_PASSWORD: 'cli-w0rd', VIDETTE_CAMERA_USER: 'viewer' };
  const camera = (env: Record<string, string>, ...args: string[]): Promise<Ran> =>
    vidette(['camera', ...args], { cwd, env: { VIDETTE_DATA: system.data, ...env } });
  const tried = await camera({}, 'test', 'Demo street', '--json', '--picture', 'street.jpg');
  assert.equal(tried.code, 0, tried.err);
  assert.equal(z.object({ ok: z.boolean() }).parse(JSON.parse(tried.out)).ok, true);
  assert.ok((await stat(join(cwd, 'street.jpg'))).size > 5000);
  await rm(join(cwd, 'street.jpg'));
  assert.equal((await camera({}, 'test', 'rtsp://127.0.0.1:9/none')).code, 1);
  const added = await camera(
    password,
    'add',
    'Gate',
    'rtsp://127.0.0.1:9/main',
    '--sub',
    'rtsp://127.0.0.1:9/sub',
    '--days',
    '3',
  );
  assert.equal(added.code, 0, added.err);
  assert.equal((await camera({}, 'change', 'gate', '--bytes', '5000000000', '--transport', 'udp')).code, 0);
  assert.equal((await camera({}, 'change', 'gate', '--sound', 'none', '--archive-after', '7')).code, 0);
  for (const [option, value] of [
    ['--transport', 'pigeon'],
    ['--latest', 'sometimes'],
    ['--record-sub', 'maybe'],
    ['--url', 'x'],
  ] as const) {
    const refused = await camera({}, 'change', 'Gate', option, value);
    assert.equal(refused.code, 2, refused.err);
    assert.doesNotMatch(refused.err, /fault in Vidette/);
  }
  assert.equal((await camera({}, 'disable', 'Gate')).code, 0);
  const shown = await camera({}, 'show', 'Gate');
  const gate = z
    .object({
      subUrl: z.string(),
      transport: z.string(),
      enabled: z.boolean(),
      hasPassword: z.boolean(),
      retention: z.unknown(),
    })
    .parse(JSON.parse(shown.out));
  assert.deepEqual(gate, {
    subUrl: 'rtsp://127.0.0.1:9/sub',
    transport: 'udp',
    enabled: false,
    hasPassword: true,
    retention: { days: 3, bytes: 5e9, momentDays: null, archiveAfterDays: 7 },
  });
  assert.ok(!shown.out.includes('cli-w0rd'));
  assert.match((await camera({}, 'list')).out, /^Demo street .*\nGate +disabled/m);
  assert.equal((await camera({}, 'remove', 'Gate')).code, 0);
  assert.equal((await camera({}, 'show', 'Gate')).code, 1);
});

test('clip of a camera: made by the hub, downloaded whole; a like name is suggested', async () => {
  const { code, out, err } = await run(
    ...['clip', 'demo street', '-s', '-6s', '-l', '3', '-m', '1', '--title', 'Test', '-o', 'a.mp4', '--json'],
  );
  assert.equal(code, 0, err);
  const made = z.object({ bytes: z.number(), duration: z.number() }).parse(JSON.parse(out));
  assert.ok(Math.abs(made.duration - 3) < 0.1);
  assert.equal((await stat(join(cwd, 'a.mp4'))).size, made.bytes);
  assert.equal((await inspectFile(join(cwd, 'a.mp4'))).title, 'Test');
  assert.deepEqual(await readdir(cwd), ['a.mp4']);

  const wrong = await run('clip', 'Demo stret', '-s', '-6s', '-l', '3');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /Did you mean “Demo street”/);
});

test('export of a camera: an ordinary MP4 with every picture of the range', async () => {
  const { code, out, err } = await run(
    'export',
    'demo street',
    // What is younger than a fragment and a heartbeat is not known to the hub yet.
    '--from',
    '-7s',
    '--to',
    '-3s',
    '-o',
    'b.mp4',
    '--json',
  );
  assert.equal(code, 0, err);
  const { files } = z
    .object({ files: z.array(z.object({ file: z.string(), bytes: z.number(), frames: z.number() })) })
    .parse(JSON.parse(out));
  assert.equal(files.length, 1);
  assert.ok(Math.abs((files[0]?.frames ?? 0) - 60) <= 2, out);
  assert.equal((await stat(join(cwd, 'b.mp4'))).size, files[0]?.bytes);
  const read = await inspectFile(join(cwd, 'b.mp4'));
  assert.ok(Math.abs((read.duration ?? 0) - 4) < 0.2, `${read.duration}`);
  await rm(join(cwd, 'b.mp4'));
});

test('clip of a camera: Ctrl-C cancels it at the hub', async () => {
  const { code, err } = await vidette(['clip', 'Demo street', '-s', 'now', '-l', '600', '-o', 'never.mp4'], {
    cwd,
    env: { VIDETTE_DATA: system.data },
    onWords: (words, kill) => words.includes('Waiting until') && kill('SIGINT'),
  });
  assert.equal(code, 1, err);
  const [newest] = await (await system.api()).call(routes.listClips, {});
  assert.equal(newest?.state, 'cancelled');
  assert.deepEqual(await readdir(cwd), ['a.mp4']);
});

test('a camera that is disabled and enabled has a gap that says so; stats say that all is well', async () => {
  const api = await system.api();
  const params = { id: 'Demo street' };
  const from = new Date().toISOString();
  const since = async (): Promise<Gaps> =>
    await api.call(routes.gaps, { params, query: { from, to: new Date().toISOString() } });
  await api.call(routes.changeCamera, { params, body: { enabled: false } });
  // Long enough for the recorder to hear of it: enabled again before that, it goes on without a gap.
  const off = ({ gaps }: Gaps): boolean =>
    gaps.some(({ cause, start, end }) => cause === 'disabled' && Date.parse(end) - Date.parse(start) > 3000);
  await untilFound(async () => off(await since()) || undefined, 30_000);
  await api.call(routes.changeCamera, { params, body: { enabled: true } });
  const over = await untilFound(async () => {
    const { gaps, to } = await since();
    return Date.parse(to) > Date.parse(gaps.at(-1)?.end ?? to) + 1000 ? gaps : undefined;
  }, 60_000);
  // Until its recorder has it again, and the first picture is there, it is not disabled any more.
  assert.deepEqual(
    over.filter(({ cause }) => cause !== 'disabled' && cause !== 'no-recorder'),
    [],
  );
  const { code, out } = await run('stats', '--json');
  assert.equal(code, 0);
  const stats = Stats.parse(JSON.parse(out));
  assert.deepEqual([stats.cameras.enabled, stats.cameras.alerting, stats.orphaned.cameras], [1, 0, 0]);
  assert.match((await run('stats')).out, /^Health {5}everything works$/m);
});

test('clip of a score of osu!: a hub that may ask osu! brings the replay, takes the set along, and makes the video', async () => {
  await using osu = await FakeOsu.start();
  osu.scores.push({ id: 77, replay: madeReplay(), map: { set: 20, id: 30, md5: md5(MAP_TEXT) } });
  const link = `${osu.url}/scores/77`;
  const closed = await run('clip', link);
  assert.match(closed.err, /This hub cannot ask osu! for scores/);
  const body = { clientId: osu.clientId, secret: osu.secret, server: osu.url };
  await (await system.api()).call(routes.setScoreAccess, { body });
  const waits = await run('clip', link);
  assert.equal(waits.code, 1);
  assert.match(waits.err, /The map of this replay is not here: Nobody – Made Up.*beatmapsets\/20/s);
  await writeFile(join(cwd, 'set.osz'), madeSet());
  const size = ['--size', '256x144', '--fps', '30', '--preset', 'draft', '-s', '1', '-l', '2'];
  const made = await run('clip', link, '--beatmap', 'set.osz', '-o', 'score.mp4', ...size);
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /score\.mp4 \(.*2\.0 s, 256×144\)/);
  assert.equal(osu.count(/download/), 1, 'it is asked once');
  const strange = await run('clip', link, 'other.osr', '--knockout');
  assert.match(strange.err, /other\.osr is no link of a score/);
  assert.match((await run('clip', 'https://osu.ppy.sh/users/2')).err, /users\/2 is no link of a score/);
});

test('index: refused while the hub runs; afterwards it makes a lost catalog again and finds a damaged file', async () => {
  const refused = await run('index');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /Stop it/);

  await system.stop();
  const stopped = Checks.parse(JSON.parse((await run('doctor', '--json')).out));
  assert.ok(stopped.checks.some((line) => line.name === 'hub' && line.state === 'warn'));
  const library = join(system.data, 'library');
  const files = (await readdir(library, { recursive: true })).filter((name) => /^demo[^/]*\/main\/.*\.mp4$/.test(name));
  assert.ok(files.length > 1);
  await rm(join(system.data, 'postgres'), { recursive: true });

  const Counts = z.object({ added: z.number(), sources: z.number(), unknown: z.number() });
  const rebuilt = await run('index', '--json');
  assert.equal(rebuilt.code, 0, rebuilt.err);
  assert.deepEqual(Counts.parse(JSON.parse(rebuilt.out)), { added: files.length, sources: 1, unknown: 0 });

  await using file = await open(join(library, files[0] ?? ''), 'r+');
  await file.write(Buffer.from([0]), 0, 1, Math.floor((await file.stat()).size / 2));
  await file.write(Buffer.from([255]), 0, 1, Math.floor((await file.stat()).size / 2) + 1);
  const verified = await run('index', '--verify', '--json');
  assert.equal(verified.code, 1);
  const { damaged } = z
    .object({ verified: z.object({ damaged: z.array(z.object({ key: z.string() })) }) })
    .parse(JSON.parse(verified.out)).verified;
  assert.deepEqual(
    damaged.map(({ key }) => key),
    [files[0]],
  );
});
