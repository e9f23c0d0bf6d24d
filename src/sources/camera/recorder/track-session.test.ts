import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../base/clock.ts';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, monotonicMs, wallMs } from '../../../base/units.ts';
import type { OutageReport } from '../../../contract/outage.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { RunWall } from '../segments/run-wall.ts';
import { LiveFeed } from './live-feed.ts';
import { OutageWatch } from './outage-watch.ts';
import type { ReadOptions } from './stream-reader.ts';
import { type Ended, TrackSession } from './track-session.ts';

const config = (width: number): StreamConfig => ({
  video: { codec: 'h264', codecString: 'avc1.64001f', width, height: 360, description: Uint8Array.of(1, width & 255) },
});

interface Run {
  readonly id: string;
  readonly width: number;
  readonly frames: number[];
  ended: Ended | undefined;
}

/** A session whose camera, disk and time are the test's. */
function arena() {
  let now = 0;
  const clock: Clock = { wall: () => wallMs(1_700_000_000_000 + now), monotonic: () => monotonicMs(now) };
  const runs: Run[] = [];
  const slept: number[] = [];
  let reading: { options: ReadOptions; end: (reason: string) => void; fail: (error: unknown) => void } | undefined;
  let attempts = 0;
  let opened = Promise.withResolvers<void>();
  const told = new Map<string, OutageReport>();
  const book = { note: (one: OutageReport) => void told.set(one.id, one), forget: (id: string) => told.delete(id) };
  const session = new TrackSession({
    camera: { id: 'x', name: 'Front' },
    track: 'main',
    stream: { url: 'rtsp://camera/', username: null, password: null },
    clock,
    log: silentLog,
    outages: new OutageWatch({ sourceId: 'x', track: 'main', clock, log: silentLog, book }),
    feed: new LiveFeed({ init: () => [], fragment: () => [] }),
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
    read(options) {
      attempts += 1;
      const { promise, resolve, reject } = Promise.withResolvers<{ reason: string }>();
      reading = { options, end: (reason) => resolve({ reason }), fail: reject };
      options.signal.addEventListener('abort', () => resolve({ reason: 'stopped' }));
      opened.resolve();
      return promise;
    },
    openWriter(id) {
      const run: Run = { id, width: 0, frames: [], ended: undefined };
      const wall = new RunWall();
      runs.push(run);
      return {
        start: ({ video }) => Object.assign(run, { width: video.width }),
        push: (unit) => {
          wall.sample(unit.arrival, unit.pts);
          if (run.frames.length === 0) wall.begin(unit.pts);
          run.frames.push(unit.pts);
        },
        get wallErrorMs() {
          return wall.errorMs;
        },
        closeEarly: () => undefined,
        hurry: () => undefined,
        end: async (ended) => {
          run.ended = ended;
        },
        get stats() {
          return { framesWritten: run.frames.length, framesDropped: 0 };
        },
      };
    },
  });
  return {
    session,
    runs,
    slept,
    get attempts() {
      return attempts;
    },
    /** The reader of the current attempt, once it was asked. */
    async camera() {
      await opened.promise;
      opened = Promise.withResolvers();
      assert.ok(reading);
      return reading;
    },
    picture(frame: number, key: boolean): AccessUnit {
      const time = mediaTime(frame);
      return { kind: 'video', data: [], size: 1000, key, pts: time, dts: time, arrival: clock.wall() };
    },
    /** Causes and whether they have ended. */
    get outages() {
      return [...told.values()].map(({ cause, end }) => [cause, end !== null]);
    },
    /** Seconds pass, a tick each. */
    pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        now += 1000;
        session.tick();
      }
    },
    jump(ms: number) {
      now += ms;
    },
  };
}

test('what comes before the first key frame is left out; then everything is written', async () => {
  const set = arena();
  const { options } = await set.camera();
  assert.equal(set.session.state.status, 'connecting');
  options.onConfig(config(640));
  for (const [frame, key] of [false, false, true, false].entries()) options.onUnit(set.picture(frame, key));
  assert.equal(set.session.state.status, 'recording');
  assert.deepEqual(set.runs[0]?.frames, [2, 3]);
  await set.session.stop('stop');
  assert.equal(set.runs[0]?.ended, 'stop');
  assert.deepEqual([set.session.counters.framesRead, set.session.counters.framesWritten], [4, 2]);
});

test('no picture for ten seconds, with an open socket: stalled, and connected anew', async () => {
  const set = arena();
  const { options } = await set.camera();
  options.onConfig(config(640));
  options.onUnit(set.picture(0, true));
  set.pass(9);
  assert.equal(set.session.state.status, 'recording');
  set.pass(2);
  await set.camera();
  assert.equal(set.runs[0]?.ended, 'stall');
  assert.equal(set.attempts, 2);
  await set.session.stop('stop');
});

test('a recorder that was itself paused does not blame the camera', async () => {
  const set = arena();
  const { options } = await set.camera();
  options.onConfig(config(640));
  options.onUnit(set.picture(0, true));
  set.jump(60_000);
  set.session.tick();
  assert.equal(set.session.state.status, 'recording');
  await set.session.stop('stop');
});

test('another coding is another run; the same told again is not', async () => {
  const set = arena();
  const { options } = await set.camera();
  options.onConfig(config(640));
  options.onUnit(set.picture(0, true));
  options.onConfig(config(640));
  options.onUnit(set.picture(1, false));
  options.onConfig(config(320));
  options.onUnit(set.picture(2, true));
  await set.session.stop('change');
  assert.deepEqual(
    set.runs.map(({ width, frames, ended }) => [width, frames, ended]),
    [
      [640, [0, 1], 'change'],
      [320, [2], 'change'],
    ],
  );
});

test('a new token begins a run at the next key frame, with every picture in one of them', async () => {
  const set = arena();
  const { options } = await set.camera();
  options.onConfig(config(640));
  options.onUnit(set.picture(0, true));
  set.session.renewRun();
  options.onUnit(set.picture(1, false));
  options.onUnit(set.picture(2, true));
  await set.session.stop('stop');
  assert.deepEqual(
    set.runs.map(({ frames, ended }) => [frames, ended]),
    [
      [[0, 1], 'change'],
      [[2], 'stop'],
    ],
  );
});

test('a clock that is set right, or a camera whose clock goes wrong, begins a run with the right time of day', async () => {
  const set = arena();
  const { options } = await set.camera();
  options.onConfig(config(640));
  const play = (from: number, to: number, late: (second: number) => number): void => {
    for (let second = from; second < to; second += 1) {
      const pts = mediaTime(second * 90_000);
      const arrival = wallMs(1_700_000_000_000 + second * 1000 + late(second));
      options.onUnit({ ...set.picture(0, true), pts, dts: pts, arrival });
    }
  };
  // Late for a while, as on a busy network: nothing happens.
  play(0, 100, (second) => (second % 40 < 20 ? 0 : 3000));
  assert.equal(set.runs.length, 1);
  play(100, 200, () => 3_600_000);
  assert.equal(set.runs.length, 2);
  play(200, 300, () => -5000);
  assert.equal(set.runs.length, 3);
  await set.session.stop('stop');
  assert.equal(
    set.runs.reduce((sum, run) => sum + run.frames.length, 0),
    300,
  );
});

test('a machine whose clock was set by an hour goes on with the right time of day at the next key frame; a small step is no reason', async () => {
  for (const [byMs, runs] of [
    [3_600_000, 2],
    [-3_600_000, 2],
    [1500, 1],
  ] as const) {
    const set = arena();
    const { options } = await set.camera();
    options.onConfig(config(640));
    options.onUnit(set.picture(0, true));
    options.onUnit(set.picture(1, false));
    set.session.clockStepped(byMs);
    options.onUnit(set.picture(2, false));
    options.onUnit(set.picture(3, true));
    assert.equal(set.runs.length, runs);
    assert.deepEqual(
      set.runs.flatMap((run) => run.frames),
      [0, 1, 2, 3],
    );
    await set.session.stop('stop');
  }
});

test('a stream that worked is opened again at once; one that fails is given time; a refusal much', async () => {
  const set = arena();
  const first = await set.camera();
  first.options.onConfig(config(640));
  first.options.onUnit(set.picture(0, true));
  set.jump(20_000);
  first.end('the camera closed the connection');
  const second = await set.camera();
  assert.deepEqual(set.slept, []);
  second.fail(new Unavailable('not there', 0));
  const third = await set.camera();
  assert.ok((set.slept[0] ?? 0) <= 1200);
  third.fail(new UserError('wrong password', '', { code: 'auth' }));
  const fourth = await set.camera();
  assert.ok((set.slept[1] ?? 0) >= 24_000);
  const { state } = set.session;
  assert.equal(state.status === 'connecting' ? state.reason : undefined, 'wrong password');
  fourth.fail(new Unavailable(`The camera says: ${'a'.repeat(60_000)}`, 0));
  await set.camera();
  const { state: after } = set.session;
  assert.equal(after.status === 'connecting' ? after.reason?.length : undefined, 500);
  await set.session.stop('stop');
});

test('invariant 2: how a reading ends is why there is no footage', async () => {
  const set = arena();
  const frozen = await set.camera();
  frozen.options.onConfig(config(640));
  frozen.options.onUnit(set.picture(0, true));
  set.pass(11);
  const silent = await set.camera();
  assert.deepEqual(set.outages, [['frozen', false]]);
  set.jump(5000);
  silent.fail(new Unavailable('The camera does not answer within 10 s.', 5000));
  const dead = await set.camera();
  assert.deepEqual(set.outages, [['frozen', false]], 'it still hangs');
  set.jump(5000);
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  dead.fail(new Unavailable('The camera cannot be reached (ECONNREFUSED).', 5000, { cause }));
  const locked = await set.camera();
  set.jump(5000);
  locked.fail(new UserError('The camera refuses the password.', 'Check it.', { code: 'auth' }));
  const odd = await set.camera();
  set.jump(5000);
  odd.fail(new InputError('camera', 'it sends no video'));
  const good = await set.camera();
  assert.deepEqual(set.outages, [
    ['frozen', true],
    ['unreachable', true],
    ['refused', true],
    ['garbage', false],
  ]);
  good.options.onConfig(config(640));
  good.options.onUnit(set.picture(1, true));
  set.jump(5000);
  good.end('The camera closed the connection.');
  await set.camera();
  assert.deepEqual(set.outages.at(-1), ['disconnected', false]);
  await set.session.stop('stop');
});
