import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytesOf, copyBytes } from './copy-bytes.ts';

test('bytes are copied as a view would be set, from any place to any other', () => {
  const most = 700;
  const plane = (offset: number, seed: number): Uint8Array =>
    new Uint8Array(new ArrayBuffer(2 * most + 8), offset, 2 * most).map((_, index) => (index * 31 + seed) & 255);
  const place = fc.integer({ min: 0, max: most });
  const offset = fc.integer({ min: 0, max: 4 });
  fc.assert(
    fc.property(place, place, place, offset, (at, begin, count, shift) => {
      const from = plane(shift, 7);
      const to = plane(0, 100);
      const expected = Uint8Array.from(to);
      expected.set(from.subarray(begin, begin + count), at);
      copyBytes(bytesOf(to), at, bytesOf(from), begin, count);
      assert.deepEqual(to, expected);
    }),
  );
});
