import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FootageTotals } from './totals.ts';

test('what goes while the catalog counts is not counted as kept: retention would remove as much again', async () => {
  const counting = Promise.withResolvers<void>();
  const totals = new FootageTotals(async () => {
    await counting.promise;
    return [{ sourceId: 'door', bytes: 1000, from: 0, to: 10_000 }];
  });
  const refreshed = totals.refresh();
  totals.removed([{ sourceId: 'door', bytes: 300, end: 3000 }]);
  counting.resolve();
  await refreshed;
  assert.deepEqual(totals.of('door'), { bytes: 700, from: 3000, to: 10_000 });
});
