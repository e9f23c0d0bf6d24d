import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monthDays } from './month.ts';

test('a month has all its days, each in the column of its weekday', () => {
  const days = monthDays(new Date(2026, 10, 21, 18).getTime(), 1);
  assert.equal(days.length, 30);
  assert.deepEqual([days[0]?.key, days[0]?.column], ['2026-11-01', 7]);
  assert.deepEqual([days[29]?.key, days[29]?.column], ['2026-11-30', 1]);
  for (const [at, day] of days.entries()) assert.equal(day.end, days[at + 1]?.start ?? day.end);
  assert.equal(monthDays(new Date(2028, 1, 5).getTime(), 0).length, 29);
});
