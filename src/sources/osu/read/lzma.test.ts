import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packLzma } from '../../../../test/osu/lzma-writer.ts';
import { unpackLzma } from './lzma.ts';

/** “abcabc…” (60 bytes) as XZ Utils 5.4 writes it with --format=lzma: a match, and the mark of the end instead of a length. */
const BY_XZ = Buffer.from('5d00008000ffffffffffffffff00309888ab44231d1efffffdac1000', 'hex');

test('what is packed comes out again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      const { bytes: back, whole } = unpackLzma(packLzma(bytes), 'x', 4000);
      assert.deepEqual(Buffer.from(back), Buffer.from(bytes));
      assert.ok(whole);
    }),
    { numRuns: 50 },
  );
});

test('no more is made than is allowed, whatever the head claims', () => {
  const packed = packLzma(Buffer.from('0|1|2|3,'.repeat(100)));
  assert.throws(
    () => unpackLzma(packed, 'a.osr', 100, 50),
    /^InputError: a\.osr at byte 55: LZMA stream: would make 800 bytes; 100 are the most/,
  );
  const endless = packLzma(Buffer.alloc(5000), -1);
  assert.throws(() => unpackLzma(endless, 'a.osr', 1000), /makes more than 1000 bytes/);
});

test('a stream that is cut gives what was there, and says so', () => {
  const text = Buffer.from('16|256|192|5,'.repeat(200));
  const packed = packLzma(text);
  const { bytes, whole } = unpackLzma(packed.subarray(0, packed.length / 2), 'x', 10_000);
  assert.equal(whole, false);
  assert.ok(bytes.length > text.length / 3 && bytes.length < text.length);
  assert.ok(text.subarray(0, bytes.length - 10).equals(Buffer.from(bytes.subarray(0, bytes.length - 10))));
});

test('a stream that ends by its mark', () => {
  const { bytes, whole } = unpackLzma(BY_XZ, 'x', 1000);
  assert.equal(Buffer.from(bytes).toString(), 'abc'.repeat(20));
  assert.ok(whole);
});

test('what is no LZMA is refused with its place', () => {
  assert.throws(
    () => unpackLzma(Buffer.alloc(3), 'a.osr', 10, 7),
    /a\.osr at byte 7: LZMA stream: 3 bytes are too few/,
  );
  assert.throws(() => unpackLzma(Buffer.alloc(40, 0xff), 'a.osr', 10), /no such properties/);
});
