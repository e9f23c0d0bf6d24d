import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorkBudget } from '../work-budget.ts';
import { flatten } from './flatten.ts';
import { pointAt, sliderPath } from './slider-path.ts';

/** How far the polylines of the game may lie from the curve itself, px: second differences of at most half a pixel, arcs in steps of eight. */
const BEZIER_OFF = 0.5;

const coordinate = fc.integer({ min: -200, max: 700 });
const points = (min: number, max: number) =>
  fc
    .array(fc.tuple(coordinate, coordinate), { minLength: min, maxLength: max })
    .map((list) => Float64Array.from(list.flat()));
const budget = (): WorkBudget => new WorkBudget('map');

/** A value in fixed point, 2^64 parts: exact sums and products of what the curves are made of. */
const ONE = 1n << 64n;
const fixed = (value: number, parts: number): bigint => (BigInt(value) * ONE) / BigInt(parts);
const float = (value: bigint): number => Number(value) / Number(ONE);

/** De Casteljau in fixed point at i/n. */
function bezierAt(control: Float64Array, axis: number, i: number, n: number): number {
  const t = fixed(i, n);
  const values: bigint[] = [];
  for (let k = axis; k < control.length; k += 2) values.push(BigInt(control[k] ?? 0) * ONE);
  while (values.length > 1) {
    for (let k = 0; k + 1 < values.length; k++)
      values[k] = ((values[k] ?? 0n) * (ONE - t) + (values[k + 1] ?? 0n) * t) / ONE;
    values.pop();
  }
  return float(values[0] ?? 0n);
}

/** From a place to the nearest of a polyline. */
function distanceTo(line: ArrayLike<number>, x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i + 3 < line.length; i += 2) {
    const [ax, ay, bx, by] = [line[i] ?? 0, line[i + 1] ?? 0, line[i + 2] ?? 0, line[i + 3] ?? 0];
    const squared = (bx - ax) ** 2 + (by - ay) ** 2;
    const t = squared === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / squared));
    nearest = Math.min(nearest, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)));
  }
  return nearest;
}

test('a Bézier curve lies on its points as exact arithmetic has them', () => {
  fc.assert(
    fc.property(points(3, 7), (control) => {
      for (let i = 2; i < control.length; i += 2)
        fc.pre(control[i] !== control[i - 2] || control[i + 1] !== control[i - 1]);
      const line = flatten('B', control, budget());
      for (let i = 0; i <= 40; i++) {
        const off = distanceTo(line, bezierAt(control, 0, i, 40), bezierAt(control, 1, i, 40));
        assert.ok(off <= BEZIER_OFF, `${off} px at ${i}/40`);
      }
    }),
    { numRuns: 60 },
  );
});

test('a doubled point ends one curve and begins the next', () => {
  const line = flatten('B', Float64Array.from([0, 0, 100, 0, 100, 0, 100, 100]), budget());
  assert.deepEqual(line, [0, 0, 100, 0, 100, 100]);
});

test('a perfect curve goes through its three points, all of it as far from its centre', () => {
  fc.assert(
    fc.property(points(3, 3), (control) => {
      const [ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0] = control;
      const area = (by - ay) * (cx - ax) - (bx - ax) * (cy - ay);
      fc.pre(Math.abs(area) > 500);
      // The centre as a fraction of whole numbers: nothing is rounded but the last step.
      const d = 2n * BigInt(area);
      const [aa, bb, cc] = [ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy].map(BigInt) as [
        bigint,
        bigint,
        bigint,
      ];
      const nx = aa * BigInt(by - cy) + bb * BigInt(cy - ay) + cc * BigInt(ay - by);
      const ny = aa * BigInt(cx - bx) + bb * BigInt(ax - cx) + cc * BigInt(bx - ax);
      const x = -float((nx * ONE) / d);
      const y = -float((ny * ONE) / d);
      const sign = Math.abs(Math.hypot(ax - x, ay - y) - Math.hypot(bx - x, by - y)) < 1e-3 ? 1 : -1;
      const radius = Math.hypot(ax - sign * x, ay - sign * y);
      fc.pre(radius < 3000);
      const line = flatten('P', control, budget());
      for (let i = 0; i < line.length; i += 2)
        assert.ok(
          Math.abs(Math.hypot((line[i] ?? 0) - sign * x, (line[i + 1] ?? 0) - sign * y) - radius) < 1e-6 * radius,
        );
      assert.ok(distanceTo(line, bx, by) < 8);
      assert.deepEqual([line.at(-2), line.at(-1)], [cx, cy]);
    }),
    { numRuns: 100 },
  );
});

test('three points in a line are a line', () => {
  assert.deepEqual(flatten('P', Float64Array.from([0, 0, 50, 50, 100, 100]), budget()), [0, 0, 50, 50, 100, 100]);
});

test('a Catmull-Rom curve goes through every point, and between them as its Hermite form says', () => {
  fc.assert(
    fc.property(points(2, 6), (control) => {
      const line = flatten('C', control, budget());
      const count = control.length / 2;
      const at = (i: number, axis: number): number => control[2 * i + axis] ?? 0;
      for (let i = 0; i < count - 1; i++)
        for (let step = 0; step <= 50; step += 10) {
          const place = 2 * (i * 50 + step);
          for (const axis of [0, 1]) {
            const [p2, p3] = [at(i, axis), at(i + 1, axis)];
            const p1 = i > 0 ? at(i - 1, axis) : p2;
            const p4 = i < count - 2 ? at(i + 2, axis) : 2 * p3 - p2;
            // Hermite: tangents are half of the way between the neighbours. In whole numbers of 50³ parts.
            const [s, n] = [BigInt(step), 50n];
            const h00 = 2n * s ** 3n - 3n * s ** 2n * n + n ** 3n;
            const h10 = s ** 3n - 2n * s ** 2n * n + s * n ** 2n;
            const h01 = -2n * s ** 3n + 3n * s ** 2n * n;
            const h11 = s ** 3n - s ** 2n * n;
            const sum = 2n * h00 * BigInt(p2) + h10 * BigInt(p3 - p1) + 2n * h01 * BigInt(p3) + h11 * BigInt(p4 - p2);
            assert.ok(Math.abs((line[place + axis] ?? 0) - Number(sum) / 2 / 125_000) < 1e-6);
          }
        }
    }),
    { numRuns: 60 },
  );
});

test('a path is as long as the map says: cut, or drawn out along its last piece', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('L', 'P', 'B', 'C'),
      points(2, 6),
      fc.double({ min: 1, max: 2000, noNaN: true }),
      (type, control, length) => {
        const path = sliderPath(type as 'L', control, length, budget());
        fc.pre(path.lengths.length > 1);
        const whole = path.lengths.at(-1) ?? 0;
        assert.ok(Math.abs(whole - length) < 1e-3, `${whole} px of ${length}`);
        assert.deepEqual(pointAt(path, whole), { x: path.points.at(-2), y: path.points.at(-1) });
        for (let i = 1; i < path.lengths.length; i++) {
          const step = Math.hypot(
            (path.points[2 * i] ?? 0) - (path.points[2 * i - 2] ?? 0),
            (path.points[2 * i + 1] ?? 0) - (path.points[2 * i - 1] ?? 0),
          );
          assert.ok(Math.abs(step - ((path.lengths[i] ?? 0) - (path.lengths[i - 1] ?? 0))) < 1e-3);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('lengths are of single precision, that of the last piece too, after it was cut', () => {
  const cut = (x: number, y: number) => sliderPath('L', Float64Array.from([0, 0, x, y]), 100, budget());
  // (3, 4) is 5 long without rounding; the direction of (1, 12) can only be rounded, once down and (of (1, 24)) once up, by a step of single precision at 100.
  assert.equal(cut(90, 120).lengths.at(-1), 100);
  assert.equal(cut(10, 120).lengths.at(-1), 100 - 2 ** -17);
  assert.equal(cut(10, 240).lengths.at(-1), 100 + 2 ** -17);
});

test('a place on the path is as far along as was asked', () => {
  const path = sliderPath('L', Float64Array.from([0, 0, 100, 0, 100, 50]), 140, budget());
  assert.deepEqual(pointAt(path, 30), { x: 30, y: 0 });
  assert.deepEqual(pointAt(path, 120), { x: 100, y: 20 });
  assert.deepEqual(pointAt(path, 999), { x: 100, y: 40 });
  assert.deepEqual(pointAt(path, -5), { x: 0, y: 0 });
});

/** A place on a curve with so many points that what lies between two of them is straight to a millionth of a pixel. */
type Curve = (t: number) => readonly [number, number];
const FINE = 8000;

/** The place that is so far along, by summing up the fine steps. */
function exactAt(curve: Curve, distance: number): readonly [number, number] {
  let [left, from] = [distance, curve(0)];
  for (let i = 1; i <= FINE; i++) {
    const to = curve(i / FINE);
    const step = Math.hypot(to[0] - from[0], to[1] - from[1]);
    if (step >= left && step > 0)
      return [from[0] + ((to[0] - from[0]) * left) / step, from[1] + ((to[1] - from[1]) * left) / step];
    left -= step;
    from = to;
  }
  return from;
}

function bezier(control: Float64Array): Curve {
  return (t) => {
    const values = Float64Array.from(control);
    for (let count = values.length / 2; count > 1; count--)
      for (let k = 0; k + 2 < 2 * count; k++) values[k] = (values[k] ?? 0) * (1 - t) + (values[k + 2] ?? 0) * t;
    return [values[0] ?? 0, values[1] ?? 0];
  };
}

test('the place so many pixels along a Bézier curve or an arc is that of the exact curve', () => {
  const onField = fc.tuple(fc.integer({ min: 0, max: 512 }), fc.integer({ min: 0, max: 384 }));
  fc.assert(
    fc.property(
      fc.array(onField, { minLength: 3, maxLength: 5 }),
      fc.double({ min: 0.02, max: 1, noNaN: true }),
      (list, part) => {
        const control = Float64Array.from(list.flat());
        for (let i = 2; i < control.length; i += 2)
          fc.pre(control[i] !== control[i - 2] || control[i + 1] !== control[i - 1]);
        const curve = bezier(control);
        let length = 0;
        for (let i = 1; i <= FINE; i++) {
          const [a, b] = [curve((i - 1) / FINE), curve(i / FINE)];
          length += Math.hypot(b[0] - a[0], b[1] - a[1]);
        }
        // The polyline cuts corners: it is a little shorter, so all of the way is not looked at.
        const distance = part * length * 0.99;
        const [x, y] = exactAt(curve, distance);
        const at = pointAt(sliderPath('B', control, length * 0.99, budget()), distance);
        const off = Math.hypot(at.x - x, at.y - y);
        assert.ok(off <= 1, `${off} px at ${distance} of ${length}`);
      },
    ),
    { numRuns: 25 },
  );
  // Half a circle of radius 100 about (200, 200), from its left: at an angle of distance / 100.
  const arc = sliderPath('P', Float64Array.from([100, 200, 200, 100, 300, 200]), 300, budget());
  for (let distance = 0; distance <= 300; distance += 7) {
    const { x, y } = pointAt(arc, distance);
    const off = Math.hypot(x - (200 - 100 * Math.cos(distance / 100)), y - (200 - 100 * Math.sin(distance / 100)));
    assert.ok(off <= 0.2, `${off} px at ${distance}`);
  }
});

test('curves that would take minutes are refused by the name of the map', () => {
  const wild = Float64Array.from({ length: 4000 }, (_, i) => ((i * 7919) % 100_000) - 50_000);
  assert.throws(() => flatten('B', wild, new WorkBudget('wild.osu', 10_000_000)), /wild\.osu: asks for more work/);
});
