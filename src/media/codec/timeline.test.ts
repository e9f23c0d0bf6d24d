import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clipSize, fitInto, layoutCells } from './layout.ts';
import type { RenderPiece } from './plan.ts';
import { chooseRate, composeTimeline, frameCount, rateFromTimes, spanAt } from './timeline.ts';

const piece = fc
  .record({ input: fc.nat(3), from: fc.integer({ min: 0, max: 60_000 }), length: fc.integer({ min: 40, max: 60_000 }) })
  .map(({ input, from, length }) => ({ input, from: from / 1000, to: (from + length) / 1000, wallStart: from }));

test('one source: the clip is as long as its pieces together, and every moment shows one', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (pieces, at) => {
        const timeline = composeTimeline([{ name: 'a', pieces }]);
        const sum = pieces.reduce((total, one) => total + one.to - one.from, 0);
        assert.ok(Math.abs(timeline.duration - sum) < 1e-6);
        const seen = spanAt(timeline, at * timeline.duration);
        assert.ok(seen && seen.into >= 0 && seen.into <= seen.span.length + 1e-9);
      },
    ),
  );
});

test('several sources: the union of their wall time, in order, without overlap', () => {
  const track = fc.array(piece, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(track, track, (a, b) => {
      const timeline = composeTimeline([
        { name: 'a', pieces: a },
        { name: 'b', pieces: b },
      ]);
      const covered = new Set<number>();
      for (const one of [...a, ...b])
        for (let ms = one.wallStart; ms < one.wallStart + Math.round((one.to - one.from) * 1000); ms++) covered.add(ms);
      assert.ok(Math.abs(timeline.duration * 1000 - covered.size) <= 3 * 16);
      for (const [index, span] of timeline.spans.entries()) {
        const before = timeline.spans[index - 1];
        if (before) assert.ok(span.wallStart >= before.wallStart + before.length * 1000 - 1e-6);
        assert.ok(span.shows.some((one) => one !== undefined));
      }
    }),
    { numRuns: 60 },
  );
});

test('rates are snapped to those in use and never exceed the limit', () => {
  assert.deepEqual(chooseRate(14.93), { num: 15, den: 1 });
  assert.deepEqual(chooseRate(29.97), { num: 30_000, den: 1001 });
  assert.deepEqual(chooseRate(25, 10), { num: 10, den: 1 });
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 240, noNaN: true }), fc.integer({ min: 1, max: 120 }), (measured, most) => {
      const { num, den } = chooseRate(measured, most);
      assert.ok(num / den <= most + 1e-9 && num / den >= 1);
    }),
  );
  assert.equal(frameCount(10, { num: 15, den: 1 }), 150);
});

test('holes and jitter do not change the measured rate', () => {
  const times = Array.from(
    { length: 150 },
    (_, index) => index / 15 + (index > 70 ? 30 : 0) + ((index * 7) % 5) / 1000,
  );
  assert.ok(Math.abs((rateFromTimes(times) ?? 0) - 15) < 0.3);
});

test('cells are even, inside the picture, and do not overlap', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('main' as const, 'grid' as const),
      fc.integer({ min: 1, max: 16 }),
      fc.integer({ min: 32, max: 960 }),
      fc.integer({ min: 32, max: 540 }),
      (layout, count, halfWidth, halfHeight) => {
        const size = { width: halfWidth * 2, height: halfHeight * 2 };
        const cells = layoutCells(layout, count, size);
        assert.equal(cells.length, count);
        for (const [index, a] of cells.entries()) {
          assert.ok([a.x, a.y, a.width, a.height].every((value) => value % 2 === 0 && value >= 0));
          assert.ok(a.x + a.width <= size.width && a.y + a.height <= size.height);
          const fitted = fitInto(a, { width: 1920, height: 1080 });
          assert.ok(fitted.x >= a.x && fitted.x + fitted.width <= a.x + a.width);
          for (const b of cells.slice(index + 1))
            assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y);
        }
      },
    ),
  );
});

test('a clip is never larger than its source or its limits', () => {
  assert.deepEqual(clipSize('main', [{ width: 1920, height: 1080 }], { height: 720 }), { width: 1280, height: 720 });
  assert.deepEqual(clipSize('main', [{ width: 640, height: 360 }], { width: 4000 }), { width: 640, height: 360 });
  const pieces: RenderPiece[] = [];
  assert.equal(composeTimeline([{ name: 'a', pieces }]).duration, 0);
});
