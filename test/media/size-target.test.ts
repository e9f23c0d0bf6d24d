/** Promise 3: a clip never exceeds its size limit, and comes within 5 % below it when the content needs the bits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSizeCase } from '../../bench/size.ts';
import { sizeCases } from '../../bench/size-cases.ts';

const quick = [...sizeCases.entries()].filter(([, one]) => one.quick);

test('six of the thirty size targets hold', async (t) => {
  assert.equal(quick.length, 6);
  assert.equal(sizeCases.length, 30);
  let hard = 0;
  for (const [index, one] of quick)
    await t.test(`${one.content} ${one.width}×${one.height}, ${one.seconds} s in ${one.megabytes} MB`, async () => {
      const got = await runSizeCase(one, index + 1);
      assert.ok(got.bytes <= got.limit, `${got.bytes} of ${got.limit} bytes`);
      assert.ok(got.ok, `${got.bytes} of ${got.limit} bytes, ${got.picture}`);
      if (got.hard) hard++;
    });
  assert.ok(hard >= 3, 'at least three of them are hard');
});
