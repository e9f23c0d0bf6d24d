import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OutageCause } from '../../contract/outage.ts';
import {
  type ExplainedGap,
  explainGaps,
  JOIN_MS,
  type KnownOutage,
  missingByCause,
  type Shown,
  SLACK_MS,
} from './explain.ts';

const second = 1000;
const shown = (start: number, end: number, run = 'a'): Shown => ({ start: start * second, end: end * second, run });
const outage = (
  start: number,
  end: number | null,
  cause: OutageCause,
  more: Partial<KnownOutage> = {},
): KnownOutage => ({
  start: start * second,
  end: end === null ? null : end * second,
  cause,
  ...more,
});
const within = (from: number, to: number) => ({ start: from * second, end: to * second });
const told = (gaps: readonly ExplainedGap[]) => gaps.map((gap) => [gap.start / second, gap.end / second, gap.cause]);

test('a hole has the cause of its outage, and is cut where the cause changes', () => {
  const gaps = explainGaps(
    within(0, 100),
    [shown(0, 30), shown(60, 100, 'b')],
    [outage(30, 40, 'disconnected'), outage(40, 60, 'unreachable')],
  );
  assert.deepEqual(told(gaps), [
    [30, 40, 'disconnected'],
    [40, 60, 'unreachable'],
  ]);
});

test('what nobody has explained is unknown, but not the little that two clocks differ by', () => {
  const footage = [shown(0, 30), shown(60, 100, 'b')];
  assert.deepEqual(told(explainGaps(within(0, 100), footage, [])), [[30, 60, 'unknown']]);
  assert.deepEqual(told(explainGaps(within(0, 100), footage, [outage(31, 58, 'frozen')])), [[30, 60, 'frozen']]);
  assert.deepEqual(told(explainGaps(within(0, 100), footage, [outage(40, 58, 'frozen')])), [
    [30, 40, 'unknown'],
    [40, 60, 'frozen'],
  ]);
});

test('an outage that goes on ends with the next footage', () => {
  const footage = [shown(0, 30), shown(50, 60, 'b')];
  assert.deepEqual(told(explainGaps(within(0, 100), footage, [outage(30, null, 'frozen')])), [
    [30, 50, 'frozen'],
    [60, 100, 'unknown'],
  ]);
  assert.deepEqual(told(explainGaps(within(0, 100), footage, [outage(60, null, 'disk')])), [
    [30, 50, 'unknown'],
    [60, 100, 'disk'],
  ]);
});

test('pictures missing inside of a run are a gap, although a segment spans them', () => {
  const lost = outage(10, 14, 'loss', { run: 'a', frames: 8, missingMs: 1000 });
  const gaps = explainGaps(within(0, 30), [shown(0, 30)], [lost]);
  assert.deepEqual(gaps, [{ start: 10_000, end: 14_000, cause: 'loss', frames: 8, missingMs: 1000 }]);
  assert.deepEqual(missingByCause(gaps), { loss: 1000 });
  assert.deepEqual(explainGaps(within(0, 30), [shown(0, 30, 'b')], [lost]), [], 'another run has them');
  assert.deepEqual(explainGaps(within(0, 30), [shown(0, 30), shown(9, 15, 'b')], [lost]), [], 'another run shows them');
});

test('pictures missing over the border of two segments are one gap, and are told once', () => {
  const lost = outage(10, 14, 'frozen', { run: 'a', frames: 60, missingMs: 4000 });
  assert.deepEqual(explainGaps(within(0, 30), [shown(0, 12), shown(12, 30)], [lost]), [
    { start: 10_000, end: 14_000, cause: 'frozen', frames: 60, missingMs: 4000 },
  ]);
  const elsewhere = [shown(0, 12), shown(12, 30), shown(5, 11, 'b'), shown(11, 20, 'b')];
  assert.deepEqual(explainGaps(within(0, 30), elsewhere, [lost]), [], 'another run shows them, in two segments');
});

test('what a person did counts before what a recorder saw, and that before what the hub concluded', () => {
  const gaps = explainGaps(
    within(0, 60),
    [shown(0, 10)],
    [
      outage(5, null, 'recorder'),
      outage(12, 60, 'unreachable'),
      outage(20, 40, 'disabled'),
      outage(0, 60, 'retention'),
    ],
  );
  assert.deepEqual(told(gaps), [
    [10, 12, 'recorder'],
    [12, 20, 'unreachable'],
    [20, 40, 'disabled'],
    [40, 60, 'unreachable'],
  ]);
});

test('footage and gaps are the range exactly, no gap overlaps another, and causes come from outages', () => {
  const moment = fc.integer({ min: 0, max: 40 }).map((n) => n * 700);
  const interval = fc.tuple(moment, moment).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
  const run = fc.constantFrom('a', 'b', 'c');
  const footage = fc.record({ interval, run }).map((one) => ({ ...one.interval, run: one.run }));
  const known = fc
    .record({
      interval,
      open: fc.boolean(),
      cause: fc.constantFrom(...OutageCause.options),
      frames: fc.option(fc.integer({ min: 0, max: 9 })),
      run: fc.option(run),
    })
    .map(({ interval: { start, end }, open, ...rest }): KnownOutage => ({ start, end: open ? null : end, ...rest }));
  fc.assert(
    fc.property(
      interval,
      fc.array(footage, { maxLength: 8 }),
      fc.array(known, { maxLength: 8 }),
      (range, list, outages) => {
        const gaps = explainGaps(range, list, outages);
        let at = range.start;
        for (const gap of gaps) {
          assert.ok(gap.start >= at && gap.end > gap.start && gap.end <= range.end, 'in order, inside, not empty');
          assert.ok(gap.missingMs >= 0 && gap.missingMs <= gap.end - gap.start);
          at = gap.end;
        }
        const isShown = (t: number): boolean => list.some((one) => one.start <= t && t < one.end);
        const gapAt = (t: number): ExplainedGap | undefined => gaps.find((gap) => gap.start <= t && t < gap.end);
        for (let t = range.start; t < range.end; t += 350) {
          const gap = gapAt(t);
          if (!isShown(t)) assert.ok(gap !== undefined, `${t} is neither footage nor gap`);
          else if (gap !== undefined)
            assert.ok(
              outages.some((one) => (one.frames ?? 0) > 0 && one.start <= t && one.cause === gap.cause),
              `${t} is footage`,
            );
          if (gap === undefined || isShown(t)) continue;
          if (gap.cause === 'unknown') continue;
          const near = outages.some(
            (one) =>
              one.cause === gap.cause &&
              one.start <= t + SLACK_MS &&
              (one.end ?? Number.POSITIVE_INFINITY) >= t - SLACK_MS,
          );
          assert.ok(near, `${gap.cause} at ${t} was never said`);
        }
        assert.ok(JOIN_MS < 350);
      },
    ),
    { numRuns: 400 },
  );
});

test('every moment without footage that an outage covers has a cause', () => {
  const moment = fc.integer({ min: 0, max: 60 }).map((n) => n * second);
  fc.assert(
    fc.property(moment, moment, moment, moment, (a, b, c, d) => {
      const [start = 0, from = 0, to = 0, end = 0] = [a, b, c, d].sort((x, y) => x - y);
      const gaps = explainGaps(
        { start, end },
        [
          { start, end: from, run: 'a' },
          { start: to, end, run: 'b' },
        ],
        [{ start: from, end: to, cause: 'disconnected' }],
      );
      assert.ok(gaps.every((gap) => gap.cause === 'disconnected'));
      assert.equal(
        gaps.reduce((sum, gap) => sum + gap.missingMs, 0),
        to - from <= JOIN_MS ? 0 : to - from,
      );
    }),
  );
});
