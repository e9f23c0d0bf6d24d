import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../../base/errors.ts';
import { parseRoute } from '../../names/parse-route.ts';
import { apiServer, chooseServer, mayFetch, originsOf, outsideOf } from './server.ts';
import { FileLists } from './shapes.ts';
import { goodUntil, signedFiles } from './signed-files.ts';
import { ApiToken } from './token.ts';

const ROUTE = 'a2a0ccea32023010/0000010a--a51155e496';

test('a server is a known name or an address of an API', () => {
  assert.equal(apiServer('comma').base, 'https://api.comma.ai');
  assert.equal(apiServer(' Konik ').base, 'https://api.konik.ai');
  const own = apiServer('http://192.0.2.7:8080/comma/');
  assert.deepEqual(
    [own.base, own.origin, own.provider],
    ['http://192.0.2.7:8080/comma', 'http://192.0.2.7:8080', null],
  );
  assert.equal(apiServer('https://api.commadotai.com').provider?.name, 'comma');
  assert.deepEqual(
    originsOf(apiServer('https://api.commadotai.com')),
    originsOf(apiServer('comma')),
    'one token for both',
  );
  for (const bad of [
    '',
    'example.org',
    'ftp://example.org',
    'https://joe:hunter2@example.org',
    'https://example.org/?sig=hunter2',
  ])
    assert.throws(
      () => apiServer(bad),
      (error: unknown) => error instanceof UserError && !/hunter2/.test(error.message + error.remedy),
    );
});

test('the address that was pasted tells the server, a setting wins, and an unknown page is not guessed about', () => {
  const named = (address: string) => parseRoute(`${address}/${ROUTE}`).server;
  assert.equal(chooseServer(undefined, null).host, 'api.comma.ai');
  assert.equal(chooseServer('', named('https://stable.konik.ai')).host, 'api.konik.ai');
  assert.equal(chooseServer('asius', named('https://stable.konik.ai')).host, 'api.asius.ai');
  assert.throws(
    () => chooseServer(undefined, named('https://evil.example.org')),
    /evil\.example\.org is not a server that Vidette knows/,
  );
});

test('an API of the internet cannot send us into the network at home, nor from https to http', () => {
  const may = (server: string, url: string) => mayFetch(apiServer(server), new URL(url));
  assert.ok(may('comma', 'https://store.example.org/x'));
  for (const url of [
    'http://store.example.org/x',
    'https://127.0.0.1/x',
    'https://localhost/x',
    'https://[::1]/x',
    'https://[fd00::1]/x',
    'https://10.1.2.3/x',
    'https://172.20.0.1/x',
    'https://192.168.1.1/admin',
    'https://169.254.169.254/latest/meta-data',
    'https://0x7f000001/x',
    'https://a:b@store.example.org/x',
    'file:///etc/passwd',
  ])
    assert.ok(!may('comma', url), url);
  assert.ok(may('http://192.168.1.5:8080', 'http://192.168.1.6/x'), 'a server at home may have its store at home');
  assert.ok(may('http://nas.example.org', 'http://nas.example.org:9000/x'));
});

test('names that an API of the internet tells are looked up; only a server at home may lead home', () => {
  const of = (server: string, url: string) => outsideOf(apiServer(server), new URL(url));
  assert.deepEqual(of('comma', 'https://store.example.org/x'), { unless: null });
  assert.deepEqual(of('https://api.example.org', 'https://store.example.org/x'), { unless: 'api.example.org' });
  assert.equal(of('comma', 'https://api.comma.ai/x'), undefined);
  assert.equal(of('http://192.168.1.5:8080', 'http://nas/x'), undefined);
});

test('signed URLs of every store are told apart by minute and kind; others are left out', () => {
  const lists = FileLists.parse({
    logs: [
      `https://store.example.org/box/${ROUTE}/0/rlog.zst?sig=a`,
      `https://api.asius.ai/connectdata/${ROUTE}/12/rlog.zst?sig=a`,
      `https://store.example.org/realdata/${ROUTE.slice(17)}--3/rlog.bz2?sig=a`,
      `https://store.example.org/opaque/4/9f8e7d6c?sig=a`,
      'https://store.example.org/rlog.zst',
      'http://127.0.0.1/box/1/rlog.zst',
      'not an address',
      7,
    ],
    cameras: ['https://store.example.org/a2a0ccea32023010%7C0000010a--a51155e496/5/fcamera.hevc'],
    qcameras: null,
    brandNew: ['x'],
  });
  assert.deepEqual(
    signedFiles(lists, apiServer('comma')).map(({ segment, kind, name }) => [segment, kind, name]),
    [
      [0, 'rlog', 'rlog.zst'],
      [12, 'rlog', 'rlog.zst'],
      [3, 'rlog', 'rlog.bz2'],
      [4, 'rlog', 'rlog.zst'],
      [5, 'fcamera', 'fcamera.hevc'],
    ],
  );
});

test('a list is good until well before the first of its URLs ends', () => {
  const now = Date.UTC(2026, 0, 1);
  const until = (query: string) => {
    const lists = FileLists.parse({ logs: [`https://store.example.org/box/${ROUTE}/0/rlog.zst?${query}`] });
    return (goodUntil(signedFiles(lists, apiServer('comma')), now) - now) / 60_000;
  };
  const seconds = now / 1000;
  const claims = Buffer.from(JSON.stringify({ exp: seconds + 600 })).toString('base64url');
  assert.equal(until('sig=x'), 45);
  assert.equal(until('se=2026-01-01T00%3A30%3A00Z&sig=x'), 15);
  assert.equal(until('X-Amz-Date=20260101T000000Z&X-Amz-Expires=900'), 7.5);
  assert.equal(until(`Expires=${seconds + 300}`), 2.5);
  assert.equal(until(`sig=h.${claims}.s`), 5);
  assert.equal(until('se=2027-01-01T00%3A30%3A00Z'), 45);
  assert.equal(until('se=nonsense'), 45);
});

test('a token is read as people paste it, and one that has ended is not sent', () => {
  const now = Date.UTC(2026, 0, 1);
  const word = (exp: number) => `eyJh.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.c2ln`;
  const good = word(now / 1000 + 60);
  for (const text of [good, ` JWT ${good}\n`, `Authorization: JWT ${good}`])
    assert.equal(ApiToken.read(text, 'here', now).authorization(), `JWT ${good}`);
  assert.equal(ApiToken.read(good, 'here', now).ends?.getTime(), now + 60_000);
  assert.equal(ApiToken.read('opaque-word', 'here', now).ends, null);
  assert.throws(
    () => ApiToken.read(word(now / 1000 - 86_400), 'VIDETTE_COMMA_TOKEN', now),
    /token of VIDETTE_COMMA_TOKEN ended on 2025-12-31/,
  );
  for (const bad of ['', '  ', 'two words', 'a\u0000b', 'x'.repeat(9000), '<html>'])
    assert.throws(
      () => ApiToken.read(bad, 'here', now),
      (error: unknown) => error instanceof UserError && !(bad.length > 2 && error.message.includes(bad)),
    );
});
