/** The way of a slider: its polyline, cut or drawn out to the length that the map says. */
import type { PathType } from '../read/beatmap.ts';
import type { WorkBudget } from '../work-budget.ts';
import { flatten } from './flatten.ts';

/** Segments shorter than this are not kept at the end. */
const SHORTEST = 0.0001;

/** What the game keeps of coordinates and lengths. A slider that should last 400 ms ends at 399 or 400 by what this rounds. */
const single = Math.fround;

export interface SliderPath {
  /** x0, y0, x1, y1 …; at least one point. */
  readonly points: Float64Array;
  /** Pixels from the start to each point: sums of lengths in single precision. */
  readonly lengths: Float64Array;
}

/**
 * @param length wanted, pixels, and met within the rounding of single precision; 0 leaves the curve as long as it is
 * @throws InputError when the budget is used up
 */
export function sliderPath(type: PathType, control: Float64Array, length: number, budget: WorkBudget): SliderPath {
  const flat = flatten(type, control, budget);
  const points = new Float64Array(Math.max(2, flat.length));
  const lengths = new Float64Array(points.length / 2);
  let lastX = single(flat[0] ?? 0);
  let lastY = single(flat[1] ?? 0);
  points[0] = lastX;
  points[1] = lastY;
  let count = 1;
  let total = 0;
  for (let i = 2; i < flat.length; i += 2) {
    const x = single(flat[i] ?? 0);
    const y = single(flat[i + 1] ?? 0);
    const step = lengthOf(x - lastX, y - lastY);
    // Points that fall together are one.
    if (step === 0) continue;
    total += step;
    lastX = x;
    lastY = y;
    points[2 * count] = x;
    points[2 * count + 1] = y;
    lengths[count] = total;
    count++;
  }
  if (length > 0) count = fit(points, lengths, count, length);
  return { points: points.slice(0, 2 * count), lengths: lengths.slice(0, count) };
}

/** Not Math.hypot, which guards against what cannot be here and takes ten times as long. */
const lengthOf = (dx: number, dy: number): number => single(Math.sqrt(dx * dx + dy * dy));

/** Takes whole segments off the end until the last one can be cut, or drawn out, to the length. @returns how many points are left */
function fit(points: Float64Array, lengths: Float64Array, count: number, length: number): number {
  for (let last = count - 1; last > 0; last--) {
    const before = lengths[last - 1] ?? 0;
    if (length - before <= SHORTEST) continue;
    const total = lengths[last] ?? 0;
    lengths[last] = before + cut(points, last, single(total - before - single(total - length)));
    return last + 1;
  }
  return 1;
}

/** Moves a point along the segment that it ends, rounded as the game does it: a direction of length one, times the length. @returns what that came to */
function cut(points: Float64Array, last: number, length: number): number {
  const fromX = points[2 * last - 2] ?? 0;
  const fromY = points[2 * last - 1] ?? 0;
  const dx = single((points[2 * last] ?? 0) - fromX);
  const dy = single((points[2 * last + 1] ?? 0) - fromY);
  const whole = lengthOf(dx, dy);
  const x = single(fromX + single(single(dx / whole) * length));
  const y = single(fromY + single(single(dy / whole) * length));
  points[2 * last] = x;
  points[2 * last + 1] = y;
  return lengthOf(x - fromX, y - fromY);
}

/** Where the path is after so many pixels; its ends beyond them. */
export function pointAt(path: SliderPath, distance: number): { x: number; y: number } {
  const { points, lengths } = path;
  const last = lengths.length - 1;
  if (last === 0 || distance <= 0) return { x: points[0] ?? 0, y: points[1] ?? 0 };
  if (distance >= (lengths[last] ?? 0)) return { x: points[2 * last] ?? 0, y: points[2 * last + 1] ?? 0 };
  let low = 1;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lengths[middle] ?? 0) < distance) low = middle + 1;
    else high = middle;
  }
  const from = lengths[low - 1] ?? 0;
  const part = (distance - from) / ((lengths[low] ?? 0) - from);
  const [x, y] = [points[2 * low - 2] ?? 0, points[2 * low - 1] ?? 0];
  return { x: x + ((points[2 * low] ?? 0) - x) * part, y: y + ((points[2 * low + 1] ?? 0) - y) * part };
}
