import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import type { HubToRecorder, PictureHead, RecorderToHub } from '../../contract/recorder.ts';
import { pictureMessage } from '../../sources/camera/recorder/picture-orders.ts';
import { Live } from '../live/live.ts';
import { LatestPictures, type PictureRequest } from './latest.ts';
import { PictureStreams } from './stream.ts';

const CAMERA = 'b4b0c8b0-0000-4000-8000-000000000001';
const RECORDER = 'b4b0c8b0-0000-4000-8000-0000000000aa';
const ask: PictureRequest = {
  cameraId: CAMERA,
  track: 'main',
  width: undefined,
  height: undefined,
  quality: 80,
  maxAge: undefined,
};
const head: PictureHead = { id: 'p1', at: 1_000_000, ageMs: 300, gopMs: 2000, width: 640, height: 360 };

function setUp() {
  let holder: string | undefined = RECORDER;
  let now = 50_000;
  const orders: HubToRecorder[] = [];
  const live = new Live({ log: silentLog, holderOf: () => holder });
  const connect = () =>
    live.connect(RECORDER, { send: (text) => orders.push(JSON.parse(text) as HubToRecorder), close: () => undefined });
  const wire = connect();
  const latest = new LatestPictures({
    live,
    reasonOf: () => undefined,
    now: () => now,
    waitMs: 20,
    graceMs: 20,
  });
  const streams = new PictureStreams({ live, holderOf: () => holder, reasonOf: () => undefined, lookMs: 5 });
  return {
    live,
    latest,
    streams,
    orders,
    wire,
    connect,
    channel: () => orders.at(-1)?.channel ?? 0,
    send: (text: string, change: Partial<PictureHead> = {}, to = wire) =>
      to.message(pictureMessage(orders.at(-1)?.channel ?? 0, { ...head, ...change }, Buffer.from(text)), true),
    say: (message: RecorderToHub) => wire.message(Buffer.from(JSON.stringify(message)), false),
    hold: (id: string | undefined) => {
      holder = id;
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('all who want the same picture at a time make one order, and each is told how old it is', async () => {
  const hub = setUp();
  const answers = Promise.all([hub.latest.newest(ask), hub.latest.newest(ask), hub.latest.newest(ask)]);
  assert.equal(hub.orders.length, 1);
  hub.send('jpeg');
  for (const picture of await answers) {
    assert.equal(Buffer.from(picture.jpeg).toString(), 'jpeg');
    assert.deepEqual([picture.id, picture.takenAt, picture.ageMs], ['p1', 1_000_000, 300]);
  }
});

test('a picture that the hub has already is not sent again', async () => {
  const hub = setUp();
  const first = hub.latest.newest(ask);
  hub.send('jpeg');
  await first;
  hub.pass(400);
  const second = hub.latest.newest(ask);
  const order = hub.orders.at(-1);
  assert.equal(order?.type === 'picture' && order.have, 'p1');
  hub.say({ type: 'same', channel: hub.channel(), ageMs: 700, gopMs: 2000 });
  const picture = await second;
  assert.deepEqual([Buffer.from(picture.jpeg).toString(), picture.ageMs], ['jpeg', 700]);
});

test('never older than asked for: the reason instead, also when the recorder is silent or gone', async () => {
  const hub = setUp();
  const first = hub.latest.newest(ask);
  hub.send('jpeg');
  await first;
  hub.pass(5000);
  const refused = hub.latest.newest(ask);
  hub.say({ type: 'ended', channel: hub.channel(), reason: 'The newest picture of this camera is 5.3 s old.' });
  await assert.rejects(refused, /5\.3 s old/);
  const waited = setTimeout(() => undefined, 5000);
  await assert.rejects(hub.latest.newest(ask), /not sent a picture in time/);
  clearTimeout(waited);
  const lost = hub.latest.newest({ ...ask, maxAge: 1000 });
  hub.wire.closed();
  await assert.rejects(lost, /recorder has gone/);
  hub.hold(undefined);
  await assert.rejects(hub.latest.newest(ask), /not being recorded/);
  // Who takes an old one gets it.
  assert.equal((await hub.latest.newest({ ...ask, maxAge: 60_000 })).ageMs, 5300);
});

class FakeViewer {
  bufferedAmount = 0;
  readonly got: string[] = [];
  send(data: string | Uint8Array): void {
    this.got.push(
      typeof data === 'string' ? (JSON.parse(data) as { type: string }).type : Buffer.from(data).toString(),
    );
  }
}

test('one order feeds all viewers of a size; a slow one misses pictures; the last to leave ends it', async () => {
  const hub = setUp();
  const wish = { cameraId: CAMERA, track: 'main', width: 600, quality: 70, fps: 10 };
  const [one, two] = [new FakeViewer(), new FakeViewer()];
  const leaveOne = hub.streams.watch(wish, one);
  await Promise.resolve();
  const order = hub.orders.at(-1);
  assert.ok(order?.type === 'pictures' && order.width === 640);
  hub.send('a');
  const leaveTwo = hub.streams.watch({ ...wish, width: 640 }, two);
  one.bufferedAmount = 1_000_000;
  hub.send('b');
  assert.deepEqual(one.got, ['pictures', 'a']);
  assert.deepEqual(two.got, ['pictures', 'a', 'b']);
  assert.equal(hub.orders.length, 1);
  assert.equal(hub.streams.viewers, 2);
  leaveOne();
  leaveTwo();
  assert.deepEqual(hub.orders.at(-1), { type: 'unwatch', channel: order.channel });
});

test('viewers are told when pictures cease, and see them again when a recorder is there', async () => {
  const hub = setUp();
  const viewer = new FakeViewer();
  const leave = hub.streams.watch({ cameraId: CAMERA, track: 'main', width: 640, quality: 70, fps: 10 }, viewer);
  await Promise.resolve();
  hub.send('a');
  hub.wire.closed();
  assert.deepEqual(viewer.got, ['pictures', 'a', 'ended']);
  const before = hub.orders.length;
  const again = hub.connect();
  const waits = setTimeout(() => undefined, 5000);
  while (hub.orders.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
  clearTimeout(waits);
  hub.send('b', {}, again);
  // Told once that it has ended, however often it was looked for.
  assert.deepEqual(viewer.got.slice(0, 3), ['pictures', 'a', 'ended']);
  assert.equal(viewer.got.at(-1), 'b');
  leave();
  hub.streams.close();
});
