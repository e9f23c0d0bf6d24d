import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BT601, BT709, blendPixels, evenRect, fewRects, type Planes } from './blend.ts';
import { blendKept, keepPatch } from './kept-patch.ts';
import type { Rect } from './overlay-scene.ts';

const WIDTH = 96;
const HEIGHT = 12;

function grey(): Planes {
  const fill = (size: number, seed: number): Uint8Array =>
    Uint8Array.from({ length: size }, (_, index) => (index * 37 + seed * 101) & 255);
  // Rows longer than the picture, as those of FFmpeg are.
  return { data: [fill(104 * HEIGHT, 1), fill(56 * 6, 2), fill(56 * 6, 3)], strides: [104, 56, 56] };
}

/** What the picture should be, in exact arithmetic (ITU-R BT.601 and 709 with limited range). */
function expected(under: Planes, rgba: Uint8ClampedArray, rect: Rect, kr: number, kb: number): number[][] {
  const planes = under.data.map((plane) => [...plane]);
  const yuv = (at: number): [number, number, number, number] => {
    const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray(at * 4, at * 4 + 4);
    const y = kr * r + (1 - kr - kb) * g + kb * b;
    const cb = 128 + ((b - y) / (1 - kb) / 2) * (224 / 255);
    const cr = 128 + ((r - y) / (1 - kr) / 2) * (224 / 255);
    return [16 + (y * 219) / 255, cb, cr, a / 255];
  };
  const mix = (plane: number, to: number, value: number, alpha: number): void => {
    const row = planes[plane];
    if (row) row[to] = (row[to] ?? 0) * (1 - alpha) + value * alpha;
  };
  for (let y = 0; y < rect.height; y++)
    for (let x = 0; x < rect.width; x++) {
      const [luma, , , alpha] = yuv(y * rect.width + x);
      mix(0, (rect.y + y) * 104 + rect.x + x, luma, alpha);
      if (y % 2 === 1 || x % 2 === 1) continue;
      const four = [0, 1, rect.width, rect.width + 1].map((step) => yuv(y * rect.width + x + step));
      const sum = four.reduce((total, one) => total + one[3], 0);
      for (const plane of [1, 2] as const) {
        const value = sum === 0 ? 0 : four.reduce((total, one) => total + one[plane] * one[3], 0) / sum;
        mix(plane, ((rect.y + y) / 2) * 56 + (rect.x + x) / 2, value, sum / 4);
      }
    }
  return planes;
}

/** Colour times alpha, what shows through, and their sum are rounded, each by half a step or, where four pixels go at once, a whole one. */
const ROUNDED = 2;

function near(actual: Planes, wanted: readonly (readonly number[])[], what: string): void {
  for (const [plane, bytes] of actual.data.entries())
    for (const [at, byte] of bytes.entries())
      assert.ok(
        Math.abs(byte - (wanted[plane]?.[at] ?? 0)) <= ROUNDED,
        `${what}: plane ${plane} at ${at} is ${byte}, not ${wanted[plane]?.[at]}`,
      );
}

/** Rows of stretches of one colour, as drawings have them. */
const drawing = fc
  .array(
    fc.record({
      colour: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
      alpha: fc.oneof(fc.constantFrom(0, 255), fc.nat(255)),
      length: fc.integer({ min: 1, max: 80 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((parts) => {
    const rgba = new Uint8ClampedArray(64 * 8 * 4);
    let at = 0;
    for (const { colour, alpha, length } of [...parts, ...parts, ...parts, ...parts])
      for (let n = 0; n < length && at < 64 * 8; n++, at++) rgba.set([...colour, alpha], at * 4);
    return rgba;
  });

test('drawings are blended as exact arithmetic has it, and nothing beside them is touched', () => {
  const rect = { x: 18, y: 2, width: 64, height: 8 };
  fc.assert(
    fc.property(drawing, fc.boolean(), (rgba, hd) => {
      const [matrix, kr, kb] = hd ? ([BT709, 0.2126, 0.0722] as const) : ([BT601, 0.299, 0.114] as const);
      const wanted = expected(grey(), rgba, rect, kr, kb);
      const moving = grey();
      blendPixels(moving, new Int32Array(rgba.buffer), rect, matrix);
      near(moving, wanted, 'moving');
      const kept = grey();
      blendKept(kept, keepPatch(rgba, rect, matrix));
      near(kept, wanted, 'kept');
    }),
    { numRuns: 300 },
  );
});

const size = { width: WIDTH, height: HEIGHT };
const rectangle = fc.record({
  x: fc.integer({ min: -20, max: 120 }),
  y: fc.integer({ min: -20, max: 30 }),
  width: fc.integer({ min: 0, max: 60 }),
  height: fc.integer({ min: 0, max: 20 }),
});

test('rectangles become even, stay inside, cover what they did, and none lies over another', () => {
  fc.assert(
    fc.property(fc.array(rectangle, { maxLength: 8 }), (rects) => {
      const done = fewRects(rects.flatMap((rect) => evenRect(rect, size) ?? []));
      const covered = new Uint8Array(WIDTH * HEIGHT);
      for (const { x, y, width, height } of done) {
        assert.ok([x, y, width, height].every((side) => side % 2 === 0));
        assert.ok(x >= 0 && y >= 0 && x + width <= WIDTH && y + height <= HEIGHT);
        for (let row = y; row < y + height; row++)
          for (let column = x; column < x + width; column++) {
            const at = row * WIDTH + column;
            covered[at] = (covered[at] ?? 0) + 1;
          }
      }
      assert.ok(covered.every((times) => times <= 1));
      for (const { x, y, width, height } of rects)
        for (let row = Math.max(0, y); row < Math.min(HEIGHT, y + height); row++)
          for (let column = Math.max(0, x); column < Math.min(WIDTH, x + width); column++)
            assert.equal(covered[row * WIDTH + column], 1);
    }),
  );
});
