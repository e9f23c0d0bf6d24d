import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../../base/errors.ts';
import { Timeline } from './timeline.ts';

test('a stream whose times jump, or part from each other, is refused: no file could hold them', () => {
  const line = (): Timeline => new Timeline({ num: 1, den: 1000 }, 90_000, 6000);
  assert.deepEqual(line().place(80n, 40n, 0), { pts: 7200, dts: 3600 });
  assert.throws(() => line().place(10_000_000_000_000n, 40n, 0), InputError);
  const jumping = line();
  jumping.place(0n, 0n, 0);
  assert.throws(() => jumping.place(60_000n, 60_000n, 0), InputError);
});
