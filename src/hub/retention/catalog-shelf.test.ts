import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type TestDatabase, testServers } from '../../../test/postgres/database.ts';
import { addProtection } from '../../catalog/protections.ts';
import { totals as readTotals } from '../../catalog/segment-days.ts';
import { insertReports } from '../../catalog/segments.ts';
import { createSource } from '../../catalog/sources.ts';
import { FootageTotals } from '../recording/totals.ts';
import { catalogShelf } from './catalog-shelf.ts';

for (const server of testServers().slice(0, 1))
  describe(`the catalog as retention sees it on ${server.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await server.open();
    });
    after(() => database[Symbol.asyncDispose]());

    it('footage that a crash left marked is not subtracted again when it goes', async () => {
      const { db } = database.catalog;
      const id = randomUUID();
      await createSource(db, { id, kind: 'camera', name: 'door', folder: 'door', settings: {} });
      const report = (seq: number) => ({
        sourceId: id,
        track: 'main',
        run: '00000000aaaa',
        seq,
        token: 1,
        key: `door/main/2026-11-21/18/${seq}.mp4`,
        wallStart: 1000 * seq,
        mediaStart: 0,
        durationMs: 1000,
        frames: 15,
        bytes: 100,
        sha256: '0'.repeat(64),
        codec: 'avc1.64001f',
        width: 64,
        height: 64,
        ended: 'rotate' as const,
      });
      await insertReports(db, [0, 1, 2, 3].map(report));
      const before = new FootageTotals(() => readTotals(db));
      await before.refresh();
      const shelf = catalogShelf({ db, totals: before });
      const { segments } = await shelf.look({ now: 0, stores: [0], short: [0], limit: 10 });
      await shelf.mark([...segments.values()].slice(0, 2));
      assert.deepEqual(before.of(id), { bytes: 200, from: 2000, to: 4000 });

      // The hub dies here, and counts anew.
      const anew = new FootageTotals(() => readTotals(db));
      await anew.refresh();
      const second = catalogShelf({ db, totals: anew });
      await second.forget(await second.marked(10, 0));
      assert.deepEqual(anew.of(id), { bytes: 200, from: 2000, to: 4000 });

      // What somebody protects between look and mark is not marked.
      const { segments: left } = await second.look({ now: 0, stores: [0], short: [0], limit: 10 });
      const range = {
        id: randomUUID(),
        source_id: id,
        track: 'main',
        start_at: 3500,
        end_at: 3600,
        note: '',
        created_by: null,
      };
      await addProtection(db, range, 1);
      await second.mark([...left.values()]);
      assert.deepEqual(
        (await second.marked(10, 0)).map((segment) => segment.start),
        [2000],
      );
      assert.equal(anew.of(id).bytes, 100);
    });
  });
