import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InSight } from './in-sight.ts';

test('the same as looking at all of them', () => {
  const spans = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 60 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(spans, fc.integer({ min: -60, max: 120 }), (list, now) => {
      const from = Float64Array.from(list, ([start]) => start);
      const until = Float64Array.from(list, ([start, length]) => start + length);
      const expected = list.flatMap(([start, length], index) => (start <= now && now < start + length ? index : []));
      assert.deepEqual(new InSight(from, until).at(now), expected);
    }),
  );
});
