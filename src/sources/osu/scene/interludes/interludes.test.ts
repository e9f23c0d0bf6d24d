import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JudgeEvent } from '../../judge/timeline.ts';
import { milestonesOf } from './milestones.ts';
import { sectionsOf } from './sections.ts';
import { isWarned, warningsOf } from './warnings.ts';

const grown = (combos: readonly number[]): JudgeEvent[] =>
  combos.map((combo, index) => ({
    ...{ time: index, kind: 'result' as const, object: index, value: 300, error: 0 },
    ...{ combo, score: 0, accuracy: 1, hp: 1 },
  }));

test('combos of 30, 60 and every 50 from 100 on are milestones, each time they are reached', () => {
  const combos = Array.from({ length: 210 }, (_, index) => index + 1);
  assert.deepEqual(
    milestonesOf(grown([...combos, 0, ...combos.slice(0, 40)])).map(({ combo }) => combo),
    [30, 60, 100, 150, 200, 30],
  );
  // What does not add to the combo does not reach it again.
  assert.equal(milestonesOf(grown([29, 30, 30, 30])).length, 1);
  assert.deepEqual(
    milestonesOf(grown(combos), (combo) => combo === 7).map(({ combo }) => combo),
    [7],
  );
});

test('the middle of a long break tells by half of the life whether it was passed', () => {
  const breaks = [
    { start: 0, end: 2879 },
    { start: 10_000, end: 14_000 },
    { start: 20_000, end: 26_000 },
  ];
  assert.deepEqual(
    sectionsOf(breaks, (time) => (time < 15_000 ? 0.5 : 0.49)),
    [
      { time: 12_000, passed: true },
      { time: 23_000, passed: false },
    ],
  );
});

test('arrows blink before it goes on, and before a late first object without a countdown', () => {
  const breaks = [{ start: 10_000, end: 20_000 }];
  assert.deepEqual(warningsOf(breaks, 1000, 600, false), [{ start: 19_100, end: 20_500 }]);
  assert.deepEqual(warningsOf([], 8000, 600, false), [{ start: 6500, end: 7900 }]);
  assert.deepEqual(warningsOf([], 8000, 600, true), []);
  const warnings = warningsOf(breaks, 1000, 600, false);
  assert.deepEqual(
    [19_099, 19_100, 19_199, 19_200, 19_300, 20_500].map((now) => isWarned(warnings, now)),
    [false, true, true, false, true, false],
  );
});
