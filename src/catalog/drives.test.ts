import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type TestDatabase, testServers } from '../../test/postgres/database.ts';
import {
  bookmarksToClip,
  type DriveReading,
  driveAt,
  driveOfRoute,
  dropDrives,
  type FoundDrive,
  getDrive,
  latestBookmark,
  listDrives,
  markClipped,
  momentsOfDrive,
  noteProblem,
  putDrive,
  putReading,
  unreadDrives,
} from './drives.ts';
import { createSource, removeSource } from './sources.ts';

const DONGLE = '5beb9b58bd12b691';
const LOG = '0000002c--d68dde99ca';
const START = Date.parse('2026-11-20T08:00:00Z');

for (const server of testServers())
  describe(`drives on ${server.name}`, () => {
    let database: TestDatabase;
    const source = randomUUID();
    const other = randomUUID();

    before(async () => {
      database = await server.open();
      for (const [id, name] of [
        [source, 'Car'],
        [other, 'Other'],
      ] as const)
        await createSource(database.catalog.db, { id, kind: 'openpilot', name, folder: name, settings: {} });
    });
    after(() => database[Symbol.asyncDispose]());

    const found = (changes: Partial<FoundDrive> = {}): FoundDrive => ({
      id: randomUUID(),
      sourceId: source,
      route: `${DONGLE}|${LOG}`,
      startAt: START,
      startKnown: false,
      durationMs: 60_000,
      minutes: [{ minute: 0, files: { qlog: { path: 'a', bytes: 1, changed: 2 } } }],
      filesKnown: true,
      facts: {},
      logsOf: 'one',
      ...changes,
    });
    const reading = (changes: Partial<DriveReading> = {}): DriveReading => ({
      summary: { engaged: [{ start: 5, end: 50 }], distance: 812.5 },
      track: [[0, 1, 2]],
      facts: { car: 'TOYOTA' },
      startAt: START + 3000,
      logsOf: 'one',
      moments: [],
      ...changes,
    });

    it('a drive is put in once; only what is new is told', async () => {
      const { db } = database.catalog;
      const first = await putDrive(db, found());
      assert.equal(first?.created, true);
      assert.equal(await putDrive(db, found()), undefined, 'nothing new');
      const grown = await putDrive(db, found({ durationMs: 120_000, logsOf: 'two' }));
      assert.equal(grown?.created, false);
      assert.equal(grown.row.id, first.row.id);
      assert.equal(grown.row.duration_ms, 120_000);
    });

    it('what the logs tell stays when the drive grows, and is read again', async () => {
      const { db } = database.catalog;
      const [drive] = await unreadDrives(db, [source], 10);
      assert.ok(drive);
      const bookmark = randomUUID();
      const moment = { id: bookmark, kind: 'bookmark', start: 30, end: 30, score: null, label: null };
      await putReading(db, drive.id, reading({ logsOf: 'two', moments: [moment] }));
      assert.deepEqual(await unreadDrives(db, [source], 10), []);
      assert.equal((await latestBookmark(db))?.start_at, START + 33_000);
      assert.equal((await latestBookmark(db, other)) ?? null, null);
      assert.equal((await bookmarksToClip(db, source, START, 10)).length, 1);
      assert.deepEqual([await markClipped(db, bookmark), await markClipped(db, bookmark)], [true, false]);

      await putDrive(db, found({ durationMs: 180_000, logsOf: 'three' }));
      const [again] = await unreadDrives(db, [source], 10);
      assert.equal(again?.start_at, START + 3000, 'the guess does not come back');
      const second = { ...moment, id: randomUUID(), start: 150, end: 150 };
      await putReading(db, drive.id, reading({ logsOf: 'three', moments: [moment, second] }));
      const moments = await momentsOfDrive(db, drive.id);
      assert.deepEqual(
        moments.map((one) => one.clipped_at !== null),
        [true, false],
        'what became of the first is not forgotten',
      );
      await putReading(db, drive.id, reading({ logsOf: 'three', moments: [second] }));
      assert.equal((await momentsOfDrive(db, drive.id)).length, 1);
      const seen = await getDrive(db, drive.id);
      assert.deepEqual([seen?.bookmarks, seen?.alerts, seen?.facts.car], [1, 0, 'TOYOTA']);
    });

    it('logs that cannot be read are not read again before they are others', async () => {
      const { db } = database.catalog;
      const bad = await putDrive(db, found({ route: 'bad', logsOf: 'x' }));
      assert.ok(bad);
      await noteProblem(db, bad.row.id, 'no log at all', 'x');
      assert.deepEqual(await unreadDrives(db, [source], 10), []);
      await putDrive(db, found({ route: 'bad', logsOf: 'y' }));
      assert.equal((await unreadDrives(db, [source], 10)).length, 1);
    });

    it('is found by its route in every form, and by device and time', async () => {
      const { db } = database.catalog;
      const id = (await driveOfRoute(db, { dongle: DONGLE, logId: LOG }))?.id;
      assert.ok(id);
      assert.equal((await driveOfRoute(db, { dongle: null, logId: LOG }))?.id, id);
      assert.equal(await driveOfRoute(db, { dongle: '0000000000000000', logId: LOG }), undefined);
      assert.equal((await driveAt(db, { dongle: DONGLE, start: START + 5000, end: START + 6000 }))?.id, id);
      assert.equal(await driveAt(db, { dongle: DONGLE, start: START + 5000, end: START + 1e7 }), undefined);
      assert.equal(await getDrive(db, 'nonsense'), undefined);
    });

    it('what a provider tells without the files takes no files away', async () => {
      const { db } = database.catalog;
      const told = await putDrive(db, found({ filesKnown: false, minutes: [], durationMs: 240_000, startKnown: true }));
      assert.equal(told?.row.files_known, true);
      assert.equal(told.row.minutes.length, 1);
    });

    it('lists are paged from the newest back; a removed source takes its drives away', async () => {
      const { db } = database.catalog;
      await putDrive(db, found({ sourceId: other, startAt: START + 1e9 }));
      const [newest] = await listDrives(db, { limit: 1 });
      assert.equal(newest?.source_id, other);
      const before = await listDrives(db, { before: newest.start_at, limit: 10 });
      assert.ok(before.every((drive) => drive.source_id === source));
      assert.deepEqual(await dropDrives(db, source, [`${DONGLE}|${LOG}`]), [
        before.find((drive) => drive.route === 'bad')?.id,
      ]);
      await removeSource(db, other, 'delete');
      assert.equal((await listDrives(db, { limit: 10 })).length, 1);
    });
  });
