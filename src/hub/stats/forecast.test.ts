import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { daysKept, type ForecastCamera, forecast } from './forecast.ts';

const GB = 1e9;
const camera = (more: Partial<ForecastCamera> = {}): ForecastCamera => ({
  bytes: 0,
  bytesPerDay: 10 * GB,
  days: null,
  maxBytes: null,
  ...more,
});

test('without limits the room lasts as long as the rate says', () => {
  assert.deepEqual(forecast([camera(), camera()], 100 * GB), { bytesPerDay: 20 * GB, daysLeft: 5, outlook: 'grows' });
  assert.equal(forecast([camera()], -5).daysLeft, 0);
  assert.equal(forecast([camera()], null).outlook, 'unlimited');
  assert.equal(forecast([camera({ bytesPerDay: 0 })], 100 * GB).outlook, 'idle');
});

test('limits that are reached before the room is used up let it turn', () => {
  assert.equal(forecast([camera({ days: 30, bytes: 250 * GB })], 60 * GB).outlook, 'turns');
  assert.deepEqual(forecast([camera({ days: 30 })], 100 * GB), {
    bytesPerDay: 10 * GB,
    daysLeft: 10,
    outlook: 'grows',
  });
  // One stops growing after two days; from then on the other has all of the room.
  assert.equal(forecast([camera({ maxBytes: 20 * GB }), camera()], 60 * GB).daysLeft, 4);
});

test('a camera keeps as many days as its tighter limit allows', () => {
  assert.equal(daysKept(camera({ days: 30, maxBytes: 100 * GB })), 10);
  assert.equal(daysKept(camera({ days: 5, maxBytes: 100 * GB })), 5);
  assert.equal(daysKept(camera()), null);
  assert.equal(daysKept(camera({ maxBytes: GB, bytesPerDay: 0 })), null);
});

test('more room never lasts shorter, and what is written by then is the room', () => {
  const rate = fc.integer({ min: 1, max: 50 }).map((n) => n * GB);
  const any = fc.record({
    bytes: fc.constant(0),
    bytesPerDay: rate,
    days: fc.option(fc.integer({ min: 1, max: 60 })),
    maxBytes: fc.option(fc.integer({ min: 1, max: 900 }).map((n) => n * GB)),
  });
  fc.assert(
    fc.property(
      fc.array(any, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 5000 }),
      (cameras, gigabytes) => {
        const room = gigabytes * GB;
        const { daysLeft } = forecast(cameras, room);
        const more = forecast(cameras, room * 2).daysLeft;
        if (daysLeft === null) return assert.equal(more, null);
        assert.ok(more === null || more >= daysLeft);
        const written = cameras.reduce(
          (sum, one) => sum + one.bytesPerDay * Math.min(daysLeft, daysKept(one) ?? Number.POSITIVE_INFINITY),
          0,
        );
        const slack = cameras.reduce((sum, one) => sum + one.bytesPerDay, 0) * 0.11;
        assert.ok(Math.abs(written - room) <= slack, `${written} against ${room}`);
      },
    ),
  );
});
