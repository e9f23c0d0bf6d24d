import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { type TestDatabase, testServers } from '../../test/postgres/database.ts';
import type { Clock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { monotonicMs, wallMs } from '../base/units.ts';
import type { SegmentReport } from '../contract/recorder.ts';
import { changeClip, createClip, findClip, listClips, openClips } from './clips.ts';
import { clockSteps, noteClockSteps } from './clock-steps.ts';
import { piecesOf } from './fencing.ts';
import { CameraLeases } from './leases.ts';
import { deleteRows, deleting, markDeleting } from './leaving.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/list.ts';
import { listRecorders, registerRecorder } from './recorders.ts';
import { dayTotals, totals } from './segment-days.ts';
import { highestToken, insertReports, segmentAt, segmentsBetween, spans } from './segments.ts';
import { libraryId, readSetting, writeSetting } from './settings.ts';
import { changeSource, createSource, findSource, listSources, purgeRemovedSources, removeSource } from './sources.ts';

class StepClock implements Clock {
  now = 0;
  wall() {
    return wallMs(this.now);
  }
  monotonic() {
    return monotonicMs(this.now);
  }
}

for (const server of testServers())
  describe(`catalog on ${server.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await server.open();
    });
    after(() => database[Symbol.asyncDispose]());

    let count = 0;
    const camera = async (over: { name?: string; folder?: string } = {}) => {
      const name = `camera ${++count}`;
      return await createSource(database.catalog.db, {
        id: randomUUID(),
        kind: 'camera',
        name,
        folder: name.replace(' ', '-'),
        settings: { url: 'rtsp://x' },
        ...over,
      });
    };
    const report = (sourceId: string, over: Partial<SegmentReport> = {}): SegmentReport => {
      const seq = over.seq ?? 0;
      return {
        sourceId,
        track: 'main',
        run: 'aaaaaaaa',
        seq,
        token: 1,
        key: `k/${seq}`,
        wallStart: 1_700_000_000_000 + seq * 60_000,
        mediaStart: 0,
        durationMs: 60_000,
        frames: 900,
        bytes: 1000,
        sha256: 'ab'.repeat(32),
        codec: 'avc1.64001f',
        width: 1920,
        height: 1080,
        ended: 'rotate',
        ...over,
      };
    };

    it('is brought forward step by step, from nothing and from an old state', async () => {
      await using fresh = await server.open();
      const { db, execute } = fresh.catalog;
      assert.deepEqual(await migrate(db, silentLog), [], 'a second time there is nothing to do');
      await execute('drop schema public cascade; create schema public');
      assert.deepEqual(await migrate(db, silentLog, migrations.slice(0, 1)), [1]);
      const kept = await createSource(db, {
        id: randomUUID(),
        kind: 'camera',
        name: 'Old one',
        folder: 'old-one',
        settings: {},
      });
      await execute(
        `with t as (insert into tracks (source_id, name) values ($1, 'main') returning id)
          insert into segments (track_id, run, seq, token, wall_start, duration_ms, shown_from, shown_to, media_start, bytes, frames,
            sha256, key, codec, width, height, ended, state)
          select id, 'aaaaaaaa', 0, 1, 1700000000000, 60000, 1700000000000, 1700000060000, 0, 1000, 900, '', 'k/0', 'avc1.64001f',
            1920, 1080, 'rotate', 'published' from t`,
        [kept.id],
      );
      assert.deepEqual(
        await migrate(db, silentLog),
        migrations.slice(1).map((one) => one.number),
      );
      assert.equal(
        (await segmentsBetween(db, kept.id, 'main', 0, Number.MAX_SAFE_INTEGER)).length,
        1,
        'what was there is still there',
      );
      assert.deepEqual(
        (await totals(db, kept.id)).map((total) => [total.bytes, total.segments]),
        [[1000, 1]],
        'and counted',
      );
      await assert.rejects(migrate(db, silentLog, migrations.slice(0, -1)), /this Vidette knows/);
    });

    it('finds sources by id and name in any case, and gives no name or folder out twice', async () => {
      const { db } = database.catalog;
      const door = await camera({ name: 'Front Door', folder: 'front-door' });
      assert.equal((await findSource(db, 'front door'))?.id, door.id);
      assert.equal((await findSource(db, door.id.toUpperCase()))?.id, door.id);
      assert.equal(await findSource(db, "' or true --"), undefined);
      await assert.rejects(camera({ name: 'FRONT DOOR' }), /already something called/);
      await assert.rejects(camera({ folder: 'Front-Door' }), /folder/);
      const changed = await changeSource(db, door.id, { enabled: false, settings: { url: 'rtsp://y' } });
      assert.deepEqual([changed?.revision, changed?.enabled, changed?.settings], [2, false, { url: 'rtsp://y' }]);
      assert.ok((await listSources(db, 'camera')).some((one) => one.id === door.id));
    });

    it('writes a report once, however often it comes', async () => {
      const { db } = database.catalog;
      const { id } = await camera();
      const batch = [0, 1, 2].map((seq) => report(id, { seq }));
      for (let time = 0; time < 3; time++)
        assert.deepEqual(
          (await insertReports(db, batch)).map((receipt) => receipt.state),
          ['published', 'published', 'published'],
        );
      assert.ok((await insertReports(db, batch)).every((receipt) => receipt.known === true));
      await Promise.all(
        [0, 1, 2, 3].map((shift) => insertReports(db, [...batch.slice(shift % 3), report(id, { seq: 3 + shift })])),
      );
      const rows = await segmentsBetween(db, id, 'main', 0, Number.MAX_SAFE_INTEGER);
      assert.deepEqual(
        rows.map((row) => row.seq),
        [0, 1, 2, 3, 4, 5, 6],
      );
      const [total] = await totals(db, id);
      assert.deepEqual(
        [total?.bytes, total?.from, total?.to],
        [7000, 1_700_000_000_000, 1_700_000_000_000 + 7 * 60_000],
      );
    });

    it('shows one recorder at any moment: the higher token wins the overlap (invariant 5)', async () => {
      const { db } = database.catalog;
      const { id } = await camera();
      const start = 1_700_000_000_000;
      await insertReports(db, [report(id, { seq: 0 }), report(id, { seq: 1 })]);
      const [winner] = await insertReports(db, [report(id, { run: 'bbbbbbbb', token: 2, wallStart: start + 90_000 })]);
      assert.equal(winner?.state, 'published');
      const [late] = await insertReports(db, [
        report(id, { run: 'aaaaaaab', wallStart: start + 95_000, durationMs: 20_000 }),
      ]);
      assert.equal(late?.state, 'shadow');
      const rows = await segmentsBetween(db, id, 'main', 0, Number.MAX_SAFE_INTEGER);
      assert.deepEqual(
        rows.map((row) => [row.token, row.shown_from - start, row.shown_to - start]),
        [
          [1, 0, 60_000],
          [1, 60_000, 90_000],
          [2, 90_000, 150_000],
        ],
      );
      assert.equal(await highestToken(db), 2);
    });

    it('a short segment of a higher token in the middle of a longer one hides nothing behind it (invariants 2 and 5)', async () => {
      const { db } = database.catalog;
      const { id } = await camera();
      const start = 1_700_000_000_000;
      await insertReports(db, [report(id, { seq: 0 })]);
      // It was to take over and died; the other went on.
      await insertReports(db, [
        report(id, { run: 'bbbbbbbb', token: 2, wallStart: start + 20_000, durationMs: 1000 }),
        report(id, { run: 'bbbbbbbc', token: 3, wallStart: start + 40_000, durationMs: 2000 }),
      ]);
      const shown = async (from: number, to: number) =>
        (await segmentsBetween(db, id, 'main', start + from, start + to)).flatMap((row) =>
          piecesOf(row).map((piece) => [row.token, piece.from - start, piece.to - start]),
        );
      assert.deepEqual(await shown(0, 60_000), [
        [1, 0, 20_000],
        [1, 21_000, 40_000],
        [1, 42_000, 60_000],
        [2, 20_000, 21_000],
        [3, 40_000, 42_000],
      ]);
      assert.deepEqual(await shown(20_000, 21_000), [[2, 20_000, 21_000]]);
      assert.equal((await segmentAt(db, id, 'main', start + 41_000))?.token, 3);
      assert.equal((await segmentAt(db, id, 'main', start + 43_000))?.token, 1);
      assert.equal((await spans(db, id, 'main', start, start + 60_000)).length, 1);
      const [day] = await dayTotals(db, { from: start, to: start + 60_000, sourceId: id });
      assert.equal(day?.coveredMs, 60_000, 'each moment counts once');
      assert.deepEqual(
        (await insertReports(db, [report(id, { seq: 0 })])).map(({ state }) => state),
        ['published'],
        'told again it stays as it is',
      );
    });

    it('what was shown until a clock that was behind covered it lives as long as what is shown; a loser’s late footage does not', async () => {
      const { db } = database.catalog;
      const { id } = await camera();
      const start = 1_700_000_000_000;
      await insertReports(db, [report(id, { seq: 0 }), report(id, { seq: 1 })]);
      // After a power loss the clock is half an hour behind: the new lease's footage claims the same minutes.
      const behind = { run: 'bbbbbbbb', token: 2, wallStart: start - 1000, durationMs: 62_000 };
      await insertReports(db, [report(id, behind)]);
      await insertReports(db, [report(id, { run: 'cccccccc', wallStart: start + 5000, durationMs: 10_000 })]);
      const rows = await db
        .selectFrom('segments')
        .innerJoin('tracks', 'tracks.id', 'track_id')
        .select(['run', 'seq', 'state', 'was_shown'])
        .where('source_id', '=', id)
        .orderBy('segments.id')
        .execute();
      assert.deepEqual(
        rows.map(({ run, seq, state, was_shown }) => [run, seq, state, was_shown]),
        [
          ['aaaaaaaa', 0, 'shadow', true],
          ['aaaaaaaa', 1, 'published', false],
          ['bbbbbbbb', 0, 'published', false],
          ['cccccccc', 0, 'shadow', false],
        ],
      );
    });

    it('finds what shows a moment, and merges neighbours into stretches', async () => {
      const { db } = database.catalog;
      const { id } = await camera();
      const start = 1_700_000_000_000;
      const gap = { run: 'cccccccc', wallStart: start + 200_000 };
      await insertReports(db, [
        report(id, { seq: 0 }),
        report(id, { seq: 1 }),
        report(id, gap),
        report(id, { run: 'dddddddd', wallStart: start + 260_000, codec: 'hvc1.1.6.L120.90' }),
      ]);
      const found = await spans(db, id, 'main', start, start + 3_600_000);
      assert.deepEqual(
        found.map((span) => [span.start - start, span.end - start, span.codec.slice(0, 4)]),
        [
          [0, 120_000, 'avc1'],
          [200_000, 260_000, 'avc1'],
          [260_000, 320_000, 'hvc1'],
        ],
      );
      assert.equal((await segmentAt(db, id, 'main', start + 61_000))?.seq, 1);
      assert.equal((await segmentAt(db, id, 'main', start + 150_000))?.run, 'cccccccc');
      assert.equal(await segmentAt(db, id, 'main', start + 900_000), undefined);
      assert.equal((await segmentsBetween(db, id, 'main', start + 60_000, start + 60_001)).length, 1, 'ends are open');
    });

    it('deletes in steps, and answers a report for a deleted source with gone', async () => {
      const { db } = database.catalog;
      const kept = await camera();
      const dropped = await camera();
      await insertReports(db, [report(kept.id, { seq: 0 }), report(kept.id, { seq: 1 }), report(dropped.id)]);
      const rows = () => segmentsBetween(db, kept.id, 'main', 0, Number.MAX_SAFE_INTEGER);
      const [first] = await rows();
      assert.equal(first?.seq, 0);
      const marked = await markDeleting(db, [first.id]);
      assert.deepEqual(marked, [first.id]);
      assert.deepEqual(
        (await segmentsBetween(db, kept.id, 'main', 0, Number.MAX_SAFE_INTEGER)).map((row) => row.seq),
        [1],
      );
      await deleteRows(
        db,
        (await rows()).map((row) => row.id),
      );
      assert.equal((await rows()).length, 1, 'what is not marked stays');
      await deleteRows(db, marked);

      assert.equal(await removeSource(db, dropped.id, 'delete'), true);
      assert.equal(await removeSource(db, dropped.id, 'delete'), false);
      assert.equal(await findSource(db, dropped.id), undefined);
      assert.deepEqual(
        (await insertReports(db, [report(dropped.id, { seq: 9 }), report(randomUUID())])).map(
          (receipt) => receipt.state,
        ),
        ['gone', 'gone'],
      );
      const leaving = (await deleting(db)).filter((row) => row.source_id === dropped.id);
      assert.deepEqual(leaving.map((row) => row.seq).sort(), [0, 9], 'the late file goes too');
      assert.equal((await purgeRemovedSources(db)).includes(dropped.id), false);
      await deleteRows(
        db,
        leaving.map((row) => row.id),
      );
      assert.ok((await purgeRemovedSources(db)).includes(dropped.id));
    });

    it('moves a lease under a higher token, frees those of a dead recorder, and leaves an expired one to a recorder that speaks', async () => {
      const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
      const clock = new StepClock();
      const { db } = database.catalog;
      for (const source of await listSources(db)) await changeSource(db, source.id, { enabled: false });
      for (let n = 0; n < 3; n++) await camera();
      const leases = new CameraLeases({ db, clock, leaseMs: 100 });
      clock.now = 150;
      const pass = async (ms: number): Promise<void> => {
        clock.now += ms;
        await new Promise((resolve) => setTimeout(resolve, ms));
      };
      const beat = (recorderId: string, holding: readonly { cameraId: string; token: number }[], more: object = {}) =>
        leases.heartbeat({ recorderId, holding, released: [], limit: 3, ...more });
      const held = await beat(a, []);
      assert.equal(held.length, 3);
      const [first] = held;
      assert.ok(first);
      assert.equal(await leases.move(first.cameraId, b, c), undefined, 'b does not hold it');
      const token = await leases.move(first.cameraId, a, b);
      assert.ok(token !== undefined && token > Math.max(...held.map((lease) => lease.token)));
      // Its limit does not count for what was moved to it, and the old holder has lost it.
      const moved = await beat(b, [], { limit: 0 });
      assert.deepEqual(
        moved.map((lease) => lease.cameraId),
        [first.cameraId],
      );
      const rest = await beat(a, held, { limit: 0 });
      assert.equal(rest.length, 2);
      // The database was away for longer than a lease lives, the recorders were not.
      await pass(250);
      assert.deepEqual(await beat(c, [], { alive: [a, b, c] }), []);
      assert.equal((await beat(a, rest, { alive: [a, b, c] })).length, 2);
      await leases.release(a);
      const taken = await beat(c, [], { alive: [b, c] });
      assert.deepEqual(taken.map((lease) => lease.cameraId).sort(), rest.map((lease) => lease.cameraId).sort());
      assert.deepEqual(
        await beat(a, rest, { limit: 0 }),
        [],
        'one that was only thought dead learns that it has lost them',
      );
    });

    it('leases each camera to one recorder, with tokens that only grow', async () => {
      const { db } = database.catalog;
      for (const source of await listSources(db)) await changeSource(db, source.id, { enabled: false });
      const cameras = [await camera(), await camera(), await camera()];
      const clock = new StepClock();
      const leases = new CameraLeases({ db, clock, leaseMs: 400 });
      clock.now = 401;
      const [a, b] = [randomUUID(), randomUUID()];
      const ask = (
        recorderId: string,
        holding: readonly { cameraId: string; token: number }[] = [],
        over: { released?: string[]; limit?: number } = {},
      ) => leases.heartbeat({ recorderId, holding, released: over.released ?? [], limit: over.limit ?? 10 });

      const first = await ask(a, [], { limit: 2 });
      assert.deepEqual(
        first.map((lease) => lease.cameraId),
        cameras.slice(0, 2).map((one) => one.id),
      );
      const other = await ask(b);
      assert.deepEqual(
        other.map((lease) => lease.cameraId),
        [cameras[2]?.id],
      );
      assert.equal(new Set([...first, ...other].map((lease) => lease.token)).size, 3);
      assert.equal(
        await ask(a, first, { limit: 2 }),
        await ask(a, first, { limit: 2 }),
        'the database is not asked each time',
      );

      // a falls silent; b takes over when the lease has run out by the database's clock.
      await new Promise((resolve) => setTimeout(resolve, 450));
      clock.now += 450;
      const taken = await ask(b, other);
      assert.equal(taken.length, 3);
      const highest = Math.max(...first.map((lease) => lease.token), ...other.map((lease) => lease.token));
      for (const lease of taken) if (lease.cameraId !== cameras[2]?.id) assert.ok(lease.token > highest);
      clock.now += 450;
      assert.deepEqual(await ask(a, first), [], 'what was taken over is lost');

      clock.now += 450;
      const back = await ask(b, taken, { released: [cameras[0]?.id ?? ''] });
      assert.equal(back.length, 2);
      assert.deepEqual(
        (await ask(a)).map((lease) => lease.cameraId),
        [cameras[0]?.id],
      );
      await changeSource(db, cameras[2]?.id ?? '', { enabled: false });
      leases.invalidate();
      assert.equal((await ask(b, back)).length, 1, 'a disabled camera is taken away');
    });

    it('a lease that seems to last for an hour, because the clock was set back, is not waited for', async () => {
      const { db } = database.catalog;
      for (const source of await listSources(db)) await changeSource(db, source.id, { enabled: false });
      const one = await camera();
      const clock = new StepClock();
      const [dead, living] = [randomUUID(), randomUUID()];
      const leases = new CameraLeases({ db, clock, leaseMs: 100 });
      const ask = (recorderId: string) => leases.heartbeat({ recorderId, holding: [], released: [], limit: 9 });
      clock.now = 1000;
      assert.equal((await ask(dead)).length, 1);
      await sql`update camera_leases set until = now() + interval '1 hour' where source_id = ${one.id}`.execute(db);
      assert.deepEqual(
        (await ask(living)).map((lease) => lease.cameraId),
        [one.id],
      );
    });

    it('after its start a hub grants no camera to another recorder for one lease time (invariant 4)', async () => {
      const { db } = database.catalog;
      for (const source of await listSources(db)) await changeSource(db, source.id, { enabled: false });
      const only = await camera();
      const [a, b] = [randomUUID(), randomUUID()];
      const before = new CameraLeases({ db, clock: new StepClock(), leaseMs: 100 });
      const held = await before.heartbeat({ recorderId: a, holding: [], released: [], limit: 9 });
      await new Promise((resolve) => setTimeout(resolve, 150));
      const clock = new StepClock();
      const leases = new CameraLeases({ db, clock, leaseMs: 100 });
      assert.deepEqual(await leases.heartbeat({ recorderId: b, holding: [], released: [], limit: 9 }), []);
      assert.deepEqual(
        await leases.heartbeat({ recorderId: a, holding: held, released: [], limit: 9 }),
        held,
        'the old holder keeps its token',
      );
      await new Promise((resolve) => setTimeout(resolve, 150));
      clock.now = 101;
      assert.deepEqual(
        (await leases.heartbeat({ recorderId: b, holding: [], released: [], limit: 9 })).map((lease) => lease.cameraId),
        [only.id],
      );
      await leases.raiseTokens(1_000_000);
      await leases.heartbeat({ recorderId: b, holding: [], released: [only.id], limit: 0 });
      assert.ok(
        ((await leases.heartbeat({ recorderId: a, holding: [], released: [], limit: 9 }))[0]?.token ?? 0) > 1_000_000,
      );
    });

    it('never changes a clip that is finished', async () => {
      const { db } = database.catalog;
      const clip = await createClip(db, { id: randomUUID(), title: 'T', request: { sources: ['a'] }, createdBy: null });
      assert.equal(
        (await changeClip(db, clip.id, { progress: 0.25, stage: 'Encoding', state: 'running' }))?.progress,
        0.25,
      );
      assert.deepEqual(
        (await openClips(db)).map((one) => one.id),
        [clip.id],
      );
      const result = {
        key: 'clips/x.mp4',
        bytes: 5,
        duration: 1.5,
        width: 2,
        height: 2,
        sha256: 'ff',
        fileName: 'T.mp4',
      };
      assert.deepEqual((await changeClip(db, clip.id, { state: 'done', progress: 1, result }))?.result, result);
      assert.equal(await changeClip(db, clip.id, { state: 'failed' }), undefined);
      assert.equal((await findClip(db, clip.id))?.state, 'done');
      assert.equal(await findClip(db, 'no such clip'), undefined);
      assert.equal((await listClips(db, 10, null)).length, 1);
    });

    it('keeps when the clock of a recorder was set, once each, and what a segment says of its times', async () => {
      const { db } = database.catalog;
      const recorder = randomUUID();
      const steps = [3_600_000, -3_600_000].map((byMs, at) => ({ id: randomUUID(), at: 1_700_000_000_000 + at, byMs }));
      for (let times = 0; times < 2; times++) await noteClockSteps(db, recorder, steps);
      const all = (host: string | null) => steps.map((step) => ({ ...step, recorder, host })).reverse();
      assert.deepEqual(await clockSteps(db), all(null));
      await registerRecorder(db, { id: recorder, host: 'attic', pid: 1, capacity: 1, library: null });
      assert.deepEqual(await clockSteps(db), all('attic'));
      await db.deleteFrom('recorders').where('id', '=', recorder).execute();
      const { id } = await camera();
      const marked = report(id, { run: 'timedtimed', timing: 'arrival', lost: 7 });
      await insertReports(db, [marked, report(id, { run: 'timedtimed', seq: 1 })]);
      const rows = await segmentsBetween(db, id, 'main', 0, 2e12);
      assert.deepEqual(
        rows.map(({ timing, lost }) => [timing, lost]),
        [
          ['arrival', 7],
          [null, null],
        ],
      );
    });

    it('remembers recorders, settings and which library it describes', async () => {
      const { db } = database.catalog;
      const id = randomUUID();
      for (const pid of [1, 2]) await registerRecorder(db, { id, host: 'h', pid, capacity: 4, library: null });
      assert.deepEqual(
        (await listRecorders(db, 60_000)).map((one) => [one.id, one.pid]),
        [[id, 2]],
      );
      await writeSetting(db, 'a', { b: [1] });
      await writeSetting(db, 'a', { b: [2] });
      assert.deepEqual(await readSetting(db, 'a'), { b: [2] });
      assert.equal(await readSetting(db, 'none'), undefined);
      const marker = randomUUID();
      assert.equal(await libraryId(db, marker), marker);
      assert.equal(await libraryId(db, randomUUID()), marker);
    });
  });
