import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TelemetryColumns } from '../../sources/dashcam/reader/messages.ts';
import { mergeTelemetry, minutesOf } from './telemetry-merge.ts';

const T = Date.parse('2026-03-02T01:00:05Z');

function columns(
  rows: readonly { at: number; speed?: number; accelerator?: number; latitude?: number }[],
): TelemetryColumns {
  const zeros = rows.map(() => 0);
  return {
    at: rows.map(({ at }) => at),
    speed: rows.map(({ speed = 0 }) => speed),
    accelerator: rows.map(({ accelerator = 0 }) => accelerator),
    steering: zeros,
    flags: rows.map((_, index) => index % 8),
    gear: rows.map((_, index) => (index === 0 ? -1 : 1)),
    autopilot: zeros,
    latitude: rows.map(({ latitude = 0 }) => latitude),
    longitude: zeros,
    heading: zeros,
    accelerationX: zeros,
    accelerationY: zeros,
  };
}

test('of each minute the front first and one other, also when cameras begin a second apart', () => {
  const clips = [
    { camera: 'back', start: T },
    { camera: 'front', start: T + 1000 },
    { camera: 'left_pillar', start: T + 1000 },
    { camera: 'front', start: T + 62_000 },
    { camera: 'left_repeater', start: T + 124_000 },
    { camera: 'right_pillar', start: T + 124_000 },
  ];
  assert.deepEqual(
    minutesOf(clips).map((minute) => minute.map(({ camera }) => camera)),
    [['front', 'back'], ['front'], ['left_repeater', 'right_pillar']],
  );
});

test('clips come on one axis in order, and what two tell is told once', () => {
  const merged = mergeTelemetry(
    [
      {
        start: T,
        columns: columns([
          { at: 0, speed: 1 },
          { at: 1000, speed: 2 },
        ]),
      },
      {
        start: T + 900,
        columns: columns([
          { at: 0, speed: 9 },
          { at: 100, speed: 9 },
          { at: 300, speed: 3, latitude: 44 },
        ]),
      },
    ],
    100,
    2,
  );
  assert.deepEqual([merged.start, merged.at, merged.speed], [T, [0, 1000, 1200], [1, 2, 3]]);
  assert.deepEqual(merged.latitude, [null, null, 44]);
  assert.deepEqual([merged.pictures, merged.unread], [3, 2]);
  assert.deepEqual(merged.gear, [null, 'drive', 'drive']);
  assert.deepEqual(
    [merged.brake, merged.blinkerLeft, merged.blinkerRight],
    [
      [false, true, false],
      [false, false, true],
      [false, false, false],
    ],
  );
});

test('more than was asked for is thinned out evenly; the pedal is told from 0 to 1 whatever the firmware counts', () => {
  const rows = Array.from({ length: 1000 }, (_, index) => ({ at: index * 28, accelerator: index / 10 }));
  const merged = mergeTelemetry([{ start: T, columns: columns(rows) }], 100, 0);
  assert.equal(merged.pictures, 1000);
  assert.equal(merged.at.length, 100);
  assert.deepEqual(new Set(merged.at.slice(1).map((at, index) => at - (merged.at[index] ?? 0))), new Set([280]));
  assert.ok(merged.accelerator.every((value) => value >= 0 && value <= 1));
  assert.equal(merged.accelerator.at(-1), 0.99);
  const small = mergeTelemetry([{ start: T, columns: columns([{ at: 0, accelerator: 0.5 }]) }], 100, 0);
  assert.deepEqual(small.accelerator, [0.5]);
  assert.deepEqual(mergeTelemetry([], 10, 0).at, []);
});
