import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stageOf } from '../stage.ts';
import { BreakDisplay } from './break-display.ts';

const STAGE = stageOf({ width: 1280, height: 720 });

test('a break says how many real seconds are left, and is not told when it is short', () => {
  const display = new BreakDisplay(
    {
      breaks: [
        { start: 1000, end: 1900 },
        { start: 10_000, end: 25_000 },
      ],
      letterbox: false,
      rate: 1.5,
    },
    STAGE,
  );
  const keysAt = (now: number): string[] => display.at(now).map(({ key }) => key);
  assert.deepEqual(keysAt(1400), []);
  assert.deepEqual(keysAt(9999), []);
  // Ten real seconds; half of them are over at 17,500.
  assert.deepEqual(keysAt(17_500), ['break 5 120 1']);
  assert.deepEqual(keysAt(23_600), ['break 1 23 1']);
  assert.deepEqual(keysAt(25_000), []);
});

test('bars above and below come where the map wants them, and fade', () => {
  const display = new BreakDisplay({ breaks: [{ start: 0, end: 10_000 }], letterbox: true, rate: 1 }, STAGE);
  assert.equal(display.at(5000).length, 3);
  assert.deepEqual(
    display
      .at(200)
      .map(({ rect: { y, height } }) => [y, height])
      .slice(0, 2),
    [
      [0, 72],
      [648, 72],
    ],
  );
  assert.match(display.at(200)[0]?.key ?? '', / 0\.5$/);
});
