import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CarTelemetry } from '../../../media/bitstream/tesla-sei.ts';
import { barState } from './bar-state.ts';
import { coordinates, timeStamp } from './stamp.ts';

const CAR: CarTelemetry = {
  version: 1,
  gear: 'drive',
  sequence: 1,
  speed: 27.78,
  accelerator: 0.42,
  steering: -12.4,
  blinkerLeft: true,
  blinkerRight: false,
  brake: false,
  autopilot: 'self-driving',
  latitude: 44.04624,
  longitude: -123.022,
  heading: 90,
  acceleration: [0, 0, 0],
};

test('speed in both units, pedals in both scales, backwards without a sign', () => {
  assert.deepEqual([barState(CAR, 'metric', false).speed, barState(CAR, 'metric', false).unit], ['100', 'km/h']);
  assert.deepEqual([barState(CAR, 'imperial', false).speed, barState(CAR, 'imperial', false).unit], ['62', 'mph']);
  assert.equal(barState(CAR, 'metric', false).accelerator, 8);
  assert.equal(barState({ ...CAR, accelerator: 42 }, 'metric', true).accelerator, 8);
  assert.equal(barState({ ...CAR, speed: -2, gear: 'reverse' }, 'metric', false).speed, '7');
});

test('what the car did not say, or cannot have meant, is not shown', () => {
  assert.equal(barState(undefined, 'metric', false).speed, '–');
  const hostile = {
    ...CAR,
    speed: Number.POSITIVE_INFINITY,
    steering: Number.NaN,
    accelerator: Number.NaN,
    gear: undefined,
    autopilot: undefined,
  };
  assert.deepEqual(barState(hostile, 'metric', false), {
    speed: '–',
    unit: 'km/h',
    gear: undefined,
    steering: undefined,
    accelerator: 0,
    brake: false,
    left: true,
    right: false,
    autopilot: undefined,
  });
});

test('time in the car’s zone, or in UTC where that is not known', () => {
  const at = Date.UTC(2026, 2, 2, 1, 3, 5, 900);
  assert.equal(timeStamp(at, -480), '2026-03-01 17:03:05 UTC−8');
  assert.equal(timeStamp(at, 345), '2026-03-02 06:48:05 UTC+5:45');
  assert.equal(timeStamp(at, null), '2026-03-02 01:03:05 UTC');
  assert.equal(coordinates(44.04624, -123.022), '44.0462, −123.0220');
  assert.equal(coordinates(0, 0), undefined);
  assert.equal(coordinates(Number.NaN, 3), undefined);
});
