/** The car's page: who comes in, what is shown, and what is refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { monotonicMs, wallMs } from '../../src/base/units.ts';
import { Door } from '../../src/sources/dashcam/car-page/door.ts';
import { fromOwnPage, hostIsOurs } from '../../src/sources/dashcam/car-page/hosts.ts';
import { Tries } from '../../src/sources/dashcam/car-page/tries.ts';
import { clipName, EVENT, makeFootage, RECENT } from './car.ts';
import { makeSpool, type OpenPage, openPage } from './spool.ts';

const PASSWORD = 'a long enough word';
const footage = makeFootage({ minutes: 3 });
const picture = Buffer.from('89504e470d0a1a0a', 'hex');
let folder = '';
let root = '';
let page: OpenPage;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-page-'));
  root = await makeSpool(folder, new Map([...footage.files, [`${EVENT}/thumb.png`, picture]]));
  page = await openPage(folder, root);
});
after(async () => {
  await page[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  readonly cookie?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}
async function ask(path: string, { cookie, body, headers = {}, method }: Asked = {}): Promise<Response> {
  return fetch(`${page.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', origin: page.url }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** `fetch` sets Host by itself. */
function statusWithHost(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(page.url);
    request({ port, path: '/api/door', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

let cookie = '';
test('without a password nothing is shown; the code sets it once', async () => {
  assert.deepEqual(await (await ask('/api/door')).json(), { phase: 'new' });
  for (const path of ['/api/status', '/api/events', '/api/days', `/api/files/${'0'.repeat(64)}`])
    assert.equal((await ask(path)).status, 401, path);
  assert.equal((await ask('/api/switch', { body: { name: 'drive', on: false } })).status, 401);

  const { code, codeFile } = page.door;
  assert.match(code ?? '', /^[a-z2-9]{5}-[a-z2-9]{5}$/);
  assert.equal((await readFile(codeFile, 'utf8')).trim(), code);
  assert.equal((await stat(codeFile)).mode & 0o777, 0o600);
  const wrong = await ask('/api/door/begin', { body: { code: 'aaaaa-aaaaa', password: PASSWORD } });
  assert.deepEqual([wrong.status, cookieOf(wrong)], [401, '']);
  assert.equal((await ask('/api/door/begin', { body: { code, password: 'short' } })).status, 400);
  const set = await ask('/api/door/begin', {
    body: { code: code?.toUpperCase().replace('-', ' '), password: PASSWORD },
  });
  assert.equal(set.status, 200);
  assert.match(set.headers.getSetCookie()[0] ?? '', /HttpOnly; SameSite=Strict$/);
  cookie = cookieOf(set);
  await assert.rejects(stat(codeFile), { code: 'ENOENT' });
  assert.equal((await ask('/api/door/begin', { body: { code, password: PASSWORD } })).status, 409);

  const kept = await readFile(join(folder, 'state', 'door.json'), 'utf8');
  assert.ok(!kept.includes(PASSWORD) && !kept.includes(cookie.split('=')[1] ?? '-'), 'only hashes are kept');
  assert.equal((await stat(join(folder, 'state', 'door.json'))).mode & 0o777, 0o600);
});

test('a session and a password outlive a restart; leaving ends one session only', async () => {
  const again = Door.open(join(folder, 'state'), systemClock);
  assert.equal(again.code, undefined);
  assert.equal(again.phase(cookie.split('=')[1]), 'open');
  assert.equal(again.phase('x'.repeat(43)), 'closed');
  const other = await ask('/api/door/enter', { body: { password: PASSWORD } });
  assert.equal(other.status, 200);
  assert.equal((await ask('/api/door/leave', { cookie: cookieOf(other), body: {} })).status, 200);
  assert.equal((await ask('/api/status', { cookie: cookieOf(other) })).status, 401);
  assert.equal((await ask('/api/status', { cookie })).status, 200);
});

test('events, minutes and files of the spool', async () => {
  const { events } = (await (await ask('/api/events', { cookie })).json()) as { events: Record<string, unknown>[] };
  assert.equal(events.length, 1);
  assert.deepEqual(
    [events[0]?.id, events[0]?.what, events[0]?.place, events[0]?.clips, events[0]?.picture],
    ['sentry/2026-03-01_17-02-44', 'sentry', 'Springfield', 6, sha256(picture)],
  );
  assert.equal(events[0]?.time, Date.parse('2026-03-02T01:02:40Z'));
  const detail = (await (await ask(`/api/events/${events[0]?.id}`, { cookie })).json()) as {
    minutes: { start: number; clips: { id: string; track: string }[] }[];
    others: { name: string }[];
  };
  assert.deepEqual(
    detail.minutes.map(({ clips }) => clips.map(({ track }) => track)),
    [['back', 'front', 'left_pillar', 'left_repeater', 'right_pillar', 'right_repeater']],
    'what the event has lost is filled from RecentClips',
  );
  assert.deepEqual(detail.others.map(({ name }) => name).sort(), ['event.json', 'thumb.png']);
  assert.deepEqual(await (await ask('/api/days', { cookie })).json(), {
    days: [
      {
        day: '2026-03-02',
        clips: 18,
        bytes: [...footage.clips].reduce(
          (sum, [path, { bytes }]) => sum + (path.includes(RECENT) ? bytes.length : 0),
          0,
        ),
      },
    ],
  });
  const day = (await (await ask('/api/days/2026-03-02', { cookie })).json()) as {
    minutes: { start: number; clips: unknown[] }[];
  };
  assert.deepEqual(
    day.minutes.map(({ start, clips }) => [new Date(start).toISOString().slice(11, 19), clips.length]),
    [
      ['01:00:05', 6],
      ['01:01:05', 6],
      ['01:02:05', 6],
    ],
  );
});

test('a clip is played by ranges and saved under its own name', async () => {
  const bytes = footage.files.get(`${RECENT}/${clipName(1, 'front')}`) ?? Buffer.alloc(0);
  const path = `/api/files/${sha256(bytes)}`;
  const whole = await ask(path, { cookie });
  assert.deepEqual(
    [whole.status, whole.headers.get('content-type'), whole.headers.get('accept-ranges')],
    [200, 'video/mp4', 'bytes'],
  );
  assert.ok(Buffer.from(await whole.arrayBuffer()).equals(bytes));
  const tail = await ask(path, { cookie, headers: { range: 'bytes=-100' } });
  assert.deepEqual(
    [tail.status, tail.headers.get('content-range')],
    [206, `bytes ${bytes.length - 100}-${bytes.length - 1}/${bytes.length}`],
  );
  assert.ok(Buffer.from(await tail.arrayBuffer()).equals(bytes.subarray(-100)));
  assert.equal((await ask(path, { cookie, headers: { range: `bytes=${bytes.length}-` } })).status, 416);
  const saved = await ask(`${path}?download=true`, { cookie });
  assert.equal(saved.headers.get('content-disposition'), `attachment; filename="${clipName(1, 'front')}"`);
  await saved.arrayBuffer();
  assert.equal((await ask(`/api/files/${'0'.repeat(64)}`, { cookie })).status, 404);
  const json = await ask(`/api/files/${sha256(footage.files.get(`${EVENT}/event.json`) ?? Buffer.alloc(0))}`, {
    cookie,
  });
  assert.equal(
    json.headers.get('content-type'),
    'application/octet-stream',
    'a stranger’s file is never shown as a page',
  );
  await json.arrayBuffer();
});

test('other pages, other names and other requests are refused', async () => {
  const body = { name: 'push', on: false };
  for (const headers of [{ origin: 'http://evil.test' }, { origin: 'null' }, { origin: 'http://127.0.0.1:1' }])
    assert.equal((await ask('/api/switch', { cookie, body, headers })).status, 403, headers.origin);
  const told = (await (await ask('/api/switch', { cookie, body })).json()) as { switches: unknown };
  assert.deepEqual(told.switches, { drive: true, harvest: true, push: false });
  assert.equal((await ask('/api/switch', { cookie, body: { name: 'constructor', on: true } })).status, 400);
  assert.equal((await ask('/api/switch', { cookie, body: { x: 'x'.repeat(5000) } })).status, 413);
  for (const path of [
    '/../../etc/passwd',
    '/api/files/..%2f..%2fetc',
    '/page/index.html',
    '/__proto__',
    '/api/events/sentry/..',
  ])
    assert.equal((await ask(path, { cookie })).status, 404, path);
  assert.equal(await statusWithHost('evil.test'), 421);
  assert.equal(await statusWithHost('vidette.local:8041'), 200);
  assert.equal(await statusWithHost('[::1]:8041'), 200);
  const { headers } = await ask('/');
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self';/);
  assert.equal(headers.get('x-frame-options'), 'DENY');
});

test('which names and pages are ours', () => {
  const names = new Set(['carpi']);
  for (const host of ['192.0.2.7:8041', 'localhost', 'carpi', 'CarPi:80', 'carpi.local.', '[fe80::1]:8041'])
    assert.ok(hostIsOurs(host, names), host);
  for (const host of [undefined, '', 'evil.test', 'carpi.evil.test', 'a b', 'evil.test#.local', '[::1', 'local'])
    assert.ok(!hostIsOurs(host, names), String(host));
  assert.ok(fromOwnPage({ origin: 'http://carpi', host: 'carpi:80', fetchSite: undefined }));
  assert.ok(fromOwnPage({ origin: 'https://car.example.org', host: 'car.example.org', fetchSite: undefined }));
  assert.ok(!fromOwnPage({ origin: undefined, host: 'carpi', fetchSite: undefined }));
  assert.ok(!fromOwnPage({ origin: 'http://evil.test', host: 'carpi', fetchSite: 'cross-site' }));
});

test('tries are counted for each address and for all, in bounded memory', () => {
  let now = 0;
  const clock = { wall: () => wallMs(now), monotonic: () => monotonicMs(now) };
  const tries = new Tries(clock, { each: 2, all: 5, windowMs: 1000 });
  assert.deepEqual([tries.take('a'), tries.take('a')], [0, 0]);
  assert.equal(tries.take('a'), 1000);
  assert.deepEqual([tries.take('b'), tries.take('c'), tries.take('d')], [0, 0, 0]);
  now = 400;
  assert.equal(tries.take('e'), 600, 'all together have had their share');
  now = 1000;
  assert.equal(tries.take('a'), 0);
});

test('guessing is slow: after ten tries an address waits', async () => {
  const closed = Door.open(join(folder, 'state'), systemClock);
  for (let at = 0; at < 10; at += 1) await assert.rejects(closed.enter('x'.repeat(300), 'here'), /wrong/);
  await assert.rejects(closed.enter(PASSWORD, 'here'), { code: 'too-many' });
  assert.match(await closed.enter(PASSWORD, 'elsewhere'), /^[\w-]{43}$/);
});

test('a changed password ends every other session; a damaged file lets nobody in', async () => {
  const door = Door.open(join(folder, 'state'), systemClock);
  const first = await door.enter(PASSWORD, 'a');
  const second = await door.enter(PASSWORD, 'a');
  await assert.rejects(door.change('not it', 'another long word', 'a'), { code: 'unauthorized' });
  const third = await door.change(PASSWORD, 'another long word', 'a');
  assert.deepEqual(
    [first, second, third].map((word) => door.phase(word)),
    ['closed', 'closed', 'open'],
  );
  await writeFile(join(folder, 'state', 'door.json'), '{"version":1,"pass');
  assert.throws(() => Door.open(join(folder, 'state'), systemClock), /damaged/);
});
