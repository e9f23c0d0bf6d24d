import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ShelvedFile, whatGoes } from './shelf-plan.ts';

const file = fc.record({
  id: fc.uuid(),
  kind: fc.constantFrom('replay' as const, 'set' as const, 'skin' as const),
  bytes: fc.integer({ min: 1, max: 1000 }),
  age: fc.integer({ min: 0, max: 100 }),
  held: fc.boolean(),
});
const nobody = (): boolean => false;

test('what stays fits, what is held never goes, and no replay goes while a set could', () => {
  fc.assert(
    fc.property(
      fc.array(file, { maxLength: 40 }),
      fc.integer({ min: 0, max: 20_000 }),
      fc.option(fc.integer({ min: 1, max: 100 })),
      (files, mostBytes, days) => {
        const sorted = files.toSorted((a, b) => b.age - a.age);
        const gone = new Set(whatGoes(sorted, { mostBytes, days }, ({ held }) => held));
        const left = sorted.filter((one) => !gone.has(one));
        assert.ok([...gone].every(({ held }) => !held));
        const total = left.reduce((sum, { bytes }) => sum + bytes, 0);
        assert.ok(total <= mostBytes || left.every(({ held }) => held), 'as small as it may be');
        if (days !== null) assert.ok(left.every(({ age, held }) => held || age <= days));
        const early = [...gone].some(({ kind, age }) => kind === 'replay' && (days === null || age <= days));
        if (early) assert.ok(left.every(({ kind, held }) => held || kind === 'replay'));
      },
    ),
  );
});

test('those not used for longest go first', () => {
  const files: ShelvedFile[] = [
    { id: 'old replay', kind: 'replay', bytes: 1, age: 9 },
    { id: 'old set', kind: 'set', bytes: 50, age: 8 },
    { id: 'skin', kind: 'skin', bytes: 50, age: 7 },
    { id: 'new set', kind: 'set', bytes: 50, age: 1 },
  ];
  const ids = (mostBytes: number, days: number | null = null) =>
    whatGoes(files, { mostBytes, days }, nobody).map(({ id }) => id);
  assert.deepEqual(ids(1000), []);
  assert.deepEqual(ids(110), ['old set']);
  assert.deepEqual(ids(60), ['old set', 'skin']);
  assert.deepEqual(ids(0), ['old set', 'skin', 'new set', 'old replay']);
  assert.deepEqual(ids(1000, 7), ['old replay', 'old set']);
});
