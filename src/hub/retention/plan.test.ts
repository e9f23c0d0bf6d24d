import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEMO_BYTES, defaultFloor, type KeptSource, planRetention } from './plan.ts';

const DAY = 86_400_000;
const NOW = 1000 * DAY;
const source = (more: Partial<KeptSource>): KeptSource => ({
  id: 's',
  demo: false,
  days: null,
  bytes: null,
  totalBytes: (more.oldest ?? []).reduce((sum, segment) => sum + segment.bytes, 0),
  oldest: [],
  ...more,
});
const segments = (count: number, bytes: number, firstEnd = NOW - count * 1000) =>
  Array.from({ length: count }, (_, i) => ({ id: `g${i}`, end: firstEnd + i * 1000, bytes }));
const roomy = { free: 1e12, floor: 1e9, inUse: new Set<string>() };

test('without limits and with room nothing goes', () => {
  assert.deepEqual(planRetention({ ...roomy, sources: [source({ oldest: segments(10, 100) })] }, NOW), []);
});

test('older than the days goes, and only that', () => {
  const oldest = [
    { id: 'old', end: NOW - 2 * DAY - 1, bytes: 5 },
    { id: 'new', end: NOW - 2 * DAY + 1, bytes: 5 },
  ];
  const plan = planRetention({ ...roomy, sources: [source({ days: 2, oldest })] }, NOW);
  assert.deepEqual(
    plan.map((deletion) => [deletion.segment, deletion.why]),
    [['old', 'age']],
  );
});

test('above the bytes the oldest go until it fits', () => {
  const plan = planRetention({ ...roomy, sources: [source({ bytes: 750, oldest: segments(10, 100) })] }, NOW);
  assert.deepEqual(
    plan.map((deletion) => deletion.segment),
    ['g0', 'g1', 'g2'],
  );
});

test('the demo camera keeps at most 2 GB', () => {
  const plan = planRetention({ ...roomy, sources: [source({ demo: true, oldest: segments(30, 1e8) })] }, NOW);
  assert.equal(30 * 1e8 - plan.length * 1e8, DEMO_BYTES);
});

test('below the floor the oldest of all sources goes', () => {
  const a = source({
    id: 'a',
    oldest: [
      { id: 'a1', end: 10, bytes: 40 },
      { id: 'a2', end: 30, bytes: 40 },
    ],
  });
  const b = source({
    id: 'b',
    oldest: [
      { id: 'b1', end: 20, bytes: 40 },
      { id: 'b2', end: 40, bytes: 40 },
    ],
  });
  const plan = planRetention({ sources: [a, b], free: 50, floor: 120, inUse: new Set() }, NOW);
  assert.deepEqual(
    plan.map((deletion) => deletion.segment),
    ['a1', 'b1'],
  );
});

test('the floor is the larger of 5 GB and 5 %', () => {
  assert.equal(defaultFloor(20e9), 5e9);
  assert.equal(defaultFloor(1000e9), 50e9);
});

test('limits hold afterwards, nothing goes twice, nothing in use goes, nothing younger than what is kept goes', () => {
  const arbitrary = fc.record({
    days: fc.option(fc.integer({ min: 1, max: 50 }), { nil: null }),
    bytes: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: null }),
    list: fc.array(
      fc.record({ age: fc.integer({ min: 0, max: 100 * DAY }), bytes: fc.integer({ min: 1, max: 500 }) }),
      { maxLength: 25 },
    ),
  });
  fc.assert(
    fc.property(
      fc.array(arbitrary, { maxLength: 4 }),
      fc.nat(5000),
      fc.nat(5000),
      fc.nat(10),
      (list, free, floor, used) => {
        const sources = list.map((item, s) =>
          source({
            id: `s${s}`,
            days: item.days,
            bytes: item.bytes,
            oldest: item.list
              .map((segment, i) => ({ id: `${s}-${i}`, end: NOW - segment.age, bytes: segment.bytes }))
              .sort((a, b) => a.end - b.end),
          }),
        );
        const all = sources.flatMap((item) => item.oldest.map((segment) => ({ ...segment, source: item })));
        const inUse = new Set(all.slice(0, used).map((segment) => segment.id));
        const plan = planRetention({ sources, free, floor, inUse }, NOW);
        const gone = new Set(plan.map((deletion) => deletion.segment));
        assert.equal(gone.size, plan.length);
        for (const id of gone) assert.ok(!inUse.has(id));
        const kept = all.filter((segment) => !gone.has(segment.id) && !inUse.has(segment.id));
        for (const segment of kept) {
          if (segment.source.days !== null) assert.ok(segment.end > NOW - segment.source.days * DAY);
        }
        for (const item of sources) {
          const mine = item.oldest.filter((segment) => !gone.has(segment.id));
          const bytes = mine.reduce((sum, segment) => sum + segment.bytes, 0);
          const free = mine.filter((segment) => !inUse.has(segment.id));
          if (item.bytes !== null && free.length > 0) assert.ok(bytes <= item.bytes);
          const youngestGone = Math.max(
            ...item.oldest.filter((segment) => gone.has(segment.id)).map((segment) => segment.end),
          );
          for (const segment of free) assert.ok(segment.end >= youngestGone);
        }
        const freed = plan.reduce((sum, deletion) => sum + deletion.bytes, 0);
        if (free + freed < floor) assert.equal(kept.length, 0);
      },
    ),
  );
});
