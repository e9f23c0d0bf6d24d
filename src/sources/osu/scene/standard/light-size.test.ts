import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LightSize } from './light-size.ts';

test('the light shrinks at combos of 100 and 200 within 0.8 s, and grows again when the combo breaks', () => {
  const events = [
    { time: 1000, combo: 99 },
    { time: 2000, combo: 100 },
    { time: 2500, combo: 101 },
    { time: 9000, combo: 200 },
    { time: 9400, combo: 0 },
  ];
  const size = new LightSize(events, 1);
  const about = (now: number, expected: number): void =>
    assert.ok(Math.abs(size.at(now) - expected) < 1e-9, `${now}: ${size.at(now)} is not ${expected}`);
  about(1999, 1);
  about(2000, 1);
  about(2400, 0.90625);
  about(2800, 0.8125);
  about(8999, 0.8125);
  // Half of the way down, then up from there.
  about(9400, 0.71875);
  about(9800, 0.859375);
  about(10_200, 1);
  assert.ok(Math.abs(new LightSize(events, 1.5).at(2600) - 0.90625) < 1e-9, 'in real time');
});
