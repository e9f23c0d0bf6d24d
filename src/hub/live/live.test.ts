import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { type HubToRecorder, LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../../contract/recorder.ts';
import { SLOW_BYTES } from './feed.ts';
import { Live } from './live.ts';

const CAMERA = 'b4b0c8b0-0000-4000-8000-000000000001';
const RECORDER = 'b4b0c8b0-0000-4000-8000-0000000000aa';
const MIME = 'video/mp4; codecs="avc1.64001f"';

class FakeViewer {
  bufferedAmount = 0;
  readonly got: string[] = [];
  send(data: string | Uint8Array): void {
    this.got.push(
      typeof data === 'string' ? String((JSON.parse(data) as { type: string }).type) : Buffer.from(data).toString(),
    );
  }
}

class FakeRecorder {
  readonly asked: HubToRecorder[] = [];
  closed = false;
  send(data: string): void {
    this.asked.push(JSON.parse(data) as HubToRecorder);
  }
  close(): void {
    this.closed = true;
  }
}

function piece(kind: number, channel: number, text: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32BE(channel, 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

function setUp(lingerMs = 5, askAgainMs = 5) {
  let holder: string | undefined = RECORDER;
  const live = new Live({ log: silentLog, lingerMs, askAgainMs, holderOf: () => holder });
  const recorder = new FakeRecorder();
  const wire = live.connect(RECORDER, recorder);
  const begin = (channel: number): void => {
    wire.message(Buffer.from(JSON.stringify({ type: 'live', channel, mime: MIME })), false);
    wire.message(piece(LIVE_INIT, channel, 'init'), true);
  };
  return {
    live,
    recorder,
    wire,
    begin,
    hold: (id: string | undefined) => {
      holder = id;
      live.moved(CAMERA);
    },
  };
}

test('the recorder is asked once, and a later viewer begins at the last key frame', () => {
  const { live, recorder, wire, begin } = setUp();
  const first = new FakeViewer();
  live.watch(CAMERA, 'main', first);
  begin(1);
  for (const [kind, text] of [
    [LIVE_KEY, 'k1'],
    [LIVE_DELTA, 'd1'],
    [LIVE_KEY, 'k2'],
    [LIVE_DELTA, 'd2'],
  ] as const)
    wire.message(piece(kind, 1, text), true);
  const second = new FakeViewer();
  live.watch(CAMERA, 'main', second);
  wire.message(piece(LIVE_DELTA, 1, 'd3'), true);
  assert.deepEqual(first.got, ['live', 'init', 'k1', 'd1', 'k2', 'd2', 'd3']);
  assert.deepEqual(second.got, ['live', 'init', 'k2', 'd2', 'd3']);
  assert.equal(recorder.asked.length, 1);
});

test('a slow viewer skips to the next key frame, the others do not notice', () => {
  const { live, wire, begin } = setUp();
  const slow = new FakeViewer();
  const fast = new FakeViewer();
  live.watch(CAMERA, 'main', slow);
  live.watch(CAMERA, 'main', fast);
  begin(1);
  wire.message(piece(LIVE_KEY, 1, 'k1'), true);
  slow.bufferedAmount = SLOW_BYTES + 1;
  wire.message(piece(LIVE_DELTA, 1, 'd1'), true);
  slow.bufferedAmount = 0;
  wire.message(piece(LIVE_DELTA, 1, 'd2'), true);
  wire.message(piece(LIVE_KEY, 1, 'k2'), true);
  assert.deepEqual(slow.got, ['live', 'init', 'k1', 'k2']);
  assert.deepEqual(fast.got, ['live', 'init', 'k1', 'd1', 'd2', 'k2']);
});

test('when the camera is lost viewers are told, stay, and begin anew with the next recorder', () => {
  const { live, wire, begin, hold } = setUp();
  const viewer = new FakeViewer();
  live.watch(CAMERA, 'main', viewer);
  begin(1);
  wire.closed();
  assert.deepEqual(viewer.got, ['live', 'init', 'ended']);
  const other = new FakeRecorder();
  const otherWire = live.connect('other', other);
  assert.equal(other.asked.length, 0);
  hold('other');
  assert.deepEqual(
    other.asked.map((order) => order.type),
    ['watch'],
  );
  const channel = other.asked[0]?.channel ?? 0;
  otherWire.message(Buffer.from(JSON.stringify({ type: 'live', channel, mime: MIME })), false);
  otherWire.message(piece(LIVE_INIT, channel, 'init2'), true);
  assert.deepEqual(viewer.got, ['live', 'init', 'ended', 'live', 'init2']);
});

test('the last viewer to leave ends the watch after a while; one that comes back in time keeps it', async () => {
  const { live, recorder } = setUp(20);
  const leave = live.watch(CAMERA, 'main', new FakeViewer());
  leave();
  const leaveAgain = live.watch(CAMERA, 'main', new FakeViewer());
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(
    recorder.asked.map((order) => order.type),
    ['watch'],
  );
  leaveAgain();
  const waits = setTimeout(() => undefined, 1000);
  await new Promise((resolve) => setTimeout(resolve, 60));
  clearTimeout(waits);
  assert.deepEqual(
    recorder.asked.map((order) => order.type),
    ['watch', 'unwatch'],
  );
});

test('garbage from a recorder closes its socket and nothing else; pieces of channels that are not its own are dropped', () => {
  const { live, recorder, wire } = setUp();
  const viewer = new FakeViewer();
  live.watch(CAMERA, 'main', viewer);
  wire.message(Buffer.from('x'), true);
  wire.message(piece(LIVE_INIT, 77, 'foreign'), true);
  wire.message(Buffer.from('{'), false);
  assert.equal(recorder.closed, true);
  assert.deepEqual(viewer.got, []);
});

test('a track that the recorder ends is asked for again while somebody watches', async () => {
  const { live, recorder, wire, begin } = setUp();
  const viewer = new FakeViewer();
  live.watch(CAMERA, 'main', viewer);
  begin(1);
  wire.message(Buffer.from(JSON.stringify({ type: 'ended', channel: 1, reason: 'not yet' })), false);
  const waits = setTimeout(() => undefined, 1000);
  await new Promise((resolve) => setTimeout(resolve, 30));
  clearTimeout(waits);
  assert.deepEqual(
    recorder.asked.map((order) => [order.type, order.channel]),
    [
      ['watch', 1],
      ['watch', 2],
    ],
  );
  begin(2);
  assert.deepEqual(viewer.got, ['live', 'init', 'ended', 'live', 'init']);
});

test('a viewer of a camera that nobody records is told so, and sees it when somebody does', () => {
  const { live, begin, hold } = setUp();
  hold(undefined);
  const viewer = new FakeViewer();
  live.watch(CAMERA, 'main', viewer);
  assert.deepEqual(viewer.got, ['ended']);
  hold(RECORDER);
  begin(1);
  assert.deepEqual(viewer.got, ['ended', 'live', 'init']);
});
