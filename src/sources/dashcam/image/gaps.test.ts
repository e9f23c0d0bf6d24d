import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fillGaps, type Gap } from './gaps.ts';

const filled = (
  gaps: readonly Gap[],
  candidates: readonly number[],
): { clusters: readonly number[]; proven: boolean }[] => {
  const found = fillGaps(gaps, candidates);
  return gaps.map((gap) => found.get(gap) ?? { clusters: [], proven: false });
};

describe('clusters inside of a picture', () => {
  test('are certain where there are no others', () => {
    assert.deepEqual(filled([{ from: 10, to: 14, count: 2 }], [11, 13, 20]), [{ clusters: [11, 13], proven: true }]);
  });

  test('are certain for the second file once the first has its own', () => {
    const gaps = [
      { from: 10, to: 13, count: 2 },
      { from: 9, to: 16, count: 2 },
    ];
    // What lies between 10 and 13 could be either's, so place decides; that it decides rightly is known from the counts.
    const [first, second] = filled(gaps, [11, 12, 14, 15]);
    assert.deepEqual(
      [first?.clusters, second?.clusters],
      [
        [11, 12],
        [14, 15],
      ],
    );
  });

  test('of files that took turns go to whose turn it was, and that it was only their turn is said', () => {
    const gaps = [0, 1, 2, 3, 4, 5].map((camera) => ({ from: 100 + camera, to: 124 + camera, count: 3 }));
    const candidates = Array.from({ length: 18 }, (_, index) => 106 + index);
    for (const [camera, { clusters, proven }] of filled(gaps, candidates).entries()) {
      assert.deepEqual(clusters, [106 + camera, 112 + camera, 118 + camera]);
      assert.equal(proven, false);
    }
  });

  test('that are not there leave the gap open', () => {
    assert.equal(fillGaps([{ from: 10, to: 20, count: 3 }], [11, 12]).size, 0);
  });

  test('whatever is asked, each cluster goes to one gap, between its ends, in order and in the right number', () => {
    const gap = fc.record({
      from: fc.nat(60),
      length: fc.integer({ min: 1, max: 30 }),
      count: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 8 }), fc.uniqueArray(fc.nat(100)), (asked, candidates) => {
        const gaps = asked.map(({ from, length, count }) => ({ from, to: from + length, count }));
        const sorted = [...candidates].sort((one, other) => one - other);
        const given = fillGaps(gaps, sorted);
        const all = [...given.values()].flatMap(({ clusters }) => clusters);
        assert.equal(new Set(all).size, all.length);
        for (const [{ from, to, count }, { clusters }] of given) {
          assert.equal(clusters.length, count);
          assert.ok(clusters.every((cluster) => cluster > from && cluster < to && candidates.includes(cluster)));
          assert.deepEqual(
            clusters,
            [...clusters].sort((one, other) => one - other),
          );
        }
      }),
    );
  });
});
