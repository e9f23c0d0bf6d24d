import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/base/log.ts';
import { totals as readTotals } from '../../src/catalog/segment-days.ts';
import { insertReports, segmentsBetween } from '../../src/catalog/segments.ts';
import { removeSource } from '../../src/catalog/sources.ts';
import { adoptRecent } from '../../src/hub/index/recent.ts';
import { FootageTotals } from '../../src/hub/recording/totals.ts';
import { catalogShelf } from '../../src/hub/retention/catalog-shelf.ts';
import { Retention } from '../../src/hub/retention/retention.ts';
import { Space } from '../../src/hub/retention/space.ts';
import { openFootageHub } from './footage-hub.ts';
import { keyOf, makeSegment } from './segment-file.ts';

test('retention, and the deletion of a camera, on a real database and folder', async () => {
  await using hub = await openFootageHub();
  const { db } = hub.database.catalog;
  const start = Date.now() - 3_600_000;
  const make = async (folder: string, id: string) => {
    const made = [0, 1, 2, 3].map((seq) =>
      makeSegment({
        sourceId: id,
        folder,
        library: hub.library,
        seq,
        mediaStartMs: seq * 5000,
        runWallStart: start,
        fragments: 5,
      }),
    );
    for (const segment of made) await hub.write(keyOf(segment), segment.bytes);
    return made;
  };
  const door = await hub.addCamera('Front door', 'front-door');
  const yard = await hub.addCamera('Yard', 'yard');
  const made = await make('front-door', door);
  const reports = made.map((segment) => segment.report(keyOf(segment)));
  await insertReports(db, reports);
  const yardFiles = await make('yard', yard);
  await hub.write('yard/main/holiday.mp4', Buffer.from('not ours'));

  // The yard's files have no rows yet: they are found.
  const wish = { db, blobs: hub.blobs, folder: hub.root, library: hub.library, log: silentLog, now: Date.now() };
  assert.equal(await adoptRecent(wish), 4);
  assert.equal(await adoptRecent(wish), 0);

  const limit = made.slice(2).reduce((sum, segment) => sum + segment.bytes.length, 0);
  const settings = JSON.stringify({ url: 'rtsp://camera.example/', retention: { days: null, bytes: limit } });
  await db.updateTable('sources').set({ settings }).where('id', '=', door).execute();
  await removeSource(db, yard, 'delete');
  const totals = new FootageTotals(() => readTotals(db));
  await totals.refresh();
  const retention = new Retention({
    shelf: catalogShelf({ db, totals }),
    stores: () => [
      {
        store: 0,
        blobs: hub.blobs,
        library: hub.library,
        space: new Space(async () => ({ free: 1e12, total: 1e12 }), 0),
      },
    ],
    log: silentLog,
    now: async () => Date.now(),
    inUse: () => new Set(),
    onRemoved: () => undefined,
  });
  assert.equal(await retention.run(), 6);
  await retention.stop();

  const left = await segmentsBetween(db, door, 'main', start, start + 60_000);
  assert.deepEqual(
    left.map((row) => row.seq),
    [2, 3],
  );
  assert.equal(totals.of(door).bytes, limit);
  assert.deepEqual(
    await Promise.all(made.map(async (segment) => (await hub.blobs.stat(keyOf(segment))) !== undefined)),
    [false, false, true, true],
  );
  for (const segment of yardFiles) assert.equal(await hub.blobs.stat(keyOf(segment)), undefined);
  assert.ok(await hub.blobs.stat('yard/main/holiday.mp4'), 'an unknown file stays');
  assert.equal((await db.selectFrom('sources').select('id').where('id', '=', yard).execute()).length, 0);
});
