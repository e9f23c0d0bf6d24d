/**
 * Bar 5 of drives: what a driver reads when the API or its store refuses, is slow or cuts; transfers go on where they were cut; and the
 * token is found nowhere but in requests to the API's own origin.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { InputError, Unavailable, UserError } from '../../src/base/errors.ts';
import { openApiDrive } from '../../src/sources/openpilot/files/api/api-drive.ts';
import { ApiClient, type ClientOptions } from '../../src/sources/openpilot/files/api/client.ts';
import { apiServer } from '../../src/sources/openpilot/files/api/server.ts';
import { SignedLists } from '../../src/sources/openpilot/files/api/signed-lists.ts';
import { ApiToken } from '../../src/sources/openpilot/files/api/token.ts';
import { FileCache } from '../../src/sources/openpilot/files/cache/file-cache.ts';
import type { FilesNeed } from '../../src/sources/openpilot/files/need.ts';
import { parseRoute } from '../../src/sources/openpilot/names/parse-route.ts';
import { FakeApi, type Heard, refuse, SHARE } from './api-server.ts';

const DONGLE = 'a2a0ccea32023010';
const OPEN = `${DONGLE}|0000010a--a51155e496`;
const CLOSED = `${DONGLE}|2023-07-27--13-01-19`;
const START = 1690488081496;
const CANARY = `eyJhbGciOiJIUzI1NiJ9.${randomBytes(24).toString('base64url')}.${randomBytes(24).toString('base64url')}`;
const WAITS = { answer: 1500, idle: 1500 };

const FILES = {
  'rlog.zst': randomBytes(200_000),
  'qlog.zst': randomBytes(50_000),
  'fcamera.hevc': randomBytes(3_000_000),
  'qcamera.ts': randomBytes(100_000),
};
const SMALL = { 'qlog.zst': FILES['qlog.zst'], 'qcamera.ts': FILES['qcamera.ts'] };
const NEED: FilesNeed = {
  ranges: [{ start: 62, end: 70 }],
  cameras: ['road'],
  log: 'drawn',
  preroll: 3,
  sound: true,
  quality: 'best',
};

let api: FakeApi;
let folder = '';
/** Everything that was said in any test. */
const said: string[] = [];
/** Every request of the tests before. */
const heard: Heard[] = [];

beforeEach(async () => {
  api = await FakeApi.start(CANARY, {
    [OPEN]: { public: true, start: START - 3_600_000, minutes: { 0: FILES, 1: FILES, 2: SMALL } },
    [CLOSED]: {
      public: false,
      start: START,
      minutes: { 0: SMALL, 1: SMALL, 2: {}, 3: { 'qlog.zst': FILES['qlog.zst'] } },
    },
  });
});
/** A server for each test: a request that was under way when one ended is none of the next. */
afterEach(async () => {
  heard.push(...api.heard);
  await api[Symbol.asyncDispose]();
});
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-api-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const token = (word = CANARY): ApiToken => ApiToken.read(word, 'the test', Date.now());
const client = (options: Partial<ClientOptions> = {}): ApiClient =>
  new ApiClient({
    server: apiServer(api.url),
    token: token(),
    share: null,
    waits: WAITS,
    retryPause: 10,
    onWait: (words) => said.push(words),
    ...options,
  });
let caches = 0;
const newCache = (most = 1e9): FileCache => new FileCache(join(folder, `cache-${caches++}`), most);
const drive = (
  name: string,
  {
    cache = newCache(),
    lists = new SignedLists(),
    ...options
  }: { cache?: FileCache; lists?: SignedLists; client?: ApiClient; signal?: AbortSignal; parallel?: number } = {},
) => openApiDrive(parseRoute(name), { client: client(), cache, lists, waits: WAITS, retryPause: 10, ...options });

/** What a person reads: the message and what to do. */
async function words(
  task: Promise<unknown>,
  kind: typeof UserError | typeof InputError | typeof Unavailable,
): Promise<string> {
  try {
    await task;
  } catch (error) {
    assert.ok(error instanceof kind, `${error}`);
    const text = error instanceof UserError ? `${error.message} ${error.remedy}` : error.message;
    said.push(text, inspect(error, { depth: 5 }), error.stack ?? '');
    assert.doesNotMatch(text, /sig=|signed-|undefined|fetch failed/);
    return text;
  }
  assert.fail('it went well');
}
/** Whole bytes of a brought drive. */
async function same(path: string | undefined, body: Buffer): Promise<void> {
  assert.ok((await readFile(path ?? '')).equals(body), `${path} is what was sent`);
}
/** What was received when a connection breaks and not yet read is lost with it, and comes again: a few pieces of 64 kB. */
const SLACK = 300_000;
function assertSent(bytes: number): void {
  const sent = api.sent.get('fcamera.hevc') ?? 0;
  assert.ok(sent >= bytes && sent < bytes + SLACK, `${sent} bytes were sent where ${bytes} were needed`);
}
const digest = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

describe('what a driver reads when the API refuses', () => {
  test('401 without a token: make it public, or log in', async () => {
    const text = await words(client({ token: null }).route(CLOSED), UserError);
    assert.match(
      text,
      /127\.0\.0\.1:\d+ wants to know who asks for the drive a2a0.*“Public access”.*vidette login comma --server http/,
    );
  });
  test('401 with a token: it is not accepted, get a new one', async () => {
    assert.match(
      await words(client({ token: token('eyJ.wrong.token') }).me(), UserError),
      /does not accept the token; it may have ended .* vidette login comma/,
    );
  });
  test('403: private, of another account, or a share link that has ended', async () => {
    api.next('api', /route/, (request, response) => refuse(response, 403, request), 2);
    assert.match(
      await words(client({ token: null }).route(CLOSED), UserError),
      /^The drive a2a0\S+ is private\. .*paste a share link/,
    );
    assert.match(
      await words(client().route(CLOSED), UserError),
      /Your account at \S+ may not see the drive .*Ask its owner/,
    );
    const old = client({ token: null, share: { exp: '1', sig: 'old' } });
    assert.match(
      await words(old.route(CLOSED), UserError),
      /share link of the drive \S+ is not valid any more.*Copy a new link/,
    );
  });
  test('404: not known here; another server may know it', async () => {
    assert.match(
      await words(client().route(`${DONGLE}|2020-01-01--00-00-00`), UserError),
      /does not know the drive \S+\. .*--server konik/,
    );
  });
  test('a share link opens a drive without a token', async () => {
    const found = await client({ token: null, share: SHARE }).route(CLOSED);
    assert.equal(found.logId, '2023-07-27--13-01-19');
  });
  test('429: it waits as long as it is asked, and says so', async () => {
    api.next('api', /files/, (request, response) => refuse(response, 429, request, { 'retry-after': '1' }));
    said.length = 0;
    const lists = await client({ patience: 5000 }).files(OPEN);
    assert.equal(lists.logs.length, 2);
    assert.match(said.join(), /asks for 1 s of patience/);
  });
  test('429 for longer than there is patience: when to try again', async () => {
    api.next('api', /files/, (request, response) => refuse(response, 429, request, { 'retry-after': '40' }));
    const task = client({ patience: 5000 }).files(OPEN);
    assert.match(await words(task, Unavailable), /only some questions a minute and asks for 40 s/);
    await task.catch((error: Unavailable) => assert.equal(error.retryAfterMs, 40_000));
    const date = new Date(Date.now() + 30_000).toUTCString();
    api.next('api', /files/, (request, response) => refuse(response, 429, request, { 'retry-after': date }));
    assert.match(await words(client().files(OPEN), Unavailable), /asks for (2[89]|30) s/);
  });
  test('five lists a minute are enough: a list is asked for once while it is good', async () => {
    const lists = new SignedLists();
    const cache = newCache();
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async () => {
        await using one = await drive(OPEN, { lists, cache });
        await one.plan(NEED);
      }),
    );
    assert.equal(api.count('api', /files/), 1);
  });
  test('a fault of the server, a closed connection: tried again', async () => {
    api.next('api', /route/, (request, response) => refuse(response, 502, request));
    api.next('api', /route/, (_, response) => response.destroy());
    api.next('api', /route/, (_, response) => {
      response.writeHead(200, { 'content-length': 500 }).write('{"full', () => response.destroy());
    });
    assert.equal((await client().route(OPEN)).dongle, DONGLE);
    assert.equal(api.count('api', /route/), 4);
  });
  test('nothing but faults: said at last, without endless tries', async () => {
    api.next('api', /route/, (request, response) => refuse(response, 500, request), 99);
    assert.match(await words(client().route(OPEN), Unavailable), /has a fault of its own \(500\)\. Tried 4 times/);
  });
  test('slow: a server that says nothing is left', async () => {
    api.next('api', /route/, () => undefined, 99);
    assert.match(
      await words(client({ waits: { answer: 100, idle: 100 } }).route(OPEN), Unavailable),
      /sent nothing for 0 s/,
    );
    api.forget();
    api.next('api', /route/, (_, response) => response.writeHead(200).write('{'), 99);
    assert.match(await words(client({ waits: { answer: 500, idle: 100 } }).route(OPEN), Unavailable), /sent nothing/);
  });
  test('no server there', async () => {
    assert.match(
      await words(client({ server: apiServer('http://127.0.0.1:9') }).me(), Unavailable),
      /127\.0\.0\.1:9 (does not answer|cannot be reached)/,
    );
  });
  test('an answer without an end is not read to its end', async () => {
    api.next('api', /route/, (_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
      };
      response.on('drain', more);
      more();
    });
    assert.match(await words(client().route(OPEN), InputError), /longer than 1 MB/);
  });
  test('a page instead of JSON, and JSON of another form', async () => {
    api.next('api', /route/, (_, response) => response.writeHead(200).end('<html>Sign in</html>'));
    assert.match(await words(client().route(OPEN), InputError), /is not JSON\. Does --server name the API/);
    for (const body of ['[]', '{}', '{"fullname":7}', '{"fullname":"../../etc"}', 'null']) {
      api.next('api', /route/, (_, response) => response.writeHead(200).end(body));
      assert.match(await words(client().route(OPEN), InputError), /another form/);
    }
  });
  test('a redirect within the API is followed, one to another host is not, and no token goes there', async () => {
    api.next('api', /me/, (_, response) => response.writeHead(308, { location: '/v1/me' }).end());
    assert.equal((await client().me()).email, 'driver@example.org');
    api.next('api', /me/, (_, response) => response.writeHead(302, { location: `${api.stranger}/v1/me?sig=x` }).end());
    const text = await words(client().me(), UserError);
    assert.match(text, /sends its callers to 127\.0\.0\.1:\d+ .*The token is for \S+ alone, so this is not followed/);
    assert.ok(text.includes(`--server ${api.stranger}.`));
    assert.equal(api.count('stranger', /./), 0);
    api.next('api', /me/, (_, response) => response.writeHead(302, { location: '/v1/me' }).end(), 99);
    assert.match(await words(client().me(), InputError), /in a circle/);
  });
});

describe('what the API tells', () => {
  test('devices, drives, events, the track', async () => {
    const one = client();
    assert.deepEqual(await one.devices(), [
      { dongle: DONGLE, name: 'the car', type: 'tizi', owned: true, lastSeen: 1790000000000 },
    ]);
    const [route] = await one.routes(DONGLE, { start: START - 1, end: START + 1 });
    assert.ok(route);
    assert.equal(route.start, START);
    assert.equal(route.minutes, 4);
    assert.equal(route.miles, null, 'a field of another type costs only that field');
    assert.deepEqual(
      (await one.events(route, 1)).map(({ type, at }) => [type, at]),
      [
        ['engage', 61.5],
        ['user_flag', 62.5],
      ],
    );
    assert.deepEqual(await one.coords(route, 0), [{ at: 1, lat: 50.5, lng: 7.25, speed: 12 }]);
    assert.equal(await one.sprite(route, 0), null);
  });
  test('a server without routes_segments is asked for routes, and those of the span are given', async () => {
    api.next('api', /routes_segments/, (request, response) => refuse(response, 404, request), 9);
    const names = async (start: number, end: number) =>
      (await client().routes(DONGLE, { start, end })).map(({ logId }) => logId);
    assert.deepEqual(await names(START + 1000, START + 2000), ['2023-07-27--13-01-19'], 'it was under way');
    assert.deepEqual(await names(START - 3_599_000, START - 3_598_000), ['0000010a--a51155e496']);
    assert.deepEqual(await names(START - 9000, START - 5000), []);
    api.next('api', /routes/, (request, response) => refuse(response, 404, request), 9);
    assert.match(await words(client().routes(DONGLE, {}), UserError), /does not know the drives of a2a0/);
  });
  test('an old address: the drive that was under way then', async () => {
    await using found = await drive(`https://connect.comma.ai/${DONGLE}/${START + 90_000}/${START + 105_500}`);
    assert.equal(found.logId, '2023-07-27--13-01-19');
    assert.deepEqual(found.asked, { start: 90, end: 105.5 });
    const task = drive(`https://connect.comma.ai/${DONGLE}/${START + 9_000_000}/${START + 9_005_000}`);
    assert.match(await words(task, UserError), /knows no drive of a2a0ccea32023010 at 2023-07-27T22:31:21/);
  });
  test('a log id alone is looked for among one’s own devices', async () => {
    await using found = await drive('2023-07-27--13-01-19');
    assert.equal(found.dongle, DONGLE);
    assert.match(await words(drive('2020-07-27--13-01-19'), UserError), /None of your devices/);
  });
  test('what is not uploaded is named, and what would still work', async () => {
    await using found = await drive(CLOSED);
    const at = (start: number): Promise<unknown> => found.plan({ ...NEED, ranges: [{ start, end: start + 5 }] });
    assert.match(
      await words(at(185), UserError),
      /Neither fcamera\.hevc .* nor qcamera\.ts .* is uploaded for minute 3 \(3:00 to 4:00\)\. .*would work for minutes 0 and 1.*“Files”/,
    );
    assert.match(
      await words(at(130), UserError),
      /Neither rlog\.zst \(full log\) nor qlog\.zst \(reduced log\) is uploaded for minute 2/,
    );
    assert.match(await words(at(300), UserError), /Minute 5 .* ends at 4:00/);
  });
});

describe('files arrive', () => {
  test('only those that are needed, each once, and the next time none', async () => {
    const cache = newCache();
    for (const round of [1, 2]) {
      await using one = await drive(`${OPEN}/62/70`, { cache });
      assert.deepEqual(one.asked, { start: 62, end: 70 });
      const plan = await one.plan(NEED);
      const told: number[] = [];
      const brought = await one.bring(plan, { onProgress: ({ bytes }) => told.push(bytes) });
      assert.deepEqual(
        brought.map(({ segment, shown, files }) => [segment, shown, Object.keys(files).sort()]),
        [
          [0, false, ['rlog']],
          [1, true, ['fcamera', 'qcamera', 'rlog']],
        ],
      );
      await same(brought[1]?.files.fcamera, FILES['fcamera.hevc']);
      await same(brought[0]?.files.rlog, FILES['rlog.zst']);
      assert.match(brought[1]?.files.fcamera ?? '', /fcamera\.hevc$/);
      assert.equal(told.at(-1), round === 1 ? 3_000_000 + 400_000 + 100_000 : 0);
    }
    assert.equal(api.count('store', /box/), 4);
    assert.equal(api.count('store', /qlog/), 0);
  });

  test('a cut transfer goes on where it was cut', async () => {
    for (const cut of [1_000_000, 700_000, 1])
      api.next('store', /1\/fcamera/, (request, response) =>
        api.sendFile(FILES['fcamera.hevc'], request, response, cut),
      );
    await using one = await drive(OPEN);
    const [, minute] = await one.bring(await one.plan(NEED));
    await same(minute?.files.fcamera, FILES['fcamera.hevc']);
    assertSent(3_000_000);
    const ranges = api.heard.filter(({ url }) => /1\/fcamera/.test(url)).map(({ headers }) => headers.range);
    const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
    assert.equal(ranges[0], undefined);
    assert.equal(starts.length, 3);
    for (const [index, start] of starts.entries()) {
      const most = [1_000_000, 1_700_000, 1_700_001][index] ?? 0;
      assert.ok(start <= most && start > most - SLACK, `${starts}`);
    }
  });

  test('a run that was stopped is gone on with by the next one', async () => {
    const cache = newCache();
    const stop = new AbortController();
    api.next('store', /1\/fcamera/, (request, response) => {
      api.sendFile(FILES['fcamera.hevc'].subarray(0, 2_000_000), request, response, 1_500_000);
      response.destroy = () => response;
      setTimeout(() => stop.abort(), 400);
    });
    {
      await using one = await drive(OPEN, { cache, signal: stop.signal });
      const plan = await one.plan(NEED);
      await assert.rejects(one.bring(plan, { signal: stop.signal }), { name: 'AbortError' });
    }
    // The first one said that the file has 2,000,000 bytes: what it sent is of another file.
    api.sent.clear();
    await using again = await drive(OPEN, { cache });
    const [, minute] = await again.bring(await again.plan(NEED));
    await same(minute?.files.fcamera, FILES['fcamera.hevc']);
    assert.equal(api.sent.get('fcamera.hevc'), 3_000_000, 'another file is fetched whole');

    const next = newCache();
    api.next('store', /1\/fcamera/, (request, response) =>
      api.sendFile(FILES['fcamera.hevc'], request, response, 1_200_000),
    );
    api.next('store', /1\/fcamera/, (_, response) => response.writeHead(500).end(), 99);
    await using third = await drive(OPEN, { cache: next });
    const text = await words(third.bring(await third.plan(NEED)), Unavailable);
    assert.match(
      text,
      /fcamera\.hevc of minute 1 did not arrive: 127\.0\.0\.1:\d+ answered 500\. 1\.2 of 3\.0 MB are here and are kept/,
    );
    api.forget();
    const [, last] = await third.bring(await third.plan(NEED));
    await same(last?.files.fcamera, FILES['fcamera.hevc']);
    assertSent(1_800_000);
  });

  test('a URL that has ended: a fresh list once, for all files together', async () => {
    await using one = await drive(OPEN);
    const plan = await one.plan(NEED);
    api.expire();
    const [, minute] = await one.bring(plan);
    await same(minute?.files.fcamera, FILES['fcamera.hevc']);
    assert.equal(api.count('api', /files/), 2);
  });

  test('a URL that ends while a file is on its way: it goes on with a fresh one', async () => {
    await using one = await drive(OPEN);
    const plan = await one.plan(NEED);
    api.next('store', /1\/fcamera/, (request, response) => {
      api.sendFile(FILES['fcamera.hevc'], request, response, 500_000);
      api.expire();
    });
    const [, minute] = await one.bring(plan);
    await same(minute?.files.fcamera, FILES['fcamera.hevc']);
    assertSent(3_000_000);
  });

  test('a store that accepts no URL at all: asked for a fresh list once, and then said', async () => {
    api.next('store', /box/, (_, response) => response.writeHead(403).end(), 99);
    await using one = await drive(OPEN);
    assert.match(
      await words(one.bring(await one.plan(NEED)), Unavailable),
      /does not accept even a fresh link to \S+ of minute \d\. .*clock/,
    );
    assert.ok(api.count('api', /files/) <= 2);
  });

  test('a file that is listed and gone', async () => {
    api.next('store', /fcamera/, (_, response) => response.writeHead(404).end());
    await using one = await drive(OPEN);
    assert.match(
      await words(one.bring(await one.plan(NEED)), UserError),
      /fcamera\.hevc of minute 1 is listed, but \S+ does not have it any more/,
    );
  });

  test('a store that asks for patience, and one that sends elsewhere, without any credential', async () => {
    api.next('store', /fcamera/, (_, response) =>
      response.writeHead(302, { location: `${api.stranger}/fcamera.hevc?sig=x` }).end(),
    );
    api.next('stranger', /fcamera/, (request, response) => api.sendFile(FILES['fcamera.hevc'], request, response));
    const cache = newCache();
    await using one = await drive(OPEN, { cache });
    const [, minute] = await one.bring(await one.plan(NEED));
    await same(minute?.files.fcamera, FILES['fcamera.hevc']);
    assert.equal(api.count('stranger', /./), 1);
    api.next('store', /qlog/, (_, response) => response.writeHead(503, { 'retry-after': '9' }).end());
    const low = await one.plan({ ...NEED, quality: 'low' });
    assert.match(
      await words(one.bring(low), Unavailable),
      /asks for 9 s of patience before it sends qlog\.zst of minute/,
    );
  });

  test('a store that is silent in the middle', async () => {
    api.next(
      'store',
      /fcamera/,
      (_, response) => response.writeHead(200, { 'content-length': 3_000_000 }).write('x'),
      99,
    );
    await using one = await drive(OPEN);
    assert.match(
      await words(one.bring(await one.plan(NEED)), Unavailable),
      /fcamera\.hevc of minute 1 did not arrive: 127\.0\.0\.1:\d+ sent nothing for/,
    );
  });

  test('more than any such file has, told or not', async () => {
    api.next('store', /qlog/, (_, response) => response.writeHead(200, { 'content-length': 5_000_000_000 }).write('x'));
    await using one = await drive(OPEN);
    const low = await one.plan({ ...NEED, ranges: [{ start: 70, end: 80 }], quality: 'low' });
    assert.match(
      await words(one.bring(low), InputError),
      /qlog\.zst of minute 1 is said to have 5000 MB, more than any such file/,
    );
  });
});

describe('the cache', () => {
  const sizes = async (at: string): Promise<number> => {
    let sum = 0;
    for (const name of await readdir(at, { recursive: true })) {
      const found = await stat(join(at, name));
      if (found.isFile()) sum += found.size;
    }
    return sum;
  };

  test('is bounded: the least lately used go first, and what is in use stays', async () => {
    const cache = newCache(4_000_000);
    const old = await cache.take({ parts: ['old'], name: 'old.bin' }, async (part, room) => {
      await room(2_000_000);
      await writeFile(part, randomBytes(2_000_000));
    });
    const long = new Date(Date.now() - 3_600_000);
    await utimes(old, long, long);
    await using one = await drive(OPEN, { cache });
    await one.bring(await one.plan(NEED));
    await assert.rejects(stat(old), { code: 'ENOENT' });
    assert.ok((await sizes(cache.folder)) <= 4_000_000);
    const text = await words(one.bring(await one.plan({ ...NEED, ranges: [{ start: 10, end: 20 }] })), UserError);
    assert.match(text, /needs 0\.01 GB.*--files low.*VIDETTE_CACHE_BYTES/);
  });

  test('what is here already stays while the rest of a clip takes its time', async () => {
    const cache = newCache(4_000_000);
    const junk = await cache.take({ parts: ['junk'], name: 'junk.bin' }, (part) =>
      writeFile(part, randomBytes(2_000_000)),
    );
    const hours = (count: number): Date => new Date(Date.now() - count * 3_600_000);
    await utimes(junk, hours(1), hours(1));
    await using one = await drive(OPEN, { cache, parallel: 1 });
    let aged = Promise.resolve();
    api.next('store', /fcamera/, (request, response) => {
      // Whatever came before the long file is older than everything else by now.
      aged = readdir(cache.folder, { recursive: true }).then(async (names) => {
        for (const name of names.filter((each) => each.endsWith('rlog.zst')))
          await utimes(join(cache.folder, name), hours(2), hours(2));
        api.sendFile(FILES['fcamera.hevc'], request, response);
      });
    });
    const minutes = await one.bring(await one.plan(NEED));
    await aged;
    await same(minutes[0]?.files.rlog, FILES['rlog.zst']);
    await same(minutes[1]?.files.rlog, FILES['rlog.zst']);
    await assert.rejects(stat(junk), { code: 'ENOENT' });
  });

  test('two caches on one folder fetch a file once', async () => {
    const cache = newCache();
    const both = [cache, new FileCache(cache.folder, 1e9)];
    api.next(
      'store',
      /fcamera/,
      (request, response) => void setTimeout(() => api.sendFile(FILES['fcamera.hevc'], request, response), 300),
    );
    const paths = await Promise.all(
      [...both, ...both].map(async (shared) => {
        await using one = await drive(OPEN, { cache: shared });
        const [, minute] = await one.bring(await one.plan(NEED));
        return minute?.files.fcamera;
      }),
    );
    assert.equal(new Set(paths).size, 1);
    assert.equal(api.sent.get('fcamera.hevc'), 3_000_000);
    await same(paths[0], FILES['fcamera.hevc']);
  });

  test('holds no unfinished file under a finished name, and nobody else may read it', async () => {
    const cache = newCache();
    await using one = await drive(OPEN, { cache });
    await one.bring(await one.plan(NEED));
    const wanted = new Set(Object.values(FILES).map(digest));
    for (const name of await readdir(cache.folder, { recursive: true })) {
      const path = join(cache.folder, name);
      const found = await stat(path);
      assert.equal(found.mode & 0o077, 0, `${name} is private`);
      if (found.isFile()) assert.ok(wanted.has(digest(await readFile(path))), name);
    }
  });
});

test('the token was sent to the API’s origin, and is nowhere else', async () => {
  await using one = await drive(`${CLOSED}?exp=${SHARE.exp}&sig=${SHARE.sig}`);
  await one.bring(await one.plan({ ...NEED, quality: 'low' }));
  const route = await client().route(OPEN);
  await client().events(route, 0);
  assert.ok(
    api.heard.some(({ at, headers }) => at === 'api' && headers.authorization === `JWT ${CANARY}`),
    'it is found where it belongs',
  );
  assert.ok(heard.length > 50 && heard.some(({ at }) => at === 'stranger'));
  for (const { at, url, headers } of [...heard, ...api.heard]) {
    assert.ok(!url.includes(CANARY), 'no token in an address');
    if (at === 'api') assert.ok(!JSON.stringify({ ...headers, authorization: '' }).includes(CANARY));
    else assert.equal(headers.authorization, undefined);
  }
  for (const word of [CANARY, ...CANARY.split('.').slice(1)]) {
    for (const text of said) assert.ok(!text.includes(word), text);
    for (const name of await readdir(folder, { recursive: true })) {
      assert.ok(!name.includes(word));
      const path = join(folder, name);
      if ((await stat(path)).isFile()) assert.ok(!(await readFile(path)).includes(word), name);
    }
    for (const value of [token(), client(), one]) {
      assert.ok(!inspect(value, { depth: 9, showHidden: true }).includes(word));
      assert.ok(!JSON.stringify(value).includes(word));
      assert.ok(!String(value).includes(word));
    }
  }
});
