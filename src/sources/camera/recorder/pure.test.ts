import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Unavailable } from '../../../base/errors.ts';
import { wallMs } from '../../../base/units.ts';
import { retryDelay, wantedPause } from './backoff.ts';
import { Rates } from './rates.ts';
import { runId } from './run-id.ts';
import { chooseStorage } from './storage.ts';

test('run ids are 16 letters and digits and sort by start', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 8e13 }),
      fc.integer({ min: 1, max: 1e9 }),
      fc.double({ min: 0, max: 0.999_999_999, noNaN: true }),
      (start, later, random) => {
        const first = runId(wallMs(start), () => random);
        assert.match(first, /^[0-9a-z]{16}$/);
        assert.ok(first < runId(wallMs(start + later), () => 0) || later === 0);
      },
    ),
  );
  assert.notEqual(runId(wallMs(1)), runId(wallMs(1)));
});

test('a stream is tried again at once after it had worked, then less and less often, but never so seldom that a gap outlasts its fault', () => {
  const middle = (): number => 0.5;
  assert.equal(retryDelay('worked', 0, middle), 0);
  const ladder = [1, 2, 3, 4, 5, 6, 100].map((failures) => retryDelay('failed', failures, middle));
  assert.deepEqual(ladder, [500, 1000, 1000, 2000, 3000, 3000, 3000]);
  assert.equal(retryDelay('refused', 1, middle), 30_000);
  fc.assert(
    fc.property(fc.nat(50), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      const delay = retryDelay('failed', failures, () => random);
      assert.ok(delay >= 400 && delay <= 3600);
    }),
  );
});

test('rates are those of the last five seconds', () => {
  const rates = new Rates();
  assert.equal(rates.current, undefined);
  for (let second = 0; second <= 20; second += 1) rates.sample(second * 1000, second * 15, second * 375_000);
  assert.deepEqual(rates.current, { fps: 15, bitrate: 3_000_000 });
  for (let second = 21; second <= 30; second += 1) rates.sample(second * 1000, 300, 7_500_000);
  assert.deepEqual(rates.current, { fps: 0, bitrate: 0 });
});

test('only a library that carries the hub’s marker is written to', () => {
  const folders = { libraryDir: '/library', spoolDir: '/own' };
  const link = { library: 'a', publish: 'link' } as const;
  assert.equal(chooseStorage(folders, 'a', link).dir, '/library');
  assert.equal(chooseStorage(folders, 'b', link).publish, 'keep');
  assert.equal(chooseStorage(folders, null, link).dir, '/own');
  assert.equal(chooseStorage({ ...folders, libraryDir: null }, null, link).dir, '/own');
  assert.equal(chooseStorage(folders, 'a', { library: 'a', publish: 'upload' }).dir, '/own');
});

test('only a camera that is full is given a pause of its own', () => {
  assert.equal(wantedPause(new Unavailable('The camera cannot be reached.', 5000)), 0);
  assert.equal(wantedPause(new Unavailable('The camera is full.', 12_000)), 12_000);
  assert.equal(wantedPause(new Unavailable('The camera is full.', 600_000)), 15_000);
  assert.equal(wantedPause(undefined), 0);
});
