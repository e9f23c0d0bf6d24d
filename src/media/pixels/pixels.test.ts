import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BT601, BT709 } from './matrix.ts';
import { Patch } from './patch.ts';
import { Picture, type Planes } from './picture.ts';
import type { Rect } from './rect.ts';
import { ScaledPatch } from './scaled-patch.ts';

const WIDTH = 96;
const HEIGHT = 12;

function grey(): Planes {
  const fill = (size: number, seed: number): Uint8Array =>
    Uint8Array.from({ length: size }, (_, index) => (index * 37 + seed * 101) & 255);
  // Rows longer than the picture, as those of FFmpeg are.
  return { data: [fill(104 * HEIGHT, 1), fill(56 * 6, 2), fill(56 * 6, 3)], strides: [104, 56, 56] };
}

/** A picture of these bytes, after something was done to it. */
function after(work: (picture: Picture) => void): Planes {
  const planes = grey();
  const picture = new Picture({ width: WIDTH, height: HEIGHT }, planes.strides);
  picture.read(planes);
  work(picture);
  picture.write(planes);
  picture.close();
  return planes;
}

/** What the picture should be, in exact arithmetic (ITU-R BT.601 and 709 with limited range). */
function expected(
  under: Planes,
  rgba: Uint8ClampedArray,
  rect: Rect,
  kr: number,
  kb: number,
  strength = 256,
): number[][] {
  const planes = under.data.map((plane) => [...plane]);
  const yuv = (at: number): [number, number, number, number] => {
    const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray(at * 4, at * 4 + 4);
    const y = kr * r + (1 - kr - kb) * g + kb * b;
    const cb = 128 + ((b - y) / (1 - kb) / 2) * (224 / 255);
    const cr = 128 + ((r - y) / (1 - kr) / 2) * (224 / 255);
    return [16 + (y * 219) / 255, cb, cr, (a * strength) / 256 / 255];
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

/** Colour times alpha, what shows through, and their sum are rounded, each by half a step; in part, both are once more. */
const ROUNDED = 2.5;

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
    fc.property(drawing, fc.boolean(), fc.integer({ min: 1, max: 256 }), (rgba, hd, strength) => {
      const [matrix, kr, kb] = hd ? ([BT709, 0.2126, 0.0722] as const) : ([BT601, 0.299, 0.114] as const);
      const wanted = expected(grey(), rgba, rect, kr, kb);
      near(
        after((picture) => picture.blend(rgba, rect, matrix)),
        wanted,
        'once',
      );
      near(
        after((picture) => picture.blend(rgba, rect, matrix, strength)),
        expected(grey(), rgba, rect, kr, kb, strength),
        'once, in part',
      );
      const patch = new Patch(rgba, rect.width, rect.height, matrix);
      near(
        after((picture) => patch.lay(picture, rect.x, rect.y, 256, rect)),
        wanted,
        'kept',
      );
      near(
        after((picture) => patch.lay(picture, rect.x, rect.y, strength, rect)),
        expected(grey(), rgba, rect, kr, kb, strength),
        'in part',
      );
    }),
    { numRuns: 300 },
  );
});

/** Places that may lie outside of the picture, and what of it may be touched. */
const place = fc.record({
  x: fc.integer({ min: -40, max: 50 }).map((half) => half * 2),
  y: fc.integer({ min: -5, max: 6 }).map((half) => half * 2),
  clip: fc
    .tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 0, max: 5 }), fc.nat(48), fc.nat(6))
    .map(([x, y, w, h]) => ({
      x: 2 * x,
      y: 2 * y,
      width: 2 * Math.max(1, Math.min(w, WIDTH / 2 - x)),
      height: 2 * Math.max(1, Math.min(h, HEIGHT / 2 - y)),
    })),
});

function untouchedOutside(touched: Planes, { x, y, width, height }: Rect): void {
  const before = grey();
  for (const [index, plane] of touched.data.entries()) {
    const by = index === 0 ? 0 : 1;
    const stride = touched.strides[index] ?? 0;
    for (const [at, byte] of plane.entries()) {
      const [column, row] = [at % stride, Math.floor(at / stride)];
      const inside = column >= x >> by && column < (x + width) >> by && row >= y >> by && row < (y + height) >> by;
      if (!inside) assert.equal(byte, before.data[index]?.[at], `plane ${index}, ${column}, ${row}`);
    }
  }
}

test('nothing outside of the clip is touched, wherever a drawing lies, and inside of it is the same as without one', () => {
  fc.assert(
    fc.property(drawing, place, fc.integer({ min: 1, max: 256 }), (rgba, { x, y, clip }, strength) => {
      const patch = new Patch(rgba, 64, 8, BT709);
      untouchedOutside(
        after((picture) => patch.lay(picture, x, y, strength, clip)),
        clip,
      );
      const scaled = new ScaledPatch(rgba, 64, 8, BT709);
      untouchedOutside(
        after((picture) => scaled.lay(picture, x + 0.3, y + 0.6, 0.2 + strength / 100, strength, clip)),
        clip,
      );
    }),
  );
});

test('the smallest and largest sizes, and places far away, touch nothing that they should not', () => {
  const rgba = new Uint8ClampedArray(64 * 8 * 4).fill(200);
  const scaled = new ScaledPatch(rgba, 64, 8, BT709);
  const clip = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
  for (const scale of [1e-9, 1e-3, 0.5, 1, 1e3, 1e9])
    for (const at of [-1e12, -1e6, -3, 0, 5, 1e6, 1e12])
      untouchedOutside(
        after((picture) => scaled.lay(picture, at, at, scale, 256, clip)),
        clip,
      );
});

test('a drawing that is wider than places can be counted in touches nothing that it should not', () => {
  const wide = new ScaledPatch(new Uint8ClampedArray(70_000 * 2 * 4).fill(120), 70_000, 2, BT709);
  const clip = { x: 10, y: 2, width: 40, height: 6 };
  for (const scale of [0.001, 1, 3])
    for (const x of [-200_000, -60_000, -33_000, -5, 0])
      untouchedOutside(
        after((picture) => wide.lay(picture, x, 3, scale, 200, clip)),
        clip,
      );
});

test('between its pixels a drawing is what lies between them', () => {
  fc.assert(
    fc.property(
      drawing,
      fc.double({ min: -20, max: 60, noNaN: true }),
      fc.double({ min: -4, max: 8, noNaN: true }),
      fc.double({ min: 0.3, max: 3, noNaN: true }),
      fc.integer({ min: 1, max: 256 }),
      (rgba, x, y, scale, strength) => {
        const sprite = new ScaledPatch(rgba, 64, 8, BT709);
        const clip = { x: 0, y: 0, width: WIDTH, height: HEIGHT };
        const got = after((picture) => sprite.lay(picture, x, y, scale, strength, clip));
        const under = grey().data[0];
        const value = (column: number, row: number, what: 'luma' | 'alpha'): number => {
          if (column < 0 || row < 0 || column >= 64 || row >= 8) return 0;
          const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray((row * 64 + column) * 4, (row * 64 + column) * 4 + 4);
          const luma = 16 + ((0.2126 * r + 0.7152 * g + 0.0722 * b) * 219) / 255;
          return what === 'alpha' ? a / 255 : (luma * a) / 255;
        };
        for (let row = 0; row < HEIGHT; row++)
          for (let column = 0; column < WIDTH; column++) {
            const [u, v] = [(column + 0.5 - x) / scale - 0.5, (row + 0.5 - y) / scale - 0.5];
            const [left, top] = [Math.floor(u), Math.floor(v)];
            const at = (what: 'luma' | 'alpha'): number => {
              const upper = value(left, top, what) * (left + 1 - u) + value(left + 1, top, what) * (u - left);
              const lower = value(left, top + 1, what) * (left + 1 - u) + value(left + 1, top + 1, what) * (u - left);
              return ((upper * (top + 1 - v) + lower * (v - top)) * strength) / 256;
            };
            const wanted = (under[row * 104 + column] ?? 0) * (1 - at('alpha')) + at('luma');
            const byte = got.data[0][row * 104 + column] ?? 0;
            // Places between pixels are counted in 256 steps.
            assert.ok(Math.abs(byte - wanted) <= 5, `${column}, ${row}: ${byte}, not ${wanted}`);
          }
      },
    ),
    { numRuns: 60 },
  );
});

test('drawings that had to make room are gone, and say so', () => {
  const rgba = new Uint8ClampedArray(1024 * 1024 * 4).fill(100);
  const patches = Array.from({ length: 40 }, () => new Patch(rgba, 1024, 1024, BT709));
  assert.equal(patches[0]?.there, false);
  assert.equal(patches.at(-1)?.there, true);
  const there = patches.filter((patch) => patch.there).length;
  assert.ok(there >= 3 && there < 8, `${there} are left`);
});
