import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonicMs, wallMs } from '../../../base/units.ts';
import { StepWatch } from './step-watch.ts';

function clock() {
  const state = { wall: 1_795_284_300_000, monotonic: 5000 };
  const watch = new StepWatch({ wall: () => wallMs(state.wall), monotonic: () => monotonicMs(state.monotonic) });
  const pass = (ms: number, byMs = 0): number | undefined => {
    state.monotonic += ms;
    state.wall += ms + byMs;
    return watch.check();
  };
  return pass;
}

test('a clock that is set is noticed once, whichever way, and by how much', () => {
  const pass = clock();
  assert.equal(pass(1000), undefined);
  assert.equal(pass(1000, 3_600_000), 3_600_000);
  assert.equal(pass(1000), undefined);
  assert.equal(pass(1000, -3_600_000), -3_600_000);
  assert.equal(pass(1000, 150), 150);
  assert.equal(pass(20_000), undefined);
});

test('a clock that NTP runs faster for hours has not been set', () => {
  const pass = clock();
  for (let second = 0; second < 4000; second += 1) assert.equal(pass(1000, 0.5), undefined);
});
