import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHub } from '../../../test/hub/server.ts';
import { ClipRequest } from '../../contract/clip.ts';
import { parseRoute } from '../../sources/openpilot/names/parse-route.ts';
import { rangesOf } from './drive-kind.ts';
import { FileDoor } from './file-door.ts';

const START = Date.parse('2026-11-20T08:00:00Z');
const DRIVE = { start_at: START, start_known: true, duration_ms: 300_000, minutes: [] };
const ranges = (given: object[], drive = DRIVE, name?: string) =>
  rangesOf(
    ClipRequest.parse({ sources: ['x'], ranges: given }),
    drive,
    name === undefined ? undefined : parseRoute(name),
  );

test('a position is a number of seconds, a time from the start, or a time of day', () => {
  assert.deepEqual(
    ranges([
      { start: 90, length: 30 },
      { start: '1:30', end: '2:00.5' },
      { start: '0:02:00', length: 10 },
      { start: '2026-11-20T08:03:20Z', length: 10 },
    ]),
    [
      { start: 90, end: 120 },
      { start: 90, end: 120.5 },
      { start: 120, end: 130 },
      { start: 200, end: 210 },
    ],
  );
});

test('an address names its seconds or minutes itself', () => {
  const route = 'a2a0ccea32023010/2023-07-27--13-01-19';
  assert.deepEqual(ranges([], DRIVE, `https://connect.comma.ai/${route}/90/105`), [{ start: 90, end: 105 }]);
  assert.deepEqual(ranges([], DRIVE, `${route.replace('/', '|')}--2`), [{ start: 120, end: 180 }]);
  const times = `https://connect.comma.ai/a2a0ccea32023010/${START + 5000}/${START + 9000}`;
  assert.deepEqual(ranges([], DRIVE, times), [{ start: 5, end: 9 }]);
  assert.deepEqual(ranges([{ start: 1, length: 2 }], DRIVE, times), [{ start: 1, end: 3 }], 'ranges win');
  assert.throws(() => ranges([], DRIVE, route.replace('/', '|')), /which part of the drive/);
  assert.throws(() => ranges([]), /which part of the drive/);
});

test('a time of day needs a drive whose beginning is known; relative ones mean nothing', () => {
  const guessed = { ...DRIVE, start_known: false };
  assert.throws(() => ranges([{ start: '2026-11-20T08:03:20Z', length: 10 }], guessed), /not known for certain/);
  assert.throws(() => ranges([{ start: '-5m', length: 10 }]), /cannot be read for a drive/);
  assert.throws(() => ranges([{ start: '2026-11-20T07:00:00Z', length: 10 }]), /begins before the drive/);
});

test('a signed address opens its one file until it expires, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-door-'));
  await writeFile(join(folder, 'a'), '0123456789');
  let now = 1_000_000;
  const door = new FileDoor({
    key: randomBytes(32),
    now: () => now,
    place: async () => join(folder, 'a'),
  });
  const hub = await openTestHub({ before: (server) => door.register(server.app) });
  try {
    const path = door.sign('b4b0c8b0-0000-4000-8000-000000000001', 3, 'qlog');
    const ask = (where: string, headers: Record<string, string> = {}) => fetch(`${hub.local}${where}`, { headers });
    assert.equal(await (await ask(path)).text(), '0123456789');
    const part = await ask(path, { range: 'bytes=4-5' });
    assert.deepEqual([part.status, await part.text()], [206, '45']);
    for (const wrong of [
      path.replace('/3/', '/4/'),
      path.replace('qlog', 'rlog'),
      path.replace(/sig=.{6}/, 'sig=AAAAAA'),
      path.replace(/&sig=.*/, ''),
      path.replace(/expires=\d+/, 'expires=99999999999999'),
    ])
      assert.equal((await ask(wrong)).status, 403, wrong);
    now += 13 * 3_600_000;
    assert.equal((await ask(path)).status, 403, 'expired');
  } finally {
    await hub[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});
