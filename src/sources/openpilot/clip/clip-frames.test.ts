import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ClipFrame, clipFrames, clipSound, frameCount, pictureRange } from './clip-frames.ts';

const ranges = fc.array(
  fc
    .record({ start: fc.integer({ min: 0, max: 60_000 }), length: fc.integer({ min: 1, max: 9000 }) })
    .map(({ start, length }) => pictureRange({ start: start / 20, end: (start + length) / 20 })),
  { minLength: 1, maxLength: 4 },
);

test('at the speed of the drive every picture of every range is shown once, in order, and its minute is the right one', () => {
  fc.assert(
    fc.property(ranges, (asked) => {
      const frames = [...clipFrames(asked, 1)];
      assert.equal(frames.length, frameCount(asked, 1));
      assert.deepEqual(
        frames.map(({ segment, picture }) => segment * 1200 + picture),
        asked.flatMap(({ first, end }) => Array.from({ length: end - first }, (_, index) => first + index)),
      );
      assert.ok(frames.every(({ clipSeconds }, index) => clipSeconds === index / 20));
      assert.equal(frames.filter(({ begins }) => begins).length, asked.length);
    }),
    { numRuns: 30 },
  );
});

test('at another speed the clip is so many times shorter, and shows nothing from outside', () => {
  fc.assert(
    fc.property(ranges, fc.double({ min: 0.25, max: 20, noNaN: true }), (asked, speed) => {
      const frames = [...clipFrames(asked, speed)];
      assert.equal(frames.length, frameCount(asked, speed));
      const pictures = asked.reduce((sum, { first, end }) => sum + end - first, 0);
      assert.ok(Math.abs(frames.length - pictures / speed) <= asked.length);
      for (const { segment, picture } of frames) {
        const at = segment * 1200 + picture;
        assert.ok(asked.some(({ first, end }) => at >= first && at < end));
      }
    }),
    { numRuns: 50 },
  );
});

test('sound goes with the pictures at any speed: each piece begins with its picture, and none lies over another', () => {
  fc.assert(
    fc.property(ranges, fc.double({ min: 0.25, max: 20, noNaN: true }), (asked, speed) => {
      const frames = [...clipFrames(asked, speed)];
      let end = 0;
      for (const { segment, picture, start, length } of clipSound(asked, speed)) {
        assert.ok(start >= end - 1e-9);
        const at = segment * 1200 + picture;
        const index = Math.ceil(start * 20 - 1e-6);
        const next = frames[index];
        const place = (frame: ClipFrame | undefined): number => (frame ? frame.segment * 1200 + frame.picture : -1);
        // The next picture that is shown: fewer than one step of the speed away. Behind the last one of its range none comes any more.
        const isLast = next === undefined || (next.begins && place(next) !== at);
        const apart = isLast ? at - place(frames[index - 1]) : place(next) - at;
        assert.ok(apart >= 0 && apart <= Math.ceil(speed), `${apart}`);
        end = start + length;
      }
      assert.ok(end <= frames.length / 20 + 1e-6);
    }),
    { numRuns: 50 },
  );
});

test('sound goes with the pictures, minute by minute, without a gap', () => {
  fc.assert(
    fc.property(ranges, (asked) => {
      const frames = [...clipFrames(asked, 1)];
      let end = 0;
      for (const { segment, picture, start, length } of clipSound(asked, 1)) {
        assert.ok(Math.abs(start - end) < 1e-9);
        const shown = frames[Math.round(start * 20)];
        assert.deepEqual([shown?.segment, shown?.picture], [segment, picture]);
        assert.ok(length > 0 && picture + length * 20 <= 1200 + 1e-6);
        end = start + length;
      }
      assert.ok(Math.abs(end - frames.length / 20) < 1e-6);
    }),
    { numRuns: 30 },
  );
});
