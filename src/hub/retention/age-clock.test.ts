import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AgeClock, ageClockAt, CONFIRM_MS, LEAP_MS, readAgeClock } from './age-clock.ts';

const T = 1_790_000_000_000;
const MINUTE = 60_000;

test('invariant 7: a wall clock that leaps makes nothing older than the time that has really passed, plus an hour', () => {
  const step = fc.record({
    passes: fc.integer({ min: 0, max: 10 * MINUTE }),
    leap: fc.oneof(fc.constant(0), fc.integer({ min: -1e9, max: 1e12 })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let [wall, monotonic] = [T, 0];
      let clock: AgeClock = ageClockAt(wall, monotonic);
      for (const { passes, leap } of steps) {
        monotonic += passes;
        wall += passes + leap;
        clock = readAgeClock(clock, { wall, monotonic });
        assert.ok(clock.trusted <= wall + 1e-6, 'never ahead of the wall clock');
        // 30 steps of ten minutes are less than it takes to believe a leap; what goes back may come again.
        const backs = steps.reduce((sum, one) => sum + Math.max(0, -one.leap), 0);
        assert.ok(clock.trusted <= T + monotonic + LEAP_MS * steps.length + backs);
      }
    }),
  );
});

test('a leap is believed after six even hours, not before, and a corrected one at once', () => {
  let clock = ageClockAt(T, 0);
  const year = 365 * 86_400_000;
  for (let at = MINUTE; at < CONFIRM_MS; at += MINUTE) {
    clock = readAgeClock(clock, { wall: T + at + year, monotonic: at });
    assert.equal(clock.trusted, T + at);
    assert.ok(clock.leap);
  }
  const corrected = readAgeClock(clock, { wall: T + CONFIRM_MS, monotonic: CONFIRM_MS });
  assert.deepEqual([corrected.trusted, corrected.leap], [T + CONFIRM_MS, null]);
  clock = readAgeClock(clock, { wall: T + CONFIRM_MS + MINUTE + year, monotonic: CONFIRM_MS + MINUTE });
  assert.deepEqual([clock.trusted, clock.leap], [T + CONFIRM_MS + MINUTE + year, null]);
});

test('a clock that goes back makes everything young at once', () => {
  const clock = readAgeClock(ageClockAt(T, 0), { wall: 0, monotonic: MINUTE });
  assert.deepEqual(clock, { trusted: 0, at: MINUTE, leap: null });
});
