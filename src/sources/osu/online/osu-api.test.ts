/** osu!’s API asked rightly, and every way in which it refuses; the server is a fake one written from its documentation. */
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { busyFor, FakeOsu } from '../../../../test/osu/fake-osu.ts';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { scoreLink, scorePage } from '../../../contract/score.ts';
import { OsuApi } from './osu-api.ts';

const signal = AbortSignal.timeout(120_000);
const REPLAY = Buffer.from('bytes of a replay');

describe('osu!’s API', () => {
  let fake: FakeOsu;
  let api: OsuApi;
  let now = 0;
  let slept: number[] = [];

  beforeEach(async () => {
    fake = await FakeOsu.start();
    fake.scores.push(
      { id: 4_459_998_279, legacy: 'osu/123', replay: REPLAY, map: { set: 20, id: 30, md5: 'a'.repeat(32) } },
      { id: 5, replay: null },
    );
    now = 0;
    slept = [];
    api = client();
  });
  afterEach(() => fake[Symbol.asyncDispose]());

  const client = (secret = fake.secret): OsuApi =>
    new OsuApi({
      ...{ server: fake.url, clientId: fake.clientId, secret },
      clock: {
        now: () => now,
        sleep: async (ms) => {
          slept.push(ms);
          now += ms;
        },
      },
    });
  const link = (path: string) => scoreLink(`${fake.url}/scores/${path}`) ?? assert.fail(path);
  const refused = async (work: Promise<unknown>, code: string, words: RegExp): Promise<void> => {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof UserError, String(error));
      assert.equal(error.code, code);
      assert.match(`${error.message} ${error.remedy}`, words);
      return true;
    });
  };

  test('a score and its replay, by both kinds of links, with one token and one question a second', async () => {
    for (const path of ['4459998279', 'osu/123']) {
      const score = await api.score(link(path), signal);
      assert.deepEqual(
        [score.has_replay, score.beatmap?.beatmapset_id, score.beatmapset?.title],
        [true, 20, 'Made Up'],
      );
      assert.deepEqual(await api.replay(link(path), signal, buffer), REPLAY);
    }
    assert.deepEqual(
      fake.heard.map(({ method, path }) => `${method} ${path}`),
      [
        'POST /oauth/token',
        'GET /api/v2/scores/4459998279',
        'GET /api/v2/scores/4459998279/download',
        'GET /api/v2/scores/osu/123',
        'GET /api/v2/scores/osu/123/download',
      ],
    );
    assert.deepEqual(slept, [1000, 1000, 1000, 1000]);
    const [token, ...questions] = fake.heard;
    assert.equal(token?.headers.authorization, undefined);
    for (const { headers, body, path } of questions) {
      assert.match(headers.authorization ?? '', /^Bearer /);
      assert.ok(!`${path}${body}${JSON.stringify(headers)}`.includes(fake.secret), 'the secret goes for tokens alone');
    }
  });

  test('a token is renewed before its end, and once when it is not taken any more', async () => {
    fake.expiresIn = 3600;
    await api.score(link('5'), signal);
    now += 3600_000 - 59_000;
    await api.score(link('5'), signal);
    assert.equal(fake.count(/token/), 2);
    fake.expire();
    await api.score(link('5'), signal);
    assert.equal(fake.count(/token/), 3);
    for (let i = 0; i < 2; i++) fake.next(/scores/, (response) => response.writeHead(401).end());
    await refused(api.score(link('5'), signal), 'osu-client', /access any more.*Settings/);
  });

  test('a wrong secret is told, and never repeated', async () => {
    const wrong = client('not-the-secret');
    await refused(wrong.prove(signal), 'osu-client', /does not know this application.*account\/edit#oauth/);
    await assert.rejects(
      wrong.score(link('5'), signal),
      (error: Error) => !JSON.stringify([error, error.message]).includes('not-the-secret'),
    );
  });

  test('each refusal has its words', async () => {
    await refused(api.score(link('99'), signal), 'not-found', /score 99 is not at 127/);
    await refused(api.replay(link('5'), signal, buffer), 'not-found', /replay of the score 5/);
    const once = (status: number): void => fake.next(/scores/, (response) => response.writeHead(status).end('<html>'));
    once(403);
    await refused(api.score(link('5'), signal), 'forbidden', /F2/);
    // A server whose replays want a person’s sign-in, as osu!’s did until 2024.
    for (let i = 0; i < 2; i++)
      fake.next(/download/, (response) => response.writeHead(401).end('{"authentication":"basic"}'));
    await refused(api.replay(link('4459998279'), signal, buffer), 'forbidden', /not given to programs.*F2/);
    once(422);
    await refused(api.score(link('5'), signal), 'invalid', /Copy the link/);
    once(418);
    await refused(api.score(link('5'), signal), 'osu', /418/);
  });

  test('faults are tried again twice, patience is kept, and a long wait is told instead', async () => {
    const broken = (): void => fake.next(/scores/, (response) => response.writeHead(502).end());
    broken();
    fake.next(/scores/, (response) => response.destroy());
    assert.equal((await api.score(link('5'), signal)).id, 5);
    for (let i = 0; i < 3; i++) broken();
    await assert.rejects(
      api.score(link('5'), signal),
      (error) => error instanceof Unavailable && /fault of its own/.test(error.message),
    );
    fake.next(/scores/, busyFor(7));
    const before = now;
    assert.equal((await api.score(link('5'), signal)).id, 5);
    assert.ok(now - before >= 7000, `${now - before} ms`);
    fake.next(/scores/, busyFor(55));
    const asked = fake.heard.length;
    await assert.rejects(
      api.score(link('5'), signal),
      (error) => error instanceof Unavailable && error.retryAfterMs > 40_000,
    );
    await assert.rejects(api.score(link('5'), signal), Unavailable);
    assert.equal(fake.heard.length, asked + 1, 'nobody is asked in the meantime');
  });

  test('it is led nowhere else, and takes no endless and no foreign answer', async () => {
    await using stranger = await FakeOsu.start();
    fake.next(/scores/, (response) => response.writeHead(302, { location: `${stranger.url}/api/v2/scores/5` }).end());
    await refused(api.score(link('5'), signal), 'redirect', /does not follow/);
    fake.next(/download/, (response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    await refused(api.replay(link('5'), signal, buffer), 'redirect', /169\.254/);
    assert.equal(stranger.heard.length, 0);
    for (const body of ['<html>sign in</html>', '{"id":"5"}', 'x'.repeat(2_100_000)]) {
      fake.next(/scores/, (response) => response.writeHead(200).end(body));
      await assert.rejects(api.score(link('5'), signal), InputError);
    }
  });
});

test('links of scores, and what is none', () => {
  for (const [text, page] of [
    ['https://osu.ppy.sh/scores/4459998279', 'https://osu.ppy.sh/scores/4459998279'],
    [' osu.ppy.sh/scores/4459998279/ ', 'https://osu.ppy.sh/scores/4459998279'],
    ['https://osu.ppy.sh/scores/osu/123456', 'https://osu.ppy.sh/scores/osu/123456'],
    ['https://osu.ppy.sh/scores/taiko/1', 'https://osu.ppy.sh/scores/taiko/1'],
    ['https://osu.ppy.sh/scores/fruits/1/download', 'https://osu.ppy.sh/scores/fruits/1'],
    ['https://osu.ppy.sh/scores/mania/1?a=b#c', 'https://osu.ppy.sh/scores/mania/1'],
  ] as const) {
    const found = scoreLink(text);
    assert.equal(found && scorePage(found), page, text);
  }
  for (const text of [
    '',
    'Front door',
    '4459998279',
    'https://osu.ppy.sh/scores',
    'https://osu.ppy.sh/scores/0',
    'https://osu.ppy.sh/scores/catch/1',
    'https://osu.ppy.sh/scores/1/2',
    'https://osu.ppy.sh/scores/..%2fusers/2',
    'https://osu.ppy.sh/beatmapsets/1#osu/2',
    'https://user:word@osu.ppy.sh/scores/1',
    'ftp://osu.ppy.sh/scores/1',
    `https://osu.ppy.sh/scores/${'9'.repeat(20)}`,
  ])
    assert.equal(scoreLink(text), undefined, text);
});
