import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TimingPoint } from '../../read/beatmap.ts';
import { countdownOf } from './countdown.ts';

const tempo = (time: number, beatLength: number): TimingPoint => ({
  ...{ time, beatLength, meter: 4, sampleSet: 1, sampleIndex: 0, volume: 100 },
  ...{ uninherited: true, kiai: false, omitsFirstBar: false },
});

const counted = (countdown: number, first: number, timing = [tempo(0, 500)], countdownOffset = 0) =>
  countdownOf({ countdown, countdownOffset, timing }, first);

test('it goes with the beats and ends before the first object', () => {
  const found = counted(1, 8000);
  assert.ok(found);
  assert.equal(found.beat, 500);
  assert.equal((((found.go + 5) % 500) + 500) % 500, 0);
  assert.ok(found.go < 8000 && found.go >= 8000 - 2 * 500 - 5, `${found.go}`);
});

test('half and double speed, and fast music in pairs of beats', () => {
  assert.deepEqual(
    [2, 3].map((speed) => counted(speed, 20_000)?.beat),
    [1000, 250],
  );
  assert.equal(counted(1, 20_000, [tempo(0, 300)])?.beat, 600);
});

test('the mapper may have it earlier', () => {
  const [usual, earlier] = [counted(1, 20_000), counted(1, 20_000, [tempo(0, 500)], 3)];
  assert.equal((usual?.go ?? 0) - (earlier?.go ?? 0), 1500);
});

test('none where it is switched off, where there is no time, or no tempo', () => {
  assert.equal(counted(0, 20_000), undefined);
  assert.equal(counted(1, 2000), undefined);
  assert.equal(counted(1, 20_000, []), undefined);
  assert.equal(counted(1, 20_000, [tempo(0, 1e-9)]), undefined);
});

test('whatever the file says, it is found at once, before the first object', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e7, noNaN: true }),
      fc.double({ min: -1e6, max: 1e9, noNaN: true }),
      (speed, time, beatLength, first) => {
        const found = counted(speed, first, [tempo(time, beatLength)]);
        assert.ok(!found || (found.go < first && found.go - 4 * found.beat > 0));
      },
    ),
  );
});
