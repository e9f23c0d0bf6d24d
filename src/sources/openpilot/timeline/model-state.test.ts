import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrivingModel } from '../log/model-events.ts';
import { lowRateModel } from './model-state.ts';

test('lines of a low-rate log lie beside the path as it is logged, wherever its polynomial begins', () => {
  const model: DrivingModel = {
    time: 0,
    frameId: 0,
    leftY: -1.5,
    rightY: 1.75,
    leftProb: 0.9,
    rightProb: 0.8,
    x: Float32Array.of(0, 15, 0, 0, 0),
    y: Float32Array.of(-0.15, 0.5, -1, 0.1, 0),
    z: Float32Array.of(0, 0, 0, 0, 0),
  };
  const state = lowRateModel(model, model, 0, 1.25, (_, now, seconds) => seconds.map(() => now));
  assert.ok(state);
  for (const [index, y] of state.path.y.entries()) {
    assert.ok(Math.abs((state.laneLines[0]?.y[index] ?? Number.NaN) - (y - 1.5)) < 1e-5);
    assert.ok(Math.abs((state.laneLines[1]?.y[index] ?? Number.NaN) - (y + 1.75)) < 1e-5);
  }
});
