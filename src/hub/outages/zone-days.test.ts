import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utcDays, zoneDays } from './zone-days.ts';

const at = (text: string): number => Date.parse(text);

test('days of a zone begin at its midnight, and have 23 or 25 hours when its clocks are set', () => {
  const berlin = zoneDays('Europe/Berlin');
  assert.equal(berlin.nameOf(at('2026-11-20T23:30:00Z')), '2026-11-21');
  assert.equal(berlin.next(at('2026-11-20T23:30:00Z')), at('2026-11-21T23:00:00Z'));
  assert.equal(berlin.next(at('2026-03-28T23:00:00Z')), at('2026-03-29T22:00:00Z'), '23 hours');
  assert.equal(berlin.next(at('2026-10-24T22:00:00Z')), at('2026-10-25T23:00:00Z'), '25 hours');
  assert.equal(zoneDays('Asia/Kolkata').next(at('2026-11-21T00:00:00Z')), at('2026-11-21T18:30:00Z'));
  // There is no midnight on this day.
  assert.equal(zoneDays('America/Havana').next(at('2026-03-07T12:00:00Z')), at('2026-03-08T05:00:00Z'));
  assert.throws(() => zoneDays('Middle/Earth'), RangeError);
});

test('the next day follows the day, whatever the zone and the moment', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
      fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
      (zone, moment) => {
        const days = zoneDays(zone);
        const next = days.next(moment);
        assert.equal(days.nameOf(next - 1), days.nameOf(moment));
        assert.equal(utcDays.next(Date.parse(days.nameOf(moment))), Date.parse(days.nameOf(next)));
      },
    ),
    { numRuns: 60 },
  );
});
