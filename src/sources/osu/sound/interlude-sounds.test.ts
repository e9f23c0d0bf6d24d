import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Interludes, interludeSounds } from './interlude-sounds.ts';

const NONE: Interludes = {
  countdown: undefined,
  sections: [],
  milestones: [],
  failedAt: undefined,
  applauseAt: undefined,
};

const heard = (interludes: Partial<Interludes>, ...files: readonly string[]): string[] =>
  interludeSounds({ ...NONE, ...interludes }, (name) => files.includes(name)).map(
    ({ time, sample }) => `${time} ${sample.name}`,
  );

test('a countdown has its own sounds where the first of them is there, else one for all numbers', () => {
  const countdown = { go: 5000, beat: 500 };
  const numbers = ['3500 count3s', '4000 count2s', '4500 count1s', '5000 gos'];
  assert.deepEqual(heard({ countdown }, 'count3s'), ['2050 readys', ...numbers]);
  assert.deepEqual(heard({ countdown }), ['2050 readys', ...[3500, 4000, 4500, 5000].map((time) => `${time} count`)]);
});

test('sounds of long combos take turns where there are several', () => {
  const milestones = [30, 60, 100].map((combo) => ({ time: combo * 100, combo }));
  assert.deepEqual(heard({ milestones }, 'comboburst-0', 'comboburst-1'), [
    '3000 comboburst-0',
    '6000 comboburst-1',
    '10000 comboburst-0',
  ]);
  assert.deepEqual(heard({ milestones: milestones.slice(0, 1) }), ['3000 comboburst']);
});

test('sections, failing and applause', () => {
  const sections = [
    { time: 1000, passed: true },
    { time: 2000, passed: false },
  ];
  assert.deepEqual(heard({ sections }), ['1000 sectionpass', '2000 sectionfail']);
  assert.deepEqual(heard({ failedAt: 3000 }), ['3000 failsound']);
  assert.deepEqual(heard({ applauseAt: 9000 }), ['9000 applause']);
});
