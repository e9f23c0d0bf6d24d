import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOff, JUMP, pace, TARGET } from './latency.ts';

test('far behind, before the buffer or beyond it: jump to just before the newest', () => {
  const to = 100 - TARGET;
  assert.deepEqual(pace(100 - JUMP - 0.1, 90, 100), { kind: 'jump', to });
  assert.deepEqual(pace(20, 90, 100), { kind: 'jump', to });
  assert.deepEqual(pace(101, 90, 100), { kind: 'jump', to });
});

test('a jump never lands before what is buffered', () => {
  assert.deepEqual(pace(0, 99.9, 100), { kind: 'jump', to: 99.9 });
});

test('a little behind plays a little faster, a little early a little slower, on target as it is', () => {
  assert.deepEqual(pace(99.1, 90, 100), { kind: 'rate', rate: 1.1 });
  assert.deepEqual(pace(99.45, 90, 100), { kind: 'rate', rate: 1.04 });
  assert.deepEqual(pace(99.95, 90, 100), { kind: 'rate', rate: 0.94 });
  assert.deepEqual(pace(100 - TARGET, 90, 100), { kind: 'rate', rate: 1 });
});

test('waits between tries grow to about ten seconds and no further', () => {
  assert.equal(backOff(0, 0.5), 500);
  assert.equal(backOff(3, 0.5), 4000);
  assert.equal(backOff(50, 0.5), 10_000);
});
