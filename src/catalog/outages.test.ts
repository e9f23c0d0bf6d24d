import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type TestDatabase, testServers } from '../../test/postgres/database.ts';
import type { OutageReport } from '../contract/outage.ts';
import {
  deleteOutage,
  forgetOldOutages,
  newestFootage,
  noteRetention,
  openHubOutages,
  outagesBetween,
  reportOutages,
  shownStretches,
  writeOutage,
} from './outages.ts';
import { insertReports } from './segments.ts';
import { createSource } from './sources.ts';

const DAY = 86_400_000;
const T = 1_700_000_000_000;

for (const server of testServers())
  describe(`outages on ${server.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await server.open();
    });
    after(() => database[Symbol.asyncDispose]());

    const camera = async (): Promise<string> => {
      const id = randomUUID();
      await createSource(database.catalog.db, {
        id,
        kind: 'camera',
        name: id,
        folder: id,
        settings: { url: 'rtsp://x' },
      });
      return id;
    };
    const segment = async (sourceId: string, run: string, seq: number, start: number, durationMs: number) =>
      await insertReports(database.catalog.db, [
        {
          sourceId,
          track: 'main',
          run,
          seq,
          token: 1,
          key: `${sourceId}/${run}/${seq}`,
          wallStart: start,
          mediaStart: 0,
          durationMs,
          frames: 1,
          bytes: 1000,
          sha256: 'ab'.repeat(32),
          codec: 'avc1.64001f',
          width: 1920,
          height: 1080,
          ended: 'rotate',
        },
      ]);
    const seen = async (sourceId: string, from = T - DAY, to = T + 10 * DAY) =>
      (await outagesBetween(database.catalog.db, sourceId, 'main', from, to)).map((row) => [
        row.cause,
        row.start_at - T,
        row.end_at === null ? null : row.end_at - T,
      ]);

    it('an outage is told any number of times, and ends by its id; another recorder cannot change it', async () => {
      const { db } = database.catalog;
      const sourceId = await camera();
      const [mine, other] = [randomUUID(), randomUUID()];
      const outage: OutageReport = { id: randomUUID(), sourceId, track: 'main', start: T, end: null, cause: 'frozen' };
      await reportOutages(db, mine, [outage, { ...outage, id: randomUUID(), sourceId: randomUUID() }]);
      await reportOutages(db, mine, [outage, outage]);
      assert.deepEqual(await seen(sourceId), [['frozen', 0, null]]);
      await reportOutages(db, mine, [{ ...outage, end: T + 5000 }]);
      await reportOutages(db, other, [{ ...outage, end: T + 9000, cause: 'disk' }]);
      assert.deepEqual(await seen(sourceId), [['frozen', 0, 5000]]);
      assert.deepEqual(await seen(sourceId, T + 5000, T + 6000), [], 'it does not touch what begins at its end');
    });

    it('long outages are found from their middle, and those of all tracks for each', async () => {
      const { db } = database.catalog;
      const sourceId = await camera();
      const id = randomUUID();
      await writeOutage(db, { id, sourceId, track: null, cause: 'disabled', start: T, end: null });
      assert.deepEqual(
        (await openHubOutages(db)).map((row) => row.id),
        [id],
      );
      await writeOutage(db, { id, sourceId, track: null, cause: 'disabled', start: T, end: T + 5 * DAY });
      assert.deepEqual(await seen(sourceId, T + 3 * DAY, T + 3 * DAY + 1), [['disabled', 0, 5 * DAY]]);
      assert.deepEqual(await openHubOutages(db), []);
      await deleteOutage(db, id);
      assert.deepEqual(await seen(sourceId), []);
    });

    it('what retention removes piece by piece is one outage that grows', async () => {
      const { db } = database.catalog;
      const sourceId = await camera();
      const piece = (start: number, end: number) => ({ sourceId, track: 'main', start: T + start, end: T + end });
      await noteRetention(db, [piece(0, 60_000), piece(60_000, 120_000)]);
      await noteRetention(db, [piece(120_000, 180_000)]);
      await noteRetention(db, [piece(120_000, 180_000)]);
      assert.deepEqual(await seen(sourceId), [['retention', 0, 180_000]]);
      await noteRetention(db, [piece(2 * DAY, 2 * DAY + 1000), { ...piece(0, 1000), track: 'sub' }]);
      assert.deepEqual(await seen(sourceId), [
        ['retention', 0, 180_000],
        ['retention', 2 * DAY, 2 * DAY + 1000],
      ]);
      await noteRetention(db, [piece(170_000, 2 * DAY)]);
      assert.deepEqual(await seen(sourceId), [['retention', 0, 2 * DAY + 1000]]);
      await noteRetention(db, [{ ...piece(0, 1), sourceId: randomUUID() }]);
    });

    it('a run without a hole is one stretch, however many segments it has', async () => {
      const { db } = database.catalog;
      const sourceId = await camera();
      for (let seq = 0; seq < 5; seq++) await segment(sourceId, 'aaaaaaaa', seq, T + seq * 60_000, 60_000);
      await segment(sourceId, 'aaaaaaaa', 5, T + 310_000, 10_000);
      await segment(sourceId, 'bbbbbbbb', 0, T + 320_000, 10_000);
      assert.deepEqual(
        (await shownStretches(db, sourceId, 'main', T + 1, T + DAY)).map(({ run, start, end }) => [
          run,
          start - T,
          end - T,
        ]),
        [
          ['aaaaaaaa', 0, 300_000],
          ['aaaaaaaa', 310_000, 320_000],
          ['bbbbbbbb', 320_000, 330_000],
        ],
      );
    });

    it('footage ends where that of the past ends, whatever there is of a time to come', async () => {
      const { db } = database.catalog;
      const sourceId = await camera();
      await segment(sourceId, 'aaaaaaaa', 0, T, 60_000);
      await segment(sourceId, 'bbbbbbbb', 0, T + 3_600_000, 60_000);
      assert.equal((await newestFootage(db, T + 90_000)).get(sourceId), T + 60_000);
      assert.equal((await newestFootage(db, T + DAY)).get(sourceId), T + 3_660_000);
    });

    it('old outages are forgotten by the age of the newest footage, never by the clock', async () => {
      const { db } = database.catalog;
      const sourceId = await camera();
      const quiet = await camera();
      const told = { track: null, cause: 'disabled' as const };
      for (const id of [sourceId, quiet]) {
        await writeOutage(db, { ...told, id: randomUUID(), sourceId: id, start: T, end: T + 1000 });
        await writeOutage(db, { ...told, id: randomUUID(), sourceId: id, start: T + 2000, end: null });
      }
      await segment(sourceId, 'aaaaaaaa', 0, T + 400 * DAY, 60_000);
      assert.equal(await forgetOldOutages(db, 400), 0);
      await segment(sourceId, 'aaaaaaaa', 1, T + 401 * DAY, 60_000);
      assert.equal(await forgetOldOutages(db, 400), 1);
      assert.deepEqual(await seen(sourceId), [['disabled', 2000, null]]);
      assert.equal((await seen(quiet)).length, 2);
    });
  });
