import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Throttle } from './throttle.ts';

test('whatever is taken and however long each piece took: never faster than agreed, but for one second ahead and one piece', () => {
  const piece = fc.record({ bytes: fc.integer({ min: 1, max: 500_000 }), took: fc.nat(300) });
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 1e9 }), fc.array(piece, { maxLength: 60 }), (rate, pieces) => {
      const throttle = new Throttle(rate, 0);
      let now = 0;
      let sent = 0;
      for (const { bytes, took } of pieces) {
        now += took;
        now += throttle.take(bytes, now);
        sent += bytes;
        assert.ok(sent <= (rate / 1000) * now + rate + 1);
      }
    }),
  );
});
