import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clampView, follow, pan, pinch, snap, spanOf, ticks, toShare, toTime, type View, zoom } from './scale.ts';

const T = Date.UTC(2026, 10, 21, 18, 5, 7);
const view: View = { start: T, end: T + 600_000 };
const views = fc
  .tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 20_000, max: 1e9 }))
  .map(([start, span]) => ({ start, end: start + span }));
const near = (a: number, b: number, by = 1): void => assert.ok(Math.abs(a - b) <= by, `${a} is not near ${b}`);

test('a moment and its place on the screen are each other’s inverse', () => {
  fc.assert(
    fc.property(views, fc.double({ min: 0, max: 1, noNaN: true }), (v, s) => near(toShare(v, toTime(v, s)), s, 1e-6)),
  );
});

test('what is under the pointer stays there while zooming', () => {
  fc.assert(
    fc.property(
      views,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      (v, s, f) => near(toTime(zoom(v, f, s), s), toTime(v, s), 2),
    ),
  );
});

test('what is under two fingers stays under them', () => {
  const after = pinch(view, [0.4, 0.6], [0.2, 0.8]);
  near(toTime(after, 0.2), toTime(view, 0.4));
  near(toTime(after, 0.8), toTime(view, 0.6));
});

test('the view keeps its width when it is moved, followed or kept in bounds', () => {
  near(spanOf(pan(view, 0.3)), 600_000);
  near(spanOf(follow(view, T + 900_000)), 600_000);
  near(spanOf(clampView(pan(view, 50), T, T + 3_600_000)), 600_000);
  near(toShare(follow(view, T + 900_000), T + 900_000), 0.92, 1e-9);
  assert.equal(follow(view, T + 300_000), view);
});

test('a day that has hardly begun is shown at the right edge', () => {
  const wide = { start: T - 86_400_000, end: T };
  const shown = clampView(wide, T - 60_000, T);
  assert.ok(toShare(shown, T) < 1 && toShare(shown, T) > 0.7);
});

test('ticks lie on round local times and are never too many', () => {
  fc.assert(
    fc.property(views, fc.integer({ min: 2, max: 14 }), (v, most) => {
      const found = ticks(v, most, () => -330);
      assert.ok(found.length <= most + 1);
      for (const tick of found) assert.equal((tick.time + 330 * 60_000) % 1000, 0);
    }),
  );
  assert.deepEqual(
    ticks(view, 6, () => 0).map((tick) => new Date(tick.time).toISOString().slice(11, 19)),
    ['18:06:00', '18:08:00', '18:10:00', '18:12:00', '18:14:00'],
  );
});

test('ticks stay on round hours across a change to summer time', () => {
  // Berlin, 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
  const change = Date.UTC(2026, 2, 29, 1);
  const berlin = (time: number): number => (time < change ? -60 : -120);
  const found = ticks({ start: change - 4 * 3_600_000, end: change + 5 * 3_600_000 }, 6, berlin);
  const hours = found.map((tick) => new Date(tick.time - berlin(tick.time) * 60_000).getUTCHours());
  assert.deepEqual(hours, [22, 0, 4, 6, 8]);
});

test('an edge lands on whole seconds, on tenths when zoomed in', () => {
  assert.equal(snap(view, T + 1499), T + 1000);
  assert.equal(snap({ start: T, end: T + 30_000 }, T + 1449), T + 1400);
});
