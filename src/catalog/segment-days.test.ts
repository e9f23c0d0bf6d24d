import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { type TestDatabase, testServers } from '../../test/postgres/database.ts';
import { deleteRows, markDeleting } from './leaving.ts';
import { bytesPerDay, DAY_MS, dayTotals, recountDays, totals } from './segment-days.ts';
import { insertReports } from './segments.ts';
import { createSource } from './sources.ts';

const MIDNIGHT = 20_000 * DAY_MS;

for (const server of testServers())
  describe(`day totals on ${server.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await server.open();
    });
    after(() => database[Symbol.asyncDispose]());

    const source = async (): Promise<string> => {
      const id = randomUUID();
      await createSource(database.catalog.db, { id, kind: 'camera', name: id, folder: id, settings: {} });
      return id;
    };
    const report = (sourceId: string, wallStart: number, durationMs: number, token = 1, track = 'main') => ({
      sourceId,
      track,
      run: randomUUID().slice(0, 8),
      seq: 0,
      token,
      key: `x/${track}/2026-11-21/18/${randomUUID()}.mp4`,
      wallStart,
      mediaStart: 0,
      durationMs,
      frames: 15,
      bytes: 100 + (durationMs % 97),
      sha256: '0'.repeat(64),
      codec: 'avc1.64001f',
      width: 64,
      height: 64,
      ended: 'rotate' as const,
    });
    const days = async () =>
      (await sql`select * from segment_days order by track_id, day, store`.execute(database.catalog.db)).rows;

    it('whatever is written, trimmed, moved, marked and removed: the totals are the sums of the rows', async () => {
      const { db } = database.catalog;
      const id = await source();
      const step = fc.oneof(
        fc.record({
          kind: fc.constant('insert' as const),
          at: fc.integer({ min: -3, max: 3 }).map((step) => MIDNIGHT + step * DAY_MS),
          shift: fc.integer({ min: -5_000_000, max: 5_000_000 }),
          lengths: fc.array(fc.integer({ min: 0, max: 4_000_000 }), { minLength: 1, maxLength: 4 }),
          token: fc.integer({ min: 1, max: 3 }),
          track: fc.constantFrom('main', 'sub'),
        }),
        fc.record({ kind: fc.constantFrom('mark' as const, 'remove' as const, 'move' as const), pick: fc.nat(4) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
          await sql`delete from segments`.execute(db);
          for (const one of steps) {
            const ids = (await sql<{ id: number }>`select id from segments order by id`.execute(db)).rows.map(
              (row) => row.id,
            );
            if (one.kind === 'insert') {
              let start = one.at + one.shift;
              const reports = one.lengths.map((length) => {
                const made = report(id, start, length, one.token, one.track);
                start += length;
                return made;
              });
              await insertReports(db, reports);
              continue;
            }
            const picked = ids.filter((_, at) => at % 5 === one.pick);
            if (one.kind === 'mark') await markDeleting(db, picked);
            else if (one.kind === 'move')
              await sql`update segments set store = 1 - store where id = any(${picked}::bigint[])`.execute(db);
            else {
              await markDeleting(db, picked);
              await deleteRows(db, picked);
            }
          }
          const counted = await days();
          await recountDays(db);
          assert.deepEqual(counted, await days());
        }),
        { numRuns: 25 },
      );
    });

    it('splits at midnight, and answers per day, per source and for forecasts', async () => {
      const { db } = database.catalog;
      const id = await source();
      await insertReports(db, [report(id, MIDNIGHT - 40_000, 60_000), report(id, MIDNIGHT + 20_000, 60_000)]);
      const found = await dayTotals(db, { from: MIDNIGHT - DAY_MS, to: MIDNIGHT + DAY_MS, sourceId: id });
      assert.deepEqual(
        found.map((day) => [day.segments, day.coveredMs, (day.from ?? 0) - MIDNIGHT, (day.to ?? 0) - MIDNIGHT]),
        [
          [1, 40_000, -40_000, 0],
          [1, 80_000, 0, 80_000],
        ],
      );
      const [total] = await totals(db, id);
      const bytes = 2 * (100 + (60_000 % 97));
      assert.deepEqual([total?.bytes, total?.segments, total?.byStore], [bytes, 2, [bytes, 0]]);
      assert.deepEqual([total?.from, total?.to], [MIDNIGHT - 40_000, MIDNIGHT + 80_000]);
      assert.equal((await bytesPerDay(db, MIDNIGHT + DAY_MS)).get(id), bytes / 2);
    });

    it('a source that goes with all its rows leaves no totals', async () => {
      const { db } = database.catalog;
      const id = await source();
      await insertReports(db, [report(id, MIDNIGHT, 60_000)]);
      await db.deleteFrom('sources').where('id', '=', id).execute();
      assert.deepEqual(await totals(db, id), []);
    });
  });
