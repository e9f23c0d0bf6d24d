import assert from 'node:assert/strict';
import { test } from 'node:test';
import { following, ticksOf, windowAround } from './drive-scale.ts';

test('a window stays inside of the drive', () => {
  assert.deepEqual(windowAround(5, 60, 300), { start: 0, end: 60 });
  assert.deepEqual(windowAround(299, 60, 300), { start: 240, end: 300 });
  assert.deepEqual(windowAround(150, 1000, 300), { start: 0, end: 300 });
  assert.deepEqual(windowAround(3, 1, 8), { start: 0, end: 8 }, 'shorter than the shortest window');
});

test('a moment that leaves the window is followed, one inside leaves it where it is', () => {
  const window = { start: 60, end: 120 };
  assert.equal(following(window, 90, 600), window);
  const on = following(window, 121, 600);
  assert.ok(on.start <= 121 && on.end > 121 + 40, 'what comes is seen');
  const back = following(window, 59, 600);
  assert.ok(back.start < 59 - 40 && back.end >= 59);
});

test('ticks are round, and not too many', () => {
  assert.deepEqual(ticksOf({ start: 0, end: 60 }, 6), [0, 10, 20, 30, 40, 50, 60]);
  assert.ok(ticksOf({ start: 0, end: 7200 }, 6).length <= 7);
});
