import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as settled } from 'node:timers/promises';
import { Unavailable, UserError } from '../../base/errors.ts';
import { createLog, type Log, silentLog } from '../../base/log.ts';
import { monotonicMs, wallMs } from '../../base/units.ts';
import type { OpenExtent, RecorderHeartbeat, SegmentReport } from '../../contract/recorder.ts';
import { type Lease, Recording } from './recording.ts';
import { shareOf } from './share.ts';
import { FootageTotals } from './totals.ts';

const LIBRARY = 'b4b0c8b0-0000-4000-8000-00000000ffff';
const at = (wall: number): string => new Date(wall).toISOString();
const camera = (n: number): string => `b4b0c8b0-0000-4000-8000-00000000000${n}`;
const recorderId = (n: number): string => `b4b0c8b0-0000-4000-8000-0000000000a${n}`;

/** A recording service whose catalog and leases are in memory, and whose clock is moved by hand. */
async function setUp(cameras: number, log: Log = silentLog) {
  let now = 0;
  let paused = false;
  let token = 0;
  const held = new Map<string, { recorder: string; token: number; until: number }>();
  let sealed = (_id: string): undefined => undefined;
  let list = async (): Promise<Set<string>> => new Set(ids);
  const ids = Array.from({ length: cameras }, (_, i) => camera(i));
  const rows = new Map<string, SegmentReport>();
  const events: string[] = [];
  const hurried: string[] = [];
  const missing = new Set<string>();
  const recording = new Recording({
    catalog: {
      register: async () => undefined,
      see: async () => undefined,
      insertReports: async (reports) =>
        reports.map((report) => {
          const known = rows.has(`${report.run}/${report.seq}`);
          rows.set(`${report.run}/${report.seq}`, report);
          const state = report.token < token ? ('shadow' as const) : ('published' as const);
          return { state, key: report.key, ...(known ? { known } : {}) };
        }),
    },
    leases: {
      invalidate: () => undefined,
      async move(id, from, to) {
        const lease = held.get(id);
        if (lease?.recorder !== from) return undefined;
        held.set(id, { recorder: to, token: ++token, until: now + 2000 });
        return token;
      },
      async release(id) {
        for (const [cameraId, lease] of held) if (lease.recorder === id) held.delete(cameraId);
      },
      async heartbeat(request) {
        for (const [id, lease] of held)
          if (lease.recorder === request.recorderId && request.released.includes(id)) held.delete(id);
        const mine: Lease[] = [];
        for (const id of ids) {
          const lease = held.get(id);
          const known = request.holding.some((item) => item.cameraId === id && item.token === lease?.token);
          const own = lease?.recorder === request.recorderId;
          const over = !lease || (lease.until < now && !request.alive?.includes(lease.recorder));
          const free = own || (over && !request.released.includes(id) && mine.length < request.limit);
          if (own && known) lease.until = now + 2000;
          else if (free) held.set(id, { recorder: request.recorderId, token: ++token, until: now + 2000 });
          else continue;
          mine.push({ cameraId: id, token: held.get(id)?.token ?? 0, revision: 1 });
        }
        return mine;
      },
    },
    cameras: {
      enabled: () => list(),
      folderOf: async (id) => `cam-${id.at(-1)}`,
      leased: async (id, leaseToken) =>
        sealed(id) ?? {
          id,
          name: `Camera ${id.at(-1)}`,
          folder: `cam-${id.at(-1)}`,
          token: leaseToken,
          revision: 1,
          tracks: [{ name: 'main', url: 'rtsp://camera/', record: true }],
          username: null,
          password: null,
          reader: 'auto',
          transport: 'auto',
          sound: 'keep',
          latest: 'off',
        },
    },
    totals: new FootageTotals(async () => []),
    blobs: {
      readMarker: async () => LIBRARY,
      stat: async (key) => (missing.has(key) ? undefined : { key, bytes: 500 }),
      get: async () => ({ body: Readable.from([Buffer.alloc(500)]), bytes: 500, total: 500 }),
      sign: async (request) => ({ url: `/blobs/${request.key}`, headers: {}, expiresAt: new Date(0) }),
    },
    isPaused: () => paused,
    floor: () => 1_000_001,
    library: LIBRARY,
    clock: { wall: () => wallMs(1_000_000 + now), monotonic: () => monotonicMs(now) },
    log,
    onFootage: (id) => events.push(`footage ${id.at(-1)}`),
    onCamera: (id) => events.push(`camera ${id.at(-1)}`),
    onHolder: (id) => events.push(`holder ${id.at(-1)}`),
    hurry: (id) => hurried.push(id),
    onReports: () => undefined,
  });
  await recording.camerasChanged();
  const join = (n: number, capacity = 100, process: { host?: string; instance?: string } = {}) =>
    recording.register({ id: recorderId(n), host: 'h', pid: 1, capacity, library: LIBRARY, ...process });
  const beat = (n: number, more: Partial<RecorderHeartbeat> = {}) =>
    recording.heartbeat({ id: recorderId(n), holding: [], open: [], released: [], draining: false, ...more });
  const holding = (leases: readonly Lease[]) =>
    leases.map((lease) => ({ cameraId: lease.cameraId, token: lease.token, revision: lease.revision }));
  return {
    recording,
    join,
    beat,
    holding,
    events,
    rows,
    missing,
    hurried,
    /** Everything that was begun in the background is done afterwards. */
    pass: async (ms: number) => {
      for (let left = ms; left > 0; left -= 250) {
        now += Math.min(left, 250);
        recording.sweep();
        await settled();
      }
    },
    /** The hub itself stands still. */
    stall: async (ms: number) => {
      now += ms;
      recording.sweep();
      await settled();
    },
    seal: () => {
      sealed = () => {
        throw new UserError('A stored password cannot be decrypted.', 'Enter it again.');
      };
    },
    listWith: (how: (all: Set<string>) => Promise<Set<string>>) => {
      list = () => how(new Set(ids));
    },
    pause: (value: boolean) => {
      paused = value;
    },
  };
}

const extent = (more: Partial<OpenExtent> = {}): OpenExtent => ({
  sourceId: camera(0),
  track: 'main',
  run: 'run00000',
  seq: 0,
  token: 1,
  key: 'spool/cam-0/main/x.part',
  wallStart: 1_000_000,
  durationMs: 1000,
  bytes: 10,
  codec: 'avc1.64001f',
  ...more,
});
const report = (more: Partial<SegmentReport> = {}): SegmentReport => ({
  sourceId: camera(0),
  track: 'main',
  run: 'run00000',
  seq: 0,
  token: 1,
  key: 'cam-0/main/1970-01-01/00/00-16-40.000Z-run00000-0.mp4',
  wallStart: 1_000_000,
  mediaStart: 0,
  durationMs: 5000,
  frames: 75,
  bytes: 500,
  sha256: 'a'.repeat(64),
  codec: 'avc1.64001f',
  width: 1280,
  height: 720,
  ended: 'rotate',
  ...more,
});

test('a recorder gets cameras once, whole, and is told the publish mode', async () => {
  const { join, beat, holding, recording } = await setUp(2);
  const welcome = await join(1);
  assert.equal(welcome.publish, 'link');
  assert.equal(welcome.reserveBytes, 500_000, 'below what retention keeps free');
  const first = await beat(1);
  assert.deepEqual(
    first.cameras.map((item) => item.name),
    ['Camera 0', 'Camera 1'],
  );
  const second = await beat(1, { holding: holding(first.leases) });
  assert.deepEqual([second.leases.length, second.cameras.length], [2, 0]);
  assert.equal(recording.holderOf(camera(0)), recorderId(1));
});

test('a recorder that the hub does not know has to register', async () => {
  const { beat } = await setUp(1);
  await assert.rejects(beat(1), (error) => error instanceof UserError && error.code === 'unknown-recorder');
});

test('the cameras of a silent recorder go to another', async () => {
  const { join, beat, recording, pass, events } = await setUp(2);
  await join(1);
  await beat(1);
  await pass(3500);
  assert.equal(recording.stateOf(camera(0)).reason, 'No recorder is running.');
  await join(2);
  const taken = await beat(2);
  assert.equal(taken.leases.length, 2);
  assert.equal(recording.holderOf(camera(1)), recorderId(2));
  assert.ok(events.filter((event) => event === 'holder 0').length >= 3);
});

test('two recorders share evenly, and what does not fit into a small one goes to the other', () => {
  const recorders = [
    { id: 'a', capacity: 3 },
    { id: 'b', capacity: 50 },
  ];
  assert.deepEqual(
    [...shareOf(recorders, 10)],
    [
      ['a', 3],
      ['b', 7],
    ],
  );
  assert.deepEqual(
    [...shareOf(recorders, 4)],
    [
      ['a', 2],
      ['b', 2],
    ],
  );
});

test('a recorder that leaves gives everything back and gets nothing new', async () => {
  const { join, beat, recording } = await setUp(3);
  await join(1, 2);
  const first = await beat(1);
  const last = await beat(1, { released: first.leases.map((lease) => lease.cameraId) });
  assert.deepEqual(last.leases, []);
  assert.equal(recording.holderOf(camera(0)), undefined);
});

test('a full disk takes no camera away: recorders are told to hold, and people why', async () => {
  const { join, beat, holding, recording, pause } = await setUp(2);
  await join(1);
  pause(true);
  assert.match(recording.stateOf(camera(0)).reason ?? '', /disk is full/);
  const first = await beat(1);
  assert.equal(first.hold, true);
  assert.equal(first.leases.length, 2);
  const second = await beat(1, { holding: holding(first.leases) });
  assert.equal(second.hold, true);
  assert.deepEqual(second.leases, first.leases);
  pause(false);
  assert.equal((await beat(1, { holding: holding(first.leases) })).hold, false);
});

test('open footage is counted, and becomes finished footage without a hole', async () => {
  const { join, beat, holding, recording } = await setUp(1);
  await join(1);
  const { leases } = await beat(1);
  await beat(1, { holding: holding(leases), open: [extent()] });
  assert.deepEqual(await recording.footageOf(camera(0)), { bytes: 10, from: at(1_000_000), to: at(1_001_000) });
  await beat(1, { holding: holding(leases), open: [] });
  assert.equal(recording.openSegments(camera(0), 'main').length, 1);
  await recording.segments([report(), report()]);
  assert.equal(recording.openSegments(camera(0), 'main').length, 0);
  assert.deepEqual(await recording.footageOf(camera(0)), { bytes: 500, from: at(1_000_000), to: at(1_005_000) });
});

test('an upload does not overwrite what is in the library, unless it is the same', async () => {
  const { recording, missing } = await setUp(1);
  const { key } = report();
  const sha256 = createHash('sha256').update(Buffer.alloc(500)).digest('hex');
  assert.ok((await recording.upload({ key, bytes: 500, sha256 })).url);
  await assert.rejects(recording.upload({ key, bytes: 500, sha256: 'b'.repeat(64) }), /with other content/);
  await assert.rejects(recording.upload({ key, bytes: 501, sha256 }), /with other content/);
  missing.add(key);
  assert.ok((await recording.upload({ key, bytes: 500, sha256: 'b'.repeat(64) })).url);
});

test('a report whose receipt was lost with the hub is counted once', async () => {
  const { recording, rows } = await setUp(1);
  const again = report();
  rows.set(`${again.run}/${again.seq}`, again);
  await recording.segments([again]);
  assert.equal((await recording.footageOf(camera(0))).bytes, 0, 'its row was counted at the start');
});

test('an early close is ordered once, as soon as the segment reaches the moment', async () => {
  const { join, beat, recording, pass } = await setUp(1);
  await join(1);
  recording.closeEarly(camera(0), 'main', 1_002_000);
  assert.deepEqual((await beat(1, { open: [extent()] })).closeEarly, []);
  const reached = extent({ durationMs: 2000 });
  assert.deepEqual((await beat(1, { open: [reached] })).closeEarly, [{ cameraId: camera(0), track: 'main' }]);
  assert.deepEqual((await beat(1, { open: [reached] })).closeEarly, []);
  await pass(5000);
  assert.equal((await beat(1, { open: [reached] })).closeEarly.length, 1);
  const next = extent({ seq: 1, wallStart: 1_003_000, durationMs: 5000 });
  assert.deepEqual((await beat(1, { open: [next] })).closeEarly, []);
});

test('a report cannot claim a file that is not this camera’s footage', async () => {
  const { join, recording } = await setUp(1);
  await join(1);
  for (const key of [
    'clips/x.mp4',
    'cam-1/main/1970-01-01/00/00-16-40.000Z-run00000-0.mp4',
    'cam-0/main/../../clips/a.mp4',
    'cam-0/sub/1970-01-01/00/00-16-40.000Z-run00000-0.mp4',
  ])
    await assert.rejects(recording.segments([report({ key })]), /not where footage/, key);
});

test('a change of state is told at once, numbers that move are not', async () => {
  const { join, beat, holding, events, recording } = await setUp(1);
  await join(1);
  const { leases } = await beat(1);
  const since = new Date(0).toISOString();
  const [held] = holding(leases);
  assert.ok(held);
  events.length = 0;
  await beat(1, { holding: [{ ...held, state: { status: 'recording', since, bitrate: 1 } }] });
  await beat(1, { holding: [{ ...held, state: { status: 'recording', since, bitrate: 2 } }] });
  assert.equal(recording.stateOf(camera(0)).bitrate, 2);
  assert.equal(recording.stateOf(camera(0)).recorder, recorderId(1));
  recording.stop();
});

test('a report of a file that is not in the library is refused, so that the recorder keeps it', async () => {
  const { join, recording, missing, rows } = await setUp(1);
  await join(1);
  missing.add(report().key);
  await assert.rejects(recording.segments([report()]), /not in the library as it was reported/);
  await assert.rejects(recording.segments([report({ bytes: 501 })]), /not in the library as it was reported/);
  assert.equal(rows.size, 0);
});

test('the list of cameras: an answer that comes late does not count, and one that failed is asked for again', async () => {
  const { recording, join, beat, listWith } = await setUp(2);
  await join(1);
  let late: () => void = () => undefined;
  listWith((all) => new Promise((resolve) => (late = () => resolve(new Set([...all].slice(0, 1))))));
  const first = recording.camerasChanged();
  listWith(async (all) => all);
  await recording.camerasChanged();
  late();
  await first;
  assert.equal((await beat(1)).leases.length, 2);

  const after = await setUp(2);
  await after.join(1);
  after.listWith(async () => new Set());
  await after.recording.camerasChanged();
  after.listWith(async () => {
    throw new Error('the database is away');
  });
  await assert.rejects(after.recording.camerasChanged());
  after.listWith(async (all) => all);
  await after.pass(11_000);
  await new Promise((resolve) => setImmediate(resolve));
  await after.join(1);
  assert.equal((await after.beat(1)).leases.length, 2);
});

test('a camera whose password cannot be decrypted is told to the log once a minute, not with each heartbeat', async () => {
  const lines: string[] = [];
  const { join, beat, pass, seal } = await setUp(
    1,
    createLog((line) => lines.push(line)),
  );
  seal();
  await join(1);
  for (let count = 0; count < 100; count++) {
    assert.equal((await beat(1)).cameras.length, 0);
    await pass(500);
  }
  assert.equal(lines.filter((line) => line.includes('cannot be given')).length, 1);
});

const process = (n: number): { host: string; instance: string } => ({
  host: `machine ${n}`,
  instance: `b4b0c8b0-0000-4000-8000-0000000000b${n}`,
});
const refusal = (code: string) => (error: unknown) => error instanceof UserError && error.code === code;

test('of two recorders with one id the later one is refused, and told where the other runs; no lease changes hands', async () => {
  const hub = await setUp(2);
  await hub.join(1, 100, process(1));
  const first = await hub.beat(1, process(1));
  assert.equal(first.leases.length, 2);
  const mine = hub.holding(first.leases);
  await assert.rejects(hub.join(1, 100, process(2)), Unavailable);
  await hub.pass(500);
  await hub.beat(1, { ...process(1), holding: mine });
  await assert.rejects(hub.join(1, 100, process(2)), (error: unknown) => {
    assert.ok(error instanceof UserError && error.code === 'conflict');
    assert.match(`${error.message} ${error.remedy}`, /runs on machine 1, .*“id” of the folder/);
    return true;
  });
  // One that does not ask first gets nothing either.
  await assert.rejects(hub.beat(1, process(2)), refusal('unknown-recorder'));
  const after = await hub.beat(1, { ...process(1), holding: mine });
  assert.deepEqual(hub.holding(after.leases), mine);
});

test('a recorder that was killed comes back under its id within a second or two, also when nobody has seen it die', async () => {
  const hub = await setUp(1);
  await hub.join(1, 100, process(1));
  const mine = hub.holding((await hub.beat(1, process(1))).leases);
  await hub.pass(400);
  await hub.beat(1, { ...process(1), holding: mine });
  // Its heartbeat of the moment of its death comes after the first try of the next one.
  await assert.rejects(hub.join(1, 100, process(2)), Unavailable);
  await hub.pass(100);
  await hub.beat(1, { ...process(1), holding: mine });
  hub.recording.recorderDoubted(recorderId(1));
  await hub.pass(500);
  await assert.rejects(hub.join(1, 100, process(2)), Unavailable);
  await hub.pass(500);
  await hub.join(1, 100, process(2));
  assert.equal((await hub.beat(1, process(2))).leases.length, 1);
});

test('a recorder that was killed on its own machine is back as soon as its connection has broken off', async () => {
  const hub = await setUp(1);
  const again = { ...process(2), host: process(1).host };
  await hub.join(1, 100, process(1));
  await hub.beat(1, process(1));
  await hub.pass(300);
  await assert.rejects(hub.join(1, 100, again), Unavailable);
  hub.recording.recorderDoubted(recorderId(1));
  await hub.join(1, 100, again);
  assert.equal((await hub.beat(1, again)).leases.length, 1);
});

test('a recorder whose process is known to have ended is back at once; and a paused one that was replaced is told to register', async () => {
  const hub = await setUp(1);
  await hub.join(1, 100, process(1));
  await hub.beat(1, process(1));
  await hub.recording.recorderGone(recorderId(1));
  await hub.join(1, 100, process(2));
  assert.equal((await hub.beat(1, process(2))).leases.length, 1);
  await assert.rejects(hub.beat(1, process(1)), refusal('unknown-recorder'));
  await hub.pass(500);
  await hub.beat(1, process(2));
  await assert.rejects(hub.join(1, 100, process(1)), Unavailable);
});
