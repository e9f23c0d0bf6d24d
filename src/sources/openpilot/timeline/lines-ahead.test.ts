import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrivingModel } from '../log/model-events.ts';
import { offsetsAhead } from './lines-ahead.ts';

const none = new Float32Array();

/** A model every ten frames. */
function driving(left: readonly number[], frames = 10): DrivingModel[] {
  return left.map((leftY, index) => ({
    time: index,
    frameId: 100 + index * frames,
    leftY,
    rightY: 1.5,
    leftProb: 1,
    rightProb: 1,
    x: none,
    y: none,
    z: none,
  }));
}

const ahead = (list: readonly DrivingModel[], frame: number, now: number): number[] =>
  [...offsetsAhead(list, frame, 'leftY', now, Float32Array.of(0, 0.25, 0.5, 1, 2, 10))].map(
    (y) => Math.round(y * 1000) / 1000,
  );

test('a line lies ahead where it is beside the car when it comes there, up to two seconds on', () => {
  const drifting = driving([-1.5, -1.6, -1.7, -1.8, -1.9, -2, -2.1]);
  assert.deepEqual(ahead(drifting, 100, -1.5), [-1.5, -1.55, -1.6, -1.7, -1.9, -1.9]);
  assert.deepEqual(ahead(drifting, 105, -1.55), [-1.55, -1.6, -1.65, -1.75, -1.95, -1.95]);
});

test('behind the last model, over a gap, and where another line is meant, the last that is known stays', () => {
  assert.deepEqual(ahead(driving([-1.5, -1.6]), 105, -1.55), [-1.55, -1.6, -1.6, -1.6, -1.6, -1.6]);
  assert.deepEqual(ahead(driving([-1.5, -1.6, -1.7], 100), 100, -1.5), [-1.5, -1.5, -1.5, -1.5, -1.5, -1.5]);
  // A change of lanes: what was the right line is the left one.
  assert.deepEqual(ahead(driving([-1.5, -1.6, 1.4, 1.3]), 100, -1.5), [-1.5, -1.55, -1.6, -1.6, -1.6, -1.6]);
  assert.deepEqual(ahead(driving([-1.5, Number.NaN]), 100, -1.5), [-1.5, -1.5, -1.5, -1.5, -1.5, -1.5]);
  assert.deepEqual(ahead([], 100, -1.5), [-1.5, -1.5, -1.5, -1.5, -1.5, -1.5]);
});
