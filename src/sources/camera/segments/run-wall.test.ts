import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RunWall } from './run-wall.ts';

const START = 1_795_284_300_000;

/** Plays `hours` of 15 pictures a minute, a segment each minute. @returns each segment's start by the run, and by media. */
function play(hours: number, lateMs: (seconds: number) => number) {
  const wall = new RunWall();
  const begins: { wall: number; media: number }[] = [];
  for (let seconds = 0; seconds < hours * 3600; seconds += 4) {
    const pts = seconds * 90_000;
    wall.sample(START + seconds * 1000 + lateMs(seconds), pts);
    if (seconds % 60 === 0) begins.push({ wall: (wall.begin(pts) ?? 0) + seconds * 1000, media: seconds * 1000 });
  }
  return { wall, begins };
}

test('invariant 1: a run begins by its least delayed picture, and a busy network does not move it', () => {
  const { wall, begins } = play(2, (seconds) => (seconds % 40 < 20 ? 3 : 3000));
  for (const begin of begins) assert.equal(begin.wall - begin.media, START + 3);
  assert.equal(wall.errorMs, 0);
});

test('invariant 1: drift of any size up to 500 ppm is followed for as long as it lasts, never by a step', () => {
  fc.assert(
    fc.property(fc.integer({ min: -450, max: 450 }), (ppm) => {
      const { wall, begins } = play(6, (seconds) => (seconds * ppm) / 1000);
      for (const [at, begin] of begins.entries()) {
        const last = begins[at - 1];
        if (!last) continue;
        const slew = begin.wall - last.wall - (begin.media - last.media);
        assert.ok(Math.abs(slew) <= 60_000 * 500e-6 + 1, `${slew} ms in a minute`);
        const right = START + begin.media + (begin.media / 1000) * (ppm / 1000);
        assert.ok(Math.abs(begin.wall - right) < 100, `${begin.wall - right} ms off after ${begin.media / 60_000} min`);
      }
      assert.ok(Math.abs(wall.errorMs) < 100);
    }),
    { numRuns: 20 },
  );
});

test('invariant 1: a step of the wall clock never moves a run by more than the slew, and is told', () => {
  for (const step of [-3_600_000, -1500, 1500, 3_600_000]) {
    const { wall, begins } = play(0.5, (seconds) => (seconds < 600 ? 0 : step));
    for (const [at, begin] of begins.entries()) {
      const last = begins[at - 1];
      if (last) assert.ok(Math.abs(begin.wall - last.wall - 60_000) <= 31);
    }
    assert.ok(wall.errorMs / step > 0.5, `${wall.errorMs} of ${step}`);
  }
});

test('a run that follows another never begins before that one ends, unless the clock was set back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -5000, max: 5000 }), fc.nat({ max: 1_000_000 }), (lateMs, pts) => {
      const wall = new RunWall();
      wall.follow(START, false);
      wall.sample(START + lateMs, pts);
      const begun = (wall.begin(pts) ?? 0) + pts / 90;
      const right = lateMs < -1500 ? START + lateMs : Math.max(START, START + lateMs);
      assert.ok(Math.abs(begun - right) <= 1, `${begun - START} for ${lateMs}`);
    }),
  );
});

test('a run that goes on where the one before ended begins there, whenever its pictures came', () => {
  fc.assert(
    fc.property(fc.integer({ min: -20_000, max: 20_000 }), fc.nat({ max: 1_000_000 }), (lateMs, pts) => {
      const wall = new RunWall();
      wall.follow(START, true);
      wall.sample(START + lateMs, pts);
      assert.ok(Math.abs((wall.begin(pts) ?? 0) + pts / 90 - START) <= 1);
    }),
  );
});
