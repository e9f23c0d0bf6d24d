import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { carClock } from './car-time.ts';

const NEAR = Date.parse('2026-03-02T07:59:30Z');

test('times are told by the clock of the car: in its zone, or as they are where only that is known', () => {
  assert.equal(carClock(-480, true).clock(NEAR), '23:59:30');
  assert.equal(carClock(330, true).clock(NEAR), '13:29:30');
  assert.equal(carClock(-480, false).clock(NEAR), '07:59:30');
  assert.equal(carClock(-480, true).exact(NEAR + 1260), '23:59:31.3');
});

test('what is typed is the nearest such moment, also over midnight', () => {
  const clock = carClock(-480, true);
  assert.equal(clock.parse('23:59:31.5', NEAR), NEAR + 1500);
  assert.equal(clock.parse('0:00:10', NEAR), NEAR + 40_000);
  assert.equal(clock.parse('23:59', NEAR), NEAR - 30_000);
  for (const wrong of ['', '24:00', '12:60', '12', 'noon', '12:00:99'])
    assert.equal(clock.parse(wrong, NEAR), undefined, wrong);
});

test('what is told is read again as the same moment, to a tenth of a second', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -10 * 3_600_000, max: 10 * 3_600_000 }),
      fc.constantFrom(-480, 0, 345, 720),
      (off, zone) => {
        const clock = carClock(zone, true);
        const read = clock.parse(clock.exact(NEAR + off), NEAR);
        assert.ok(read !== undefined && Math.abs(read - NEAR - off) <= 51, `${read}`);
      },
    ),
  );
});
