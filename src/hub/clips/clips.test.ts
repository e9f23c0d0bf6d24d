import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type TestDatabase, testServers } from '../../../test/postgres/database.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { ClipRequest } from '../../contract/clip.ts';
import { JobQueue } from '../../jobs/queue.ts';
import { cameraKind } from './camera-kind.ts';
import { Clips } from './clips.ts';
import { JobDesk } from './desk.ts';
import type { ClipKind } from './kind.ts';
import { JobPayload } from './payload.ts';
import { ClipPlanner } from './planner.ts';
import { ShownPictures } from './shown-pictures.ts';

const CAMERA = { id: 'b4b0c8b0-0000-4000-8000-000000000001', name: 'Door' };
const OTHER = { id: 'b4b0c8b0-0000-4000-8000-000000000002', name: 'Yard' };

for (const server of testServers().slice(0, 1))
  describe(`clips on ${server.name}`, () => {
    let database: TestDatabase;
    let queue: JobQueue;
    let clips: Clips;
    const shown = new ShownPictures();

    before(async () => {
      database = await server.open();
      queue = await JobQueue.open({ catalog: database.catalog, log: silentLog, clock: systemClock });
      clips = new Clips({
        db: database.catalog.db,
        queue,
        blobs: { delete: async () => undefined, stat: async () => undefined },
        events: { publish: () => undefined },
        kinds: [camerasWith(async () => undefined)],
        shown,
        log: silentLog,
      });
      await clips.start();
    });
    after(async () => {
      await clips.stop();
      await queue.stop();
      await database[Symbol.asyncDispose]();
    });

    const camerasWith = (nextFootage: (source: string) => Promise<number | undefined>): ClipKind =>
      cameraKind({
        db: database.catalog.db,
        findCamera: async (name) => [CAMERA, OTHER].find((camera) => camera.name === name),
        recording: { openSegments: () => [], holderOf: () => undefined, closeEarly: () => undefined },
        nextFootage,
        newestFootage: () => null,
        now: () => Date.parse('2026-11-22T00:00:00Z'),
        timeZone: 'UTC',
      });
    const ask = (source: string): Promise<{ id: string }> =>
      clips.create(
        ClipRequest.parse({ sources: [source], ranges: [{ start: '2026-11-21T18:05:00Z', length: 10 }] }),
        null,
      );

    it('a clip that joins a job in the moment it ends is told how it ended', async () => {
      const { job } = await queue.send({ type: 'render', kind: 'camera', hash: randomUUID(), payload: {} });
      const worker = randomUUID();
      const leased = await queue.lease({ worker, types: ['render'], kinds: ['camera'], waitMs: 2000 });
      assert.equal(leased?.id, job.id);
      const running = await queue.find(job.id);
      assert.ok(running && leased);
      await queue.complete(job.id, { attempt: leased.attempt, result: { key: 'clips/x.mp4', bytes: 1 } });
      await clips.settled();
      const { id } = await ask('Door');
      await clips.follow(id, running);
      await clips.settled();
      const row = await database.catalog.db.selectFrom('clips').select('state').where('id', '=', id).executeTakeFirst();
      assert.equal(row?.state, 'done');
    });

    it('what is being drawn is seen for as long as it is drawn', async () => {
      const { job } = await queue.send({ type: 'render', kind: 'camera', hash: randomUUID(), payload: {} });
      const leased = await queue.lease({ worker: randomUUID(), types: ['render'], kinds: ['camera'], waitMs: 2000 });
      assert.equal(leased?.id, job.id);
      const { id } = await ask('Door');
      await clips.follow(id, (await queue.find(job.id)) ?? job);
      const none = (): Promise<never> => Promise.reject(new Error('no blob is asked for here'));
      const blobs = { kind: 'folder', sign: none, stat: none, get: none, delete: none } as const;
      const desk = new JobDesk({
        queue,
        blobs,
        shown: { put: (jobId, jpeg) => shown.put(jobId, jpeg), told: (jobId) => clips.pictureShown(jobId) },
        log: silentLog,
      });
      assert.equal((await clips.get(id, null)).picture, null);
      await assert.rejects(clips.picture(id, null), /no picture/);
      const jpeg = Buffer.from('ffd8ffe000', 'hex');
      assert.equal(await desk.picture(job.id, 0, jpeg), 'go-on');
      assert.equal(await desk.picture(job.id, 0, jpeg), 'go-on');
      assert.deepEqual([(await clips.get(id, null)).picture, await clips.picture(id, null)], [2, jpeg]);
      await assert.rejects(desk.picture(job.id, 0, Buffer.from('<svg onload=…>')), /no JPEG/);
      assert.equal(await desk.picture(job.id, 1, jpeg), 'lost', 'of another attempt');
      await queue.complete(job.id, { attempt: 0, result: { key: 'clips/y.mp4', bytes: 1 } });
      await clips.settled();
      assert.equal((await clips.get(id, null)).picture, null);
      await assert.rejects(clips.picture(id, null), /no picture/);
    });

    it('a viewer takes back what the own account has asked for and nothing else; an admin and a program everything', async () => {
      const account = (role: 'admin' | 'viewer') => ({
        id: randomUUID(),
        name: 'kim',
        role,
        createdAt: new Date(0).toISOString(),
      });
      const kim = account('viewer');
      const other = account('viewer');
      const admin = account('admin');
      const request = ClipRequest.parse({
        sources: ['Door'],
        ranges: [{ start: '2026-11-21T18:05:00Z', length: 10 }],
      });
      const { id } = await clips.create(request, kim.name, kim.id);
      for (const user of [kim, admin, undefined]) await clips.mayTakeBack(id, user);
      await assert.rejects(clips.mayTakeBack(id, other), /This clip is kim’s\./);
      // A program's, or one of an earlier version: its name is not enough.
      const nobodys = await clips.create(request, kim.name, null);
      await assert.rejects(clips.mayTakeBack(nobodys.id, kim), /kim’s/);
    });

    it('a clip that cannot be planned fails, and does not hold up the others', async () => {
      const planner = new ClipPlanner({
        db: database.catalog.db,
        clips,
        queue,
        blobs: { stat: async () => undefined },
        kinds: [
          camerasWith(async (source) => {
            if (source === CAMERA.id) throw new TypeError('a bug');
            return undefined;
          }),
        ],
        log: silentLog,
        settleMs: 0,
        everyMs: 10,
      });
      const bad = await ask('Door');
      const good = await ask('Yard');
      planner.start();
      let states: string[] = [];
      for (let waited = 0; waited < 3000 && states.filter((state) => state === 'failed').length < 2; waited += 20) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        states = (await Promise.all([clips.get(bad.id, null), clips.get(good.id, null)])).map((clip) => clip.state);
      }
      await planner.stop();
      assert.deepEqual(states, ['failed', 'failed']);
      assert.match((await clips.get(good.id, null)).error ?? '', /no footage/);
      assert.doesNotMatch((await clips.get(bad.id, null)).error ?? '', /a bug/);
    });

    it('what cameras do not have is refused in words', async () => {
      const wrong = (change: object): Promise<unknown> =>
        clips.create(ClipRequest.parse({ sources: ['Door'], ranges: [{ start: '-1h', length: 10 }], ...change }), null);
      await assert.rejects(wrong({ ranges: [] }), /names no time/);
      await assert.rejects(wrong({ ranges: [{ start: 90, length: 10 }] }), /counts seconds from a start/);
      await assert.rejects(wrong({ ranges: [{ start: '1:30', length: 10 }] }), /counts seconds from a start/);
      await assert.rejects(wrong({ layout: 'ui' }), /no layout “ui”/);
      await assert.rejects(wrong({ overlays: { hud: {} } }), /belong to drives/);
      await assert.rejects(wrong({ speed: 2 }), /Only clips of drives/);
      await assert.rejects(wrong({ sources: ['Nowhere'] }), /There is no camera called “Nowhere”/);
    });

    it('a job of before there were drives is read as a camera’s', () => {
      const params = { fileName: 'Door.mp4' };
      const old = { params, inputs: [{ name: 'a', key: 'k', bytes: 1, sha256: 'x' }], limits: {}, hash: 'h' };
      const { kind, fileName } = JobPayload.parse(old);
      assert.deepEqual({ kind, fileName }, { kind: 'camera', fileName: 'Door.mp4' });
    });

    it('clips that nobody makes do not pile up for ever', async () => {
      const row = { title: 'x', request: JSON.stringify({}), state: 'waiting' as const };
      const rows = Array.from({ length: 200 }, () => ({ ...row, id: randomUUID() }));
      await database.catalog.db.insertInto('clips').values(rows).execute();
      await assert.rejects(ask('Door'), /waiting already/);
      await database.catalog.db.deleteFrom('clips').where('title', '=', 'x').execute();
      await ask('Door');
    });
  });
