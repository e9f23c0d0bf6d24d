import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AIM,
  type Coded,
  correct,
  growthOf,
  lookSize,
  missOf,
  type Need,
  qpFor,
  shareOut,
  suits,
  wavesOf,
} from './size-plan.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const need = (bytes: number, leastBytes = 0): Need => ({ bytes, leastBytes, qp: 31, seconds: 2 });

test('waves are all chunks once, in order, and the last two land it', () => {
  for (let count = 1; count < 40; count++) {
    const waves = wavesOf(count);
    assert.deepEqual(waves.flat(), [...Array(count).keys()]);
    assert.ok((waves.at(-1)?.length ?? 9) <= 2 && waves.length <= 3);
  }
});

test('bits go where they are needed, and nobody gets fewer than x264 can do with', () => {
  assert.deepEqual(shareOut([need(100), need(300)], 100_000), [100_000, 300_000]);
  const [scarce = 0, rich = 0] = shareOut([need(10, 4000), need(10_000)], 20_000);
  assert.ok(scarce >= 16_000, `${scarce}`);
  assert.ok(Math.abs(scarce + rich - (20_000 * 8) / 2) < 1);
  assert.ok(!suits([need(10, 4000), need(10, 4000)], 8000, true));
});

test('a look is small, whatever the size of the picture, and in even sizes', () => {
  assert.deepEqual(lookSize({ width: 1280, height: 720 }), { width: 640, height: 360 });
  assert.deepEqual(lookSize({ width: 608, height: 342 }), { width: 608, height: 342 });
  assert.deepEqual(lookSize({ width: 3840, height: 2160 }), { width: 960, height: 540 });
  fc.assert(
    fc.property(fc.integer({ min: 32, max: 4000 }), fc.integer({ min: 32, max: 4000 }), (halfWidth, halfHeight) => {
      const { width, height } = lookSize({ width: 2 * halfWidth, height: 2 * halfHeight });
      assert.ok(width % 2 === 0 && height % 2 === 0 && width * height <= 660_000 && width <= 2 * halfWidth);
    }),
  );
});

test('growth is what two sizes of picture show, within reason', () => {
  const areas = { small: 1, large: 4 };
  assert.ok(Math.abs(growthOf([{ small: 100, large: 200 }], areas) - 0.5) < 1e-9);
  assert.equal(growthOf([{ small: 100, large: 900 }], areas), 1);
  assert.equal(growthOf([], areas), 0.6);
});

/** Codes all waves with an encoder that misses, then corrects. @returns what came of it, and how many chunks were coded again */
function fill(
  needs: readonly Need[],
  budget: number,
  got: (wanted: number, index: number) => number,
): [Coded[], number] {
  const coded: Coded[] = [];
  const code = (index: number, bitrate: number): void => {
    const { seconds = 1 } = needs[index] ?? {};
    const bytes = got((bitrate * seconds) / 8, index);
    coded[index] = { bitrate, bytes, seconds, qp: qpFor([needs[index] ?? need(1)], bytes) };
  };
  const spent = (): number => sum(coded.map(({ bytes }) => bytes));
  for (const wave of wavesOf(needs.length)) {
    const first = wave[0] ?? 0;
    const rates = shareOut(needs.slice(first), budget * AIM - spent());
    const miss = missOf(coded);
    for (const index of wave) code(index, (rates[index - first] ?? 0) / miss);
  }
  for (let again = 0; ; ) {
    const list = correct(coded, budget, 2 - again);
    assert.ok(list, 'given up');
    if (list.length === 0) return [coded, again];
    again += list.length;
    for (const { index, bitrate } of list) code(index, bitrate);
  }
}

test('whatever an encoder misses by, at most two chunks are coded again, and the whole fits and is full', () => {
  const clip = fc.array(
    fc.record({
      bytes: fc.integer({ min: 2000, max: 400_000 }),
      miss: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
    }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(clip, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (chunks, share) => {
      const needs = chunks.map(({ bytes }) => need(bytes));
      const budget = sum(needs.map(({ bytes }) => bytes)) * share;
      fc.pre(budget > 2000 * chunks.length);
      const [coded, again] = fill(needs, budget, (wanted, index) => wanted * (chunks[index]?.miss ?? 1));
      const bytes = sum(coded.map((one) => one.bytes));
      assert.ok(again <= 2 && bytes <= budget && bytes >= 0.93 * budget, `${again} again, ${bytes} of ${budget}`);
    }),
    { numRuns: 2000 },
  );
});

test('an encoder with a habit is asked for less', () => {
  const needs = Array.from({ length: 12 }, () => need(100_000));
  const [coded, again] = fill(needs, 600_000, (wanted) => wanted * 1.2);
  const bytes = sum(coded.map((one) => one.bytes));
  assert.ok(again <= 1 && bytes <= 600_000 && bytes > 570_000, `${again}, ${bytes}`);
});

test('what chunks cannot use is used by those after them, and what cannot be mended is said', () => {
  const needs = Array.from({ length: 10 }, () => need(100_000));
  // The first half is still: it takes a fifth of what it is given.
  const [coded, again] = fill(needs, 600_000, (wanted, index) => (index < 5 ? wanted / 5 : wanted));
  const bytes = sum(coded.map((one) => one.bytes));
  assert.ok(again <= 2 && bytes <= 600_000 && bytes > 560_000, `${bytes}`);
  const large = coded.map((one) => ({ ...one, bytes: 100_000 }));
  assert.equal(correct(large, 500_000, 2), undefined);
  assert.equal(correct(large, 999_000, 0), undefined);
  assert.deepEqual(correct(large, 1_030_000, 2), []);
  assert.deepEqual(
    correct(
      large.map((one) => ({ ...one, qp: 15 })),
      3_000_000,
      2,
    ),
    [],
  );
  assert.deepEqual(
    correct(large, 990_000, 2)?.map(({ index }) => index),
    [0, 1],
  );
});
