import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import fc from 'fast-check';
import { isLibraryKey, libraryKey } from './names.ts';

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const at = (wallStart: number, run = '0123456789abcdef', seq = 0) =>
  libraryKey({ folder: 'front-door', track: 'main', run, seq, wallStart });

test('names are UTC: summer time begins and ends, and no name moves, comes twice or is skipped', () => {
  // Changes in New York, London and on Lord Howe Island (by half an hour), and a day that Samoa left out.
  const changes = [
    '2026-03-08T07:00Z',
    '2026-11-01T06:00Z',
    '2026-10-25T01:00Z',
    '2026-04-04T15:00Z',
    '2011-12-30T10:00Z',
  ];
  const around = changes.flatMap((change) =>
    Array.from({ length: 240 }, (_, minute) => Date.parse(change) + (minute - 120) * 60_000),
  );
  process.env.TZ = 'UTC';
  const names = around.map((wall) => at(wall));
  assert.equal(new Set(names).size, names.length);
  for (const name of ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu']) {
    process.env.TZ = name;
    assert.deepEqual(
      around.map((wall) => at(wall)),
      names,
      name,
    );
  }
});

test('property: a clock that is set back gives no name a second time, because a run has its own', () => {
  const run = fc.stringMatching(/^[0-9a-z]{16}$/);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), run, run, fc.nat(1000), (wall, one, other, seq) => {
      fc.pre(one !== other);
      assert.notEqual(at(wall, one, seq), at(wall, other, seq));
      assert.ok(isLibraryKey(at(wall, one, seq)));
    }),
  );
});
