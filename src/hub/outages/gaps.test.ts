import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OutageCause } from '../../contract/outage.ts';
import { daysOf, percentOf } from './gaps.ts';

const DAY = 86_400_000;

test('coverage leaves out the time in which nobody wanted footage', () => {
  assert.equal(percentOf(900, { loss: 100 }), 90);
  assert.equal(percentOf(900, { loss: 100, disabled: 5000 }), 90);
  assert.equal(percentOf(0, { disabled: 5000 }), null);
  assert.equal(percentOf(5, {}), 100);
});

test('the days of a range have all of its gaps, and nothing twice', () => {
  const moment = fc.integer({ min: 0, max: 6 * 24 }).map((hour) => hour * 3_600_000);
  fc.assert(
    fc.property(fc.uniqueArray(moment, { minLength: 2, maxLength: 12 }), (moments) => {
      const sorted = moments.sort((a, b) => a - b);
      const [from = 0, to = 0] = [sorted[0], sorted.at(-1)];
      const gaps = sorted.slice(1).flatMap((end, at) => {
        const start = sorted[at] ?? 0;
        const cause = OutageCause.options[at] ?? 'unknown';
        return at % 2 === 0 ? [{ start, end, cause, missingMs: end - start }] : [];
      });
      const days = daysOf({ from, to, gaps });
      assert.equal(days.length, Math.ceil(to / DAY) - Math.floor(from / DAY));
      assert.equal(new Set(days.map(({ day }) => day)).size, days.length);
      const missing = days.flatMap((day) => Object.values(day.missingMs)).reduce((sum, ms) => sum + ms, 0);
      const covered = days.reduce((sum, day) => sum + day.coveredMs, 0);
      assert.equal(
        missing,
        gaps.reduce((sum, gap) => sum + gap.missingMs, 0),
      );
      assert.equal(covered + missing, to - from);
    }),
  );
});
