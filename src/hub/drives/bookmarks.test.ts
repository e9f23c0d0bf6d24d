import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type TestDatabase, testServers } from '../../../test/postgres/database.ts';
import { UserError } from '../../base/errors.ts';
import { silentLog } from '../../base/log.ts';
import { putDrive, putReading } from '../../catalog/drives.ts';
import { createSource, findSource } from '../../catalog/sources.ts';
import type { Clip, ClipRequest } from '../../contract/clip.ts';
import { Bookmarks } from './bookmarks.ts';

const START = Date.parse('2026-11-20T08:00:00Z');

for (const server of testServers().slice(0, 1))
  describe(`clips of bookmarks on ${server.name}`, () => {
    let database: TestDatabase;
    const source = randomUUID();
    const drive = randomUUID();
    let now = START + 3_600_000;
    /** What was asked for. */
    const asked: ClipRequest[] = [];
    let refusal: UserError | undefined;
    let bookmarks: Bookmarks;

    before(async () => {
      database = await server.open();
      const { db } = database.catalog;
      await createSource(db, {
        id: source,
        kind: 'openpilot',
        name: 'Car',
        folder: 'car',
        settings: {
          from: { type: 'folder', path: '/x' },
          bookmarkClips: { before: 20, after: 10, layout: 'ui', maxBytes: 9_000_000 },
          clipsSince: START + 50_000,
        },
      });
      bookmarks = new Bookmarks({
        db,
        now: () => now,
        log: silentLog,
        againMs: 20,
        sourceOf: (id) => findSource(db, id),
        findSource: async (name) => {
          const row = await findSource(db, name);
          if (!row) throw new UserError('none', '', { code: 'not-found' });
          return row;
        },
        create: async (request) => {
          if (refusal) throw refusal;
          asked.push(request);
          return { id: randomUUID() } as Clip;
        },
      });
    });
    after(async () => {
      await bookmarks.stop();
      await database[Symbol.asyncDispose]();
    });

    async function put(minutes: number, at: readonly number[]): Promise<void> {
      const { db } = database.catalog;
      await putDrive(db, {
        id: drive,
        sourceId: source,
        route: '0000002c--d68dde99ca',
        startAt: START,
        startKnown: true,
        durationMs: minutes * 60_000,
        minutes: Array.from({ length: minutes }, (_, minute) => ({
          minute,
          files: { qlog: { path: 'q', bytes: 1, changed: START + (minute + 1) * 60_000 } },
        })),
        filesKnown: true,
        facts: {},
        logsOf: String(minutes),
      });
      const moments = at.map((seconds) => ({
        id: `00000000-0000-4000-8000-${String(Math.round(seconds * 10)).padStart(12, '0')}`,
        kind: 'bookmark',
        start: seconds,
        end: seconds,
        score: null,
        label: null,
      }));
      const summary = { engaged: [], distance: null };
      await putReading(db, drive, { summary, track: [], facts: {}, startAt: START, logsOf: String(minutes), moments });
    }
    const settled = async (count: number): Promise<void> => {
      bookmarks.soon();
      for (let waited = 0; waited < 3000 && asked.length < count; waited += 20)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.equal(asked.length, count);
    };

    it('nothing is known at first, and that is said', async () => {
      await assert.rejects(bookmarks.clipLatest({}, null, null), /No bookmark is known\./);
      await assert.rejects(bookmarks.clipLatest({ source: 'Car' }, null, null), /No bookmark is known of “Car”/);
    });

    it('each new bookmark becomes one clip; those of before the switch do not', async () => {
      await put(2, [30, 70.5]);
      await settled(1);
      const [request] = asked;
      assert.deepEqual(request?.ranges, [{ start: 50.5, end: 80.5 }]);
      assert.deepEqual(request.sources, [drive]);
      assert.equal(request.limits.maxBytes, 9_000_000);
      await put(3, [30, 70.5]);
      await settled(1);
    });

    it('what comes after the button is waited for while the drive goes on, and cut where it ended', async () => {
      now = START + 4 * 60_000 + 1000;
      await put(4, [30, 70.5, 235]);
      await settled(1);
      await put(5, [30, 70.5, 235]);
      await settled(2);
      assert.deepEqual(asked[1]?.ranges, [{ start: 215, end: 245 }]);
      await put(5, [30, 70.5, 235, 298]);
      await settled(2);
      now = START + 20 * 60_000;
      await settled(3);
      assert.deepEqual(asked[2]?.ranges, [{ start: 278, end: 300 }]);
    });

    it('one that cannot be made is not tried for ever', async () => {
      refusal = new UserError('qcamera.ts is not there', '', { code: 'missing' });
      await put(6, [30, 70.5, 235, 298, 310]);
      await settled(3);
      refusal = undefined;
      await settled(3);
    });

    it('the latest is clipped when somebody asks, as the source says or as is asked', async () => {
      await bookmarks.clipLatest({ source: 'Car', before: 5, layout: 'forward' }, 'anna', null);
      const request = asked.at(-1);
      assert.deepEqual(request?.ranges, [{ start: 305, end: 320 }]);
      assert.equal(request.layout, 'forward');
    });
  });
