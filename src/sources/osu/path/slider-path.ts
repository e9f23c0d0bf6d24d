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
  // Points that fall together are one.
  const points: number[] = [single(flat[0] ?? 0), single(flat[1] ?? 0)];
  const lengths: number[] = [0];
  let [lastX = 0, lastY = 0] = points;
  let total = 0;
  for (let i = 2; i < flat.length; i += 2) {
    const [x, y] = [single(flat[i] ?? 0), single(flat[i + 1] ?? 0)];
    const step = lengthOf(x - lastX, y - lastY);
    if (step === 0) continue;
    total += step;
    lastX = x;
    lastY = y;
    points.push(x, y);
    lengths.push(total);
  }
  if (length > 0) fit(points, lengths, length);
  return { points: Float64Array.from(points), lengths: Float64Array.from(lengths) };
}

/** Not Math.hypot, which guards against what cannot be here and takes ten times as long. */
const lengthOf = (dx: number, dy: number): number => single(Math.sqrt(dx * dx + dy * dy));

/** Takes whole segments off the end until the last one can be cut, or drawn out, to the length. */
function fit(points: number[], lengths: number[], length: number): void {
  while (lengths.length > 1) {
    const n = lengths.length;
    const before = lengths[n - 2] ?? 0;
    if (length - before > SHORTEST) {
      const total = lengths[n - 1] ?? 0;
      cutLast(points, single(total - before - single(total - length)));
      const [fromX = 0, fromY = 0, toX = 0, toY = 0] = points.slice(-4);
      lengths[n - 1] = before + lengthOf(toX - fromX, toY - fromY);
      return;
    }
    points.length -= 2;
    lengths.length--;
  }
}

/** Moves the last point along its segment, rounded as the game does it: a direction of length one, times the length. */
function cutLast(points: number[], length: number): void {
  const [fromX = 0, fromY = 0, toX = 0, toY = 0] = points.slice(-4);
  const [dx, dy] = [single(toX - fromX), single(toY - fromY)];
  const whole = lengthOf(dx, dy);
  points[points.length - 2] = single(fromX + single(single(dx / whole) * length));
  points[points.length - 1] = single(fromY + single(single(dy / whole) * length));
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
