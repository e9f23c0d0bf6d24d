/** Wall-clock arithmetic: which picture is shown when, gaps, and cameras that are brought together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CarTelemetry } from '../../../media/bitstream/tesla-sei.ts';
import { aligned } from './align.ts';
import { CameraTrack } from './camera-track.ts';
import { parseCarTime } from './car-time.ts';
import { clipFrames, frameCount, rateOf } from './clip-frames.ts';
import { TelemetryTrack } from './telemetry-track.ts';

const FPS = 36;
const timesOf = (pictures: number, jitter = 0): number[] =>
  Array.from({ length: pictures }, (_, at) => at / FPS + (at === 0 ? 0 : jitter * Math.sin(at)));
const clipAt = (input: number, start: number, pictures: number, jitter = 0) => {
  const times = timesOf(pictures, jitter);
  return { input, start, times, end: pictures / FPS };
};
const SLACK = 500 / FPS;

test('each picture is shown once, in order, although a car’s times are uneven', () => {
  const track = new CameraTrack([clipAt(0, 1_000_000, 360, 0.004)], SLACK);
  const range = { start: 1_000_000, end: 1_010_000 };
  const shown = [...clipFrames([range], { num: FPS, den: 1 }, 1)].map(({ utc }) => track.at(utc)?.picture);
  assert.deepEqual(
    shown,
    Array.from({ length: 360 }, (_, at) => at),
  );
});

test('a gap between two clips stays a gap, to the frame', () => {
  const track = new CameraTrack([clipAt(1, 5000, 72), clipAt(0, 0, 72)], SLACK);
  const frames = [...clipFrames([{ start: 0, end: 7000 }], { num: FPS, den: 1 }, 1)].map(({ utc }) => track.at(utc));
  assert.equal(frames.length, 252);
  for (const [at, shown] of frames.entries()) {
    const expected = at < 72 ? [0, at] : at < 180 ? undefined : [1, at - 180];
    assert.deepEqual(shown && [shown.clip.input, shown.picture], expected, `frame ${at}`);
  }
});

test('a hole inside of a clip is a gap too, and where clips overlap the later one counts', () => {
  const times = [...timesOf(36), ...timesOf(36).map((time) => time + 4)];
  const holed = new CameraTrack([{ input: 0, start: 0, times, end: 5 }], SLACK);
  assert.equal(holed.at(990)?.picture, 35);
  assert.equal(holed.at(1300)?.picture, 35);
  assert.equal(holed.at(1600), undefined);
  assert.equal(holed.at(4000)?.picture, 36);
  const two = new CameraTrack([clipAt(0, 0, 360), clipAt(1, 9000, 72)], SLACK);
  assert.equal(two.at(8900)?.clip.input, 0);
  assert.equal(two.at(9100)?.clip.input, 1);
  assert.equal(two.at(11_500), undefined);
  assert.equal(two.at(-500), undefined);
});

test('faster: pictures are left out, evenly; the length follows', () => {
  const ranges = [
    { start: 0, end: 10_000 },
    { start: 60_000, end: 62_000 },
  ];
  const rate = { num: FPS, den: 1 };
  assert.equal(frameCount(ranges, rate, 4), 108);
  const utcs = [...clipFrames(ranges, rate, 4)].map(({ utc }) => utc);
  assert.equal(utcs.length, 108);
  assert.ok(Math.abs((utcs[1] ?? 0) - 4000 / FPS) < 1e-6);
  assert.equal(utcs[90], 60_000);
});

test('the rate is that of the footage, whatever holes it has', () => {
  assert.deepEqual(rateOf(timesOf(2000, 0.003)), { num: 36, den: 1 });
  assert.deepEqual(rateOf([...timesOf(500), ...timesOf(500).map((time) => time + 30)]), { num: 36, den: 1 });
  assert.deepEqual(rateOf([0, 1 / 24, 2 / 24, 3 / 24]), { num: 24, den: 1 });
  assert.deepEqual(rateOf([]), { num: 36, den: 1 });
});

test('cameras of a minute are brought together by the numbers of their pictures, within what a cut second explains', () => {
  const clip = (start: number, sequence: number | undefined, headless = false) => ({
    start,
    sequence,
    times: timesOf(72),
    headless,
  });
  assert.deepEqual(
    aligned([
      clip(10_000, 500),
      // Three pictures later, but its second was cut to the same.
      clip(10_000, 503),
      // Nine earlier, and its second is the one before.
      clip(9000, 491),
      // Says nothing.
      clip(11_000, undefined),
      // The next minute has its own anchor.
      clip(76_000, 500 + 66 * 36),
      clip(77_000, 500 + 66 * 36 + 18),
    ]).map(Math.round),
    [10_000, 10_083, 9750, 11_000, 76_000, 76_500],
  );
  // What no cut second explains is not believed.
  assert.deepEqual(aligned([clip(10_000, 500), clip(10_000, 500 + 200)]), [10_000, 10_000]);
  // A repaired clip whose head is lost begins when its first picture was taken.
  assert.deepEqual(aligned([clip(10_000, 500), clip(10_000, 500 + 720, true)]).map(Math.round), [10_000, 30_000]);
});

test('telemetry holds for half a second, and then nothing is said', () => {
  const car = (speed: number, accelerator = 0): CarTelemetry => ({ speed, accelerator }) as CarTelemetry;
  const track = new TelemetryTrack(
    [
      { utc: 1000, telemetry: car(5) },
      { utc: 0, telemetry: car(4, 40) },
    ],
    0,
  );
  assert.deepEqual(
    [-1, 0, 499, 501, 999, 1000, 1499, 1501].map((at) => track.at(at)?.speed),
    [undefined, 4, 4, undefined, undefined, 5, 5, undefined],
  );
  assert.equal(track.percent, true);
  assert.equal(new TelemetryTrack([{ utc: 0, telemetry: car(4, 1) }], 0).percent, false);
});

test('times as people write them', () => {
  assert.deepEqual(parseCarTime('2026-03-01 17:03:05'), { kind: 'local', at: Date.UTC(2026, 2, 1, 17, 3, 5) });
  assert.deepEqual(parseCarTime('2026-03-01_17-03-05'), { kind: 'local', at: Date.UTC(2026, 2, 1, 17, 3, 5) });
  assert.deepEqual(parseCarTime('2026-03-01T17:03'), { kind: 'local', at: Date.UTC(2026, 2, 1, 17, 3) });
  assert.deepEqual(parseCarTime('2026-03-02T01:03:05Z'), { kind: 'utc', at: Date.UTC(2026, 2, 2, 1, 3, 5) });
  assert.deepEqual(parseCarTime('2026-03-01T17:03:05.5-0800'), { kind: 'utc', at: Date.UTC(2026, 2, 2, 1, 3, 5, 500) });
  assert.deepEqual(parseCarTime('17:03:05'), { kind: 'day', at: ((17 * 60 + 3) * 60 + 5) * 1000 });
  for (const text of ['90', '1:30', '25:00:00', '2026-13-01 00:00:00', 'yesterday'])
    assert.equal(parseCarTime(text), undefined);
});
