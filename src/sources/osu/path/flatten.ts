/**
 * Slider curves as polylines: x0, y0, x1, y1 … in osu! pixels. The steps are the game's own, because what the ball follows, and so what is judged, is its polyline
 * and not the curve; so is the rounding to single precision, because the last bits of lengths decide in which millisecond a slider ends.
 */
import type { PathType } from '../read/beatmap.ts';
import type { WorkBudget } from '../work-budget.ts';

/** Steps of one span of a Catmull-Rom curve. */
const CATMULL_STEPS = 50;
/** A piece of a Bézier curve is flat when its second differences are at most this long. */
const BEZIER_TOLERANCE = 0.5;
const CIRCLE_STEP = 0.125;
/** Points on a line, by the area that they span. */
const STRAIGHT = 0.001;
/** Steps of one arc: the circle through three nearly straight points is huge. */
const MOST_ARC_STEPS = 10_000;
/** What a point, and a piece of a Bézier curve, cost at the least: memory, by way of time. */
const POINT_COST = 64;
const PIECE_COST = 256;

const single = Math.fround;

/** @throws InputError when the budget is used up */
export function flatten(type: PathType, points: Float64Array, budget: WorkBudget): number[] {
  switch (type) {
    case 'L':
      return Array.from(points);
    case 'C':
      return catmull(points, budget);
    case 'P':
      return arc(points, budget) ?? bezierPieces(points, budget);
    case 'B':
      return bezierPieces(points, budget);
  }
}

/** The circle through three points, from the first over the second to the third. @returns undefined where there is none */
function arc(points: Float64Array, budget: WorkBudget): number[] | undefined {
  if (points.length !== 6) return undefined;
  const [ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0] = points;
  const area = (by - ay) * (cx - ax) - (bx - ax) * (cy - ay);
  if (Math.abs(area) <= STRAIGHT) return [ax, ay, bx, by, cx, cy];
  const d = 2 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by));
  const [aa, bb, cc] = [ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy];
  const x = single((aa * (by - cy) + bb * (cy - ay) + cc * (ay - by)) / d);
  const y = single((aa * (cx - bx) + bb * (ax - cx) + cc * (bx - ax)) / d);
  const radius = single(Math.sqrt((ax - x) ** 2 + (ay - y) ** 2));
  const start = Math.atan2(ay - y, ax - x);
  let middle = Math.atan2(by - y, bx - x);
  let end = Math.atan2(cy - y, cx - x);
  const turn = 2 * Math.PI;
  while (middle < start) middle += turn;
  while (end < start) end += turn;
  // The second point tells which way round.
  if (middle > end) end -= turn;
  const steps = Math.min(MOST_ARC_STEPS, Math.trunc(Math.abs((end - start) * radius) * CIRCLE_STEP));
  budget.spend(steps * POINT_COST);
  const out = [ax, ay];
  for (let i = 1; i < steps; i++) {
    const part = i / steps;
    const angle = end * part + start * (1 - part);
    out.push(single(single(Math.cos(angle) * radius) + x), single(single(Math.sin(angle) * radius) + y));
  }
  out.push(cx, cy);
  return out;
}

/** Two equal points in a row end one curve and begin the next. */
function bezierPieces(points: Float64Array, budget: WorkBudget): number[] {
  const out: number[] = [points[0] ?? 0, points[1] ?? 0];
  let first = 0;
  const count = points.length / 2;
  for (let i = 0; i < count; i++) {
    const last = i === count - 1;
    const doubled = !last && points[2 * i] === points[2 * i + 2] && points[2 * i + 1] === points[2 * i + 3];
    if (!last && !doubled) continue;
    bezier(points.subarray(2 * first, 2 * i + 2), out, budget);
    first = i + 1;
    if (doubled && first === count - 1) break;
  }
  return out;
}

/** Adds the points after the first. */
function bezier(points: Float64Array, out: number[], budget: WorkBudget): void {
  const count = points.length / 2;
  if (count < 2) return;
  if (count === 2) {
    out.push(points[2] ?? 0, points[3] ?? 0);
    return;
  }
  const waiting: number[][] = [Array.from(points)];
  for (let piece = waiting.pop(); piece; piece = waiting.pop()) {
    budget.spend(count * count + PIECE_COST);
    if (isFlat(piece)) {
      approximate(piece, out);
      continue;
    }
    const both = halves(piece);
    waiting.push(both.slice(piece.length - 2), both.slice(0, piece.length));
  }
  out.push(points[2 * count - 2] ?? 0, points[2 * count - 1] ?? 0);
}

function isFlat(p: readonly number[]): boolean {
  const most = BEZIER_TOLERANCE * BEZIER_TOLERANCE;
  for (let i = 2; i < p.length - 2; i += 2) {
    const x = (p[i - 2] ?? 0) - 2 * (p[i] ?? 0) + (p[i + 2] ?? 0);
    const y = (p[i - 1] ?? 0) - 2 * (p[i + 1] ?? 0) + (p[i + 3] ?? 0);
    if (x * x + y * y > most) return false;
  }
  return true;
}

/** De Casteljau's construction at one half. @returns the points of both halves; where they meet is a point of each */
function halves(piece: readonly number[]): number[] {
  const size = piece.length;
  const middle = piece.slice();
  const both = piece.concat(piece.slice(2));
  for (let i = 0; i < size; i += 2) {
    const last = size - 2 - i;
    both[i] = middle[0] ?? 0;
    both[i + 1] = middle[1] ?? 0;
    both[2 * size - 4 - i] = middle[last] ?? 0;
    both[2 * size - 3 - i] = middle[last + 1] ?? 0;
    for (let j = 0; j < last; j++) middle[j] = single((middle[j] ?? 0) + (middle[j + 2] ?? 0)) / 2;
  }
  return both;
}

/** A flat piece by its own points after one more halving, smoothed. */
function approximate(piece: readonly number[], out: number[]): void {
  const both = halves(piece);
  out.push(piece[0] ?? 0, piece[1] ?? 0);
  for (let k = 4; k < 2 * piece.length - 6; k += 4)
    for (let axis = k; axis < k + 2; axis++)
      out.push(0.25 * ((both[axis - 2] ?? 0) + 2 * (both[axis] ?? 0) + (both[axis + 2] ?? 0)));
}

function catmull(points: Float64Array, budget: WorkBudget): number[] {
  const count = points.length / 2;
  budget.spend(count * CATMULL_STEPS * POINT_COST);
  const out: number[] = [points[0] ?? 0, points[1] ?? 0];
  const at = (i: number, axis: number): number => points[2 * i + axis] ?? 0;
  for (let i = 0; i < count - 1; i++) {
    const value = (t: number, axis: number): number => {
      const p1 = i > 0 ? at(i - 1, axis) : at(i, axis);
      const p2 = at(i, axis);
      const p3 = at(i + 1, axis);
      const p4 = i < count - 2 ? at(i + 2, axis) : 2 * p3 - p2;
      return (
        0.5 *
        (2 * p2 + (p3 - p1) * t + (2 * p1 - 5 * p2 + 4 * p3 - p4) * t * t + (3 * p2 - p1 - 3 * p3 + p4) * t * t * t)
      );
    };
    for (let step = 1; step <= CATMULL_STEPS; step++)
      out.push(value(step / CATMULL_STEPS, 0), value(step / CATMULL_STEPS, 1));
  }
  return out;
}
