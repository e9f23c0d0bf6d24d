import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFootage } from '../../../test/dashcam/car.ts';
import { openEmbedded } from '../../../test/postgres/database.ts';
import { silentLog } from '../../base/log.ts';
import { carTotals, getCarFile, looseCarClips } from '../../catalog/car-files.ts';
import { addProtection } from '../../catalog/protections.ts';
import { changeSource, findSource } from '../../catalog/sources.ts';
import { harvest } from '../../sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../../sources/dashcam/harvest/library-folder.ts';
import { verifyLibrary } from '../../sources/dashcam/harvest/verify.ts';
import { CarEvents } from './events.ts';
import { indexCars } from './found-cars.ts';
import { CarKeeping } from './keeping.ts';
import { lookAtLibraryCar } from './library-look.ts';
import { CarRetention } from './retention.ts';
import { planCarRetention } from './retention-plan.ts';
import { WriteTurns } from './write-turns.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-03-10T00:00:00Z');
const clip = (id: string, days: number, bytes = 10) => ({ id, start: NOW - days * DAY, bytes });

test('what is older than the days goes; above the bytes the oldest of the rest; without limits nothing', () => {
  const loose = [clip('a', 9), clip('b', 5), clip('c', 3), clip('d', 1)];
  const plan = (recentDays: number | null, maxBytes: number | null) =>
    planCarRetention({ recentDays, maxBytes }, loose, 100, NOW).map(({ why, clips }) => [
      why,
      clips.map(({ id }) => id).join(''),
    ]);
  assert.deepEqual(plan(null, null), []);
  assert.deepEqual(plan(4, null), [['age', 'ab']]);
  assert.deepEqual(plan(null, 85), [['space', 'ab']]);
  assert.deepEqual(plan(7, 75), [
    ['age', 'a'],
    ['space', 'bc'],
  ]);
  // Events are never touched, however little is allowed.
  assert.deepEqual(plan(null, 1), [['space', 'abcd']]);
});

test('old footage goes by way of the manifest; events, what is protected and what a clip is made of stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-car-retention-'));
  await using database = await openEmbedded();
  const { db } = database.catalog;
  try {
    const footage = makeFootage({ minutes: 4 });
    for (const [name, bytes] of footage.files) {
      await mkdir(join(folder, 'stick', name, '..'), { recursive: true });
      await writeFile(join(folder, 'stick', name), bytes);
    }
    const library = await openOrBeginLibrary(join(folder, 'library'), true);
    await harvest(join(folder, 'stick'), { library, source: 'car', notInUse: true });
    await indexCars(db, library, silentLog);
    const row = async () => {
      const found = await findSource(db, 'Car');
      assert.ok(found);
      return found;
    };
    const car = await row();
    const events = new CarEvents({ db, car: row });
    const keeping = new CarKeeping({
      ...{ db, car: row, events, root: library.root, isThere: async () => true, turns: new WriteTurns() },
      follow: async ({ id }) => void (await lookAtLibraryCar({ db, sourceId: id, root: library.root, folder: 'car' })),
      now: () => NOW,
      log: silentLog,
    });
    // Of four minutes one is the event's, in all cameras; of the others one is protected in one camera, and one clip is in use.
    const start = Date.parse('2026-03-02T01:03:05Z');
    const range = { start_at: start, end_at: start + 1, track: 'back', note: '', created_by: null };
    await addProtection(db, { id: '00000000-0000-4000-8000-000000000009', source_id: car.id, ...range }, 10);
    const loose = await looseCarClips(db, car.id, { limit: 100 });
    assert.equal(loose.length, 24 - 6 - 1);
    const [inUse] = loose;
    assert.ok(inUse);
    const retention = new CarRetention({
      ...{ db, keeping, now: async () => NOW, inUse: () => new Set([inUse.id]), log: silentLog },
    });
    await retention.run();
    assert.equal((await carTotals(db)).get(car.id)?.clips, 24, 'without limits nothing goes');
    await changeSource(db, car.id, {
      settings: { from: { type: 'library' }, keep: { recentDays: 3, maxBytes: null } },
    });
    await retention.run();
    assert.equal((await carTotals(db)).get(car.id)?.clips, 6 + 1 + 1);
    assert.ok(await getCarFile(db, car.id, inUse.id));
    const verified = await verifyLibrary(library.root, { contents: true });
    assert.ok(verified.ok);
    assert.equal(verified.sources[0]?.files, 6 + 1 + 1 + 1);
    assert.deepEqual(verified.sources[0]?.unrecorded, []);
    const detail = await events.list('Car', { limit: 10 });
    assert.deepEqual([detail[0]?.clips, detail[0]?.filled], [6, 4]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
