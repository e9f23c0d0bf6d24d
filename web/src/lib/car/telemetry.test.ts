import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pathOf, rowAt, runsOf } from './telemetry.ts';

const columns = { start: 1_000_000, at: [0, 100, 200, 300, 5000, 5100] };

test('the row of a moment is the last one before it, and none in a hole', () => {
  assert.equal(rowAt(columns, 999_999), undefined);
  assert.equal(rowAt(columns, 1_000_000), 0);
  assert.equal(rowAt(columns, 1_000_199), 1);
  assert.equal(rowAt(columns, 1_001_300), 3);
  assert.equal(rowAt(columns, 1_001_301), undefined);
  assert.equal(rowAt(columns, 1_005_000), 4);
  assert.equal(rowAt({ start: 0, at: [] }, 5), undefined);
});

test('stretches end where it no longer holds, and at a hole', () => {
  assert.deepEqual(
    runsOf(columns, (row) => row !== 1),
    [
      { start: 1_000_000, end: 1_000_100 },
      { start: 1_000_200, end: 1_000_330 },
      { start: 1_005_000, end: 1_005_130 },
    ],
  );
});

test('whatever holds, stretches lie in order and each row that holds lies in one', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(rows, (steps) => {
      let time = 0;
      const at = steps.map(([by]) => (time += by));
      const runs = runsOf({ start: 0, at }, (row) => steps[row]?.[1] === true);
      for (const [index, run] of runs.entries()) {
        assert.ok(run.end > run.start);
        assert.ok(index === 0 || run.start >= (runs[index - 1]?.end ?? 0));
      }
      for (const [row, when] of at.entries())
        assert.equal(
          runs.some((run) => run.start <= when && when < run.end),
          steps[row]?.[1],
        );
    }),
  );
});

test('a line is broken at a hole', () => {
  const path = pathOf(
    columns,
    (wall) => wall - 1_000_000,
    () => 0,
  );
  assert.equal(path.match(/M/g)?.length, 2);
  assert.equal(path.match(/L/g)?.length, 4);
});
