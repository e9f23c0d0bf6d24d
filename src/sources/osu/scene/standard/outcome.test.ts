import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JudgeEvent, Timeline } from '../../judge/timeline.ts';
import { outcomesOf } from './outcome.ts';

const timelineOf = (values: readonly number[]): Timeline => {
  const events = values.map(
    (value, object): JudgeEvent => ({
      ...{ time: object * 100, kind: 'result', object, value, error: 0 },
      ...{ combo: 0, score: 0, accuracy: 1, hp: 1 },
    }),
  );
  return {
    ...{ events, n300: 0, n100: 0, n50: 0, miss: 0, geki: 0, katu: 0, maxCombo: 0, score: 0, accuracy: 1 },
    ...{ failedAt: null, unjudged: 0 },
  };
};

/** @param begins of which combos begin */
const endings = (values: readonly number[], begins: readonly number[]) =>
  outcomesOf(
    timelineOf(values),
    values.map((_, index) => ({ newCombo: begins.includes(index) })),
  ).map(({ ending }) => ending);

test('the last object of a combo tells whether all of it was 300, or nothing below 100', () => {
  const values = [300, 300, 300, 100, 300, 50, 100, 300];
  assert.deepEqual(endings(values, [0, 2, 4, 6]), [
    undefined,
    'g',
    undefined,
    'k',
    undefined,
    undefined,
    undefined,
    'k',
  ]);
});

test('what was not judged ends no combo well', () => {
  assert.deepEqual(
    outcomesOf(timelineOf([300]), [{ newCombo: true }, { newCombo: false }]).map(({ ending }) => ending),
    [undefined, undefined],
  );
});
