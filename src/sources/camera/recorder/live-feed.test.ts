import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaTime, wallMs } from '../../../base/units.ts';
import { LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../../../contract/recorder.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { LiveFeed, type LiveKind, type LiveViewer } from './live-feed.ts';

const config: StreamConfig = {
  video: { codec: 'h264', codecString: 'avc1.64001f', width: 640, height: 360, description: Uint8Array.of(1) },
};

interface Seen {
  readonly kind: LiveKind;
  readonly time: number;
  readonly duration: number;
}

/** Pieces that only carry what the test wants to see. */
const muxer = {
  init: () => [Buffer.from('{}')],
  fragment: (unit: AccessUnit, duration: number) => [Buffer.from(JSON.stringify({ time: unit.dts, duration }))],
};

function viewer(accept: () => boolean = () => true): LiveViewer & { seen: Seen[]; mimes: string[]; ended: string[] } {
  const seen: Seen[] = [];
  const mimes: string[] = [];
  const ended: string[] = [];
  return {
    seen,
    mimes,
    ended,
    begin: (mime) => mimes.push(mime),
    send(kind, piece) {
      if (kind !== LIVE_INIT && !accept()) return false;
      seen.push({ kind, ...(JSON.parse(Buffer.concat(piece).toString()) as { time: number; duration: number }) });
      return true;
    },
    end: (reason) => ended.push(reason),
  };
}

function picture(frame: number, key: boolean, size = 100): AccessUnit {
  const time = mediaTime(frame * 6000);
  return { kind: 'video', data: [Buffer.alloc(1)], size, key, pts: time, dts: time, arrival: wallMs(0) };
}

test('who comes late gets the group of pictures from its key frame on, then each picture', () => {
  const feed = new LiveFeed(muxer);
  feed.start(config, 1000, 0);
  for (let frame = 0; frame < 14; frame += 1) feed.push(picture(frame, frame % 10 === 0));
  const late = viewer();
  feed.watch(late);
  assert.deepEqual(
    late.seen.map(({ kind }) => kind),
    [LIVE_INIT, LIVE_KEY, LIVE_DELTA, LIVE_DELTA, LIVE_DELTA],
  );
  assert.deepEqual(late.mimes, ['video/mp4; codecs="avc1.64001f"']);
  assert.equal(late.seen[1]?.time, 60_000);
  feed.push(picture(14, false));
  assert.deepEqual(late.seen.at(-1), { kind: LIVE_DELTA, time: 84_000, duration: 6000 });
});

test('a viewer that cannot follow is left out until the next key frame', () => {
  const feed = new LiveFeed(muxer);
  feed.start(config, 1000, 0);
  let free = true;
  const slow = viewer(() => free);
  feed.watch(slow);
  feed.push(picture(0, true));
  free = false;
  feed.push(picture(1, false));
  free = true;
  feed.push(picture(2, false));
  feed.push(picture(3, true));
  feed.push(picture(4, false));
  assert.deepEqual(
    slow.seen.map(({ kind, time }) => [kind, time]),
    [
      [LIVE_INIT, undefined],
      [LIVE_KEY, 0],
      [LIVE_KEY, 18_000],
      [LIVE_DELTA, 24_000],
    ],
  );
});

test('time goes on over a new run, and never back', () => {
  const feed = new LiveFeed(muxer);
  const watching = viewer();
  feed.watch(watching);
  feed.start(config, 10_000, 0);
  feed.push(picture(0, true));
  feed.push(picture(1, false));
  feed.stop();
  // Five seconds later by the wall clock; this stream begins at 100 s.
  feed.start(config, 15_000, 9_000_000);
  feed.push(picture(1500, true));
  // And once more, by a wall clock that was set back an hour.
  feed.start(config, 15_000 - 3_600_000, 0);
  feed.push(picture(0, true));
  const times = watching.seen.filter(({ kind }) => kind !== LIVE_INIT).map(({ time }) => time);
  assert.deepEqual(times, [0, 6000, 450_000, 456_000]);
  assert.equal(watching.mimes.length, 3);
});

test('what is kept of a group is bounded; a viewer then begins at the next key frame', () => {
  const feed = new LiveFeed(muxer);
  feed.start(config, 0, 0);
  feed.push(picture(0, true, 9_000_000));
  feed.push(picture(1, false, 9_000_000));
  feed.push(picture(2, false));
  const late = viewer();
  feed.watch(late);
  assert.equal(late.seen.length, 1);
  feed.push(picture(3, true));
  assert.equal(late.seen.at(-1)?.kind, LIVE_KEY);
});

test('unwatching ends it; a camera that is given up says so', () => {
  const feed = new LiveFeed(muxer);
  feed.start(config, 0, 0);
  const [one, two] = [viewer(), viewer()];
  const stop = feed.watch(one);
  feed.watch(two);
  stop();
  feed.push(picture(0, true));
  feed.close('given up');
  assert.equal(one.seen.length, 1);
  assert.deepEqual(one.ended, []);
  assert.deepEqual(two.ended, ['given up']);
  assert.equal(feed.watched, false);
});

test('the group of pictures at hand is held, and let go when the next begins, when it is too long, and at the end', () => {
  const feed = new LiveFeed(muxer);
  const holders = new Map<number, number>();
  const push = (frame: number, key: boolean, size?: number): void => {
    holders.set(frame, 0);
    const change = (by: number): void => void holders.set(frame, (holders.get(frame) ?? 0) + by);
    feed.push({ ...picture(frame, key, size), memory: { hold: () => change(1), letGo: () => change(-1) } });
  };
  const held = (): number[] => [...holders].filter(([, count]) => count !== 0).map(([frame]) => frame);
  feed.start(config, 0, 0);
  push(0, false);
  assert.deepEqual(held(), []);
  for (let frame = 1; frame < 5; frame += 1) push(frame, frame === 1);
  assert.deepEqual(held(), [1, 2, 3, 4]);
  for (let frame = 5; frame < 7; frame += 1) push(frame, frame === 5);
  assert.deepEqual(held(), [5, 6]);
  push(7, false, 20_000_000);
  assert.deepEqual(held(), []);
  push(8, true);
  feed.close('over');
  assert.deepEqual([...new Set(holders.values())], [0]);
});
