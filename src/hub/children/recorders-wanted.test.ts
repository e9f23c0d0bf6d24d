import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CAMERAS_PER_RECORDER, MOST_RECORDERS, recordersWanted } from './recorders-wanted.ts';

test('none when there is nothing to record, one per 64 cameras, or as many as were asked for', () => {
  assert.deepEqual(
    [0, 1, 64, 65, 128, 129, 640, 5000].map((cameras) => recordersWanted('auto', cameras, 0)),
    [0, 1, 1, 2, 2, 3, 10, MOST_RECORDERS],
  );
  assert.deepEqual(
    [0, 3, 99].map((setting) => recordersWanted(setting, 200, 1)),
    [0, 3, MOST_RECORDERS],
  );
});

test('the answer is stable, always enough, and small changes of the number of cameras start and end nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 0, max: 16 }), (cameras, running) => {
      const wanted = recordersWanted('auto', cameras, running);
      assert.equal(recordersWanted('auto', cameras, wanted), wanted);
      assert.ok(wanted * CAMERAS_PER_RECORDER >= Math.min(cameras, MOST_RECORDERS * CAMERAS_PER_RECORDER));
      for (const fewer of [1, 5, 10])
        if (cameras > fewer && wanted > running) assert.equal(recordersWanted('auto', cameras - fewer, wanted), wanted);
    }),
  );
});
