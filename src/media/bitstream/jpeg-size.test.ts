import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import fc from 'fast-check';
import { InputError } from '../../base/errors.ts';
import { jpegHead, quantisation } from './jpeg.ts';
import { jpegSize } from './jpeg-size.ts';

test('the size of a JPEG of ours and of others; anything else is refused and nothing is read beyond its end', async () => {
  const head = jpegHead({ width: 1280, height: 720, subsampling: '4:2:0', restart: 4, ...quantisation(60) });
  assert.deepEqual(jpegSize(Buffer.concat([head, Buffer.from([0xff, 0xd9])])), { width: 1280, height: 720 });
  const other = await createCanvas(33, 21).encode('jpeg');
  assert.deepEqual(jpegSize(other), { width: 33, height: 21 });
  fc.assert(
    fc.property(fc.nat(other.length), fc.uint8Array({ maxLength: 40 }), (cut, tail) => {
      for (const bytes of [tail, Buffer.concat([other.subarray(0, cut), tail])]) {
        try {
          const { width, height } = jpegSize(bytes);
          assert.ok(width > 0 && height > 0);
        } catch (error) {
          assert.ok(error instanceof InputError);
        }
      }
    }),
  );
});
