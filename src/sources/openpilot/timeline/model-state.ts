/** The driving model's words in each of their forms as the one `ModelState` that is drawn. Pure. */
import type { Curve, LaneLine, ModelState, RoadEdge } from '../frame-state.ts';
import type { DrivingModel, LegacyModel, ModelV2, PolynomialLine, Xyzt } from '../log/model-events.ts';
import type { LaneSide } from './lines-ahead.ts';
import { mix, mixArrays } from './series.ts';

const POINTS = 33;

const timesOf = (points: number): Float32Array =>
  Float32Array.from({ length: points }, (_, index) => 10 * (index / (points - 1)) ** 2);

/** Seconds of a model's points: 10 · (i / 32)² (openpilot, `common/realtime` ModelConstants.T_IDXS). */
const T_IDXS = timesOf(POINTS);

/** How far a polynomial of 2019 is believed, metres. */
const LEGACY_METRES = 100;
const LEGACY_X = Float32Array.from({ length: POINTS }, (_, index) => LEGACY_METRES * (index / 32) ** 2);

/** Metres, seconds, m/s²: nothing that a model says is larger, whatever a damaged log holds. */
const MOST = 1e5;

const allSane = (values: Float32Array): boolean => values.every((value) => Math.abs(value) <= MOST);

/** What cannot be told is none. */
const sane = (values: Float32Array): Float32Array => values.map((value) => (Math.abs(value) <= MOST ? value : 0));

/** Null where it has no points, or not as many of each, or they are no numbers. */
function curveOf({ x, y, z }: Xyzt): Curve | null {
  const sound =
    x.length >= 2 && y.length === x.length && z.length === x.length && allSane(x) && allSane(y) && allSane(z);
  return sound ? { x, y, z } : null;
}

const unit = (value: number | undefined): number => (value !== undefined && value > 0 ? Math.min(value, 1) : 0);

/** Null: there is no path that could be drawn. */
export function exactModel(model: ModelV2): ModelState | null {
  const path = curveOf(model.position);
  if (!path) return null;
  const { length } = path.x;
  const t = model.position.t.length === length && allSane(model.position.t) ? model.position.t : timesOf(length);
  const laneLines: LaneLine[] = [];
  for (const [index, line] of model.laneLines.entries()) {
    const curve = curveOf(line);
    if (curve) laneLines.push({ ...curve, probability: unit(model.laneLineProbs[index]) });
  }
  const roadEdges: RoadEdge[] = [];
  for (const [index, line] of model.roadEdges.entries()) {
    const curve = curveOf(line);
    const std = model.roadEdgeStds[index] ?? 1;
    if (curve) roadEdges.push({ ...curve, std: Number.isFinite(std) ? Math.max(0, std) : 1 });
  }
  const logged = model.acceleration;
  const acceleration = logged.length === length && allSane(logged) ? logged : sane(secondDerivative(path.x, t));
  return { path: { ...path, t }, acceleration, laneLines, roadEdges };
}

/** Between two models of an old qlog, which are two seconds apart. */
export function betweenModels(one: ModelV2, other: ModelV2, part: number): ModelState | null {
  const first = exactModel(one);
  const second = exactModel(other);
  if (!first || !second) return first ?? second;
  const curve = (from: Curve, to: Curve | undefined): Curve =>
    to
      ? { x: mixArrays(from.x, to.x, part), y: mixArrays(from.y, to.y, part), z: mixArrays(from.z, to.z, part) }
      : from;
  return {
    path: { ...curve(first.path, second.path), t: first.path.t },
    acceleration: mixArrays(first.acceleration, second.acceleration, part),
    laneLines: first.laneLines.map((line, index) => {
      const to = second.laneLines[index];
      return { ...curve(line, to), probability: mix(line.probability, to?.probability ?? line.probability, part) };
    }),
    roadEdges: first.roadEdges.map((edge, index) => {
      const to = second.roadEdges[index];
      return { ...curve(edge, to), std: mix(edge.std, to?.std ?? edge.std, part) };
    }),
  };
}

/**
 * From the polynomials of a qlog: the path, and the two lines of the lane as the path moved sideways: by the mean of how far they are beside the car now,
 * and how far they will be beside it when it comes there (neither alone lies as well on the lines that are painted).
 * That the polynomial, fitted to ten seconds, does not quite begin at the car is an error of its first metre: moving the whole of it back would move it off the lines.
 * The path is at the camera's height, lines lie on the road below it.
 * @param other the next one; `part` (0 to 1) of the way to it
 * @param height of the camera above the road, metres
 * @param ahead metres to the side after each of the given seconds; `now` is that of this moment
 */
export function lowRateModel(
  one: DrivingModel,
  other: DrivingModel,
  part: number,
  height: number,
  ahead: (side: LaneSide, now: number, seconds: Float32Array) => Float32Array,
): ModelState | null {
  const x = polynomial(mixArrays(one.x, other.x, part));
  const y = polynomial(mixArrays(one.y, other.y, part));
  const z = polynomial(mixArrays(one.z, other.z, part));
  if (one.x.length < 2 || !allSane(x) || !allSane(y) || !allSane(z)) return null;
  const onRoad = z.map((value) => value + height);
  const line = (side: LaneSide, probability: number): LaneLine => {
    const now = mix(one[side], other[side], part);
    const later = ahead(side, now, T_IDXS);
    const moved = y.map((value, index) => value + (now + (later[index] ?? now)) / 2);
    return { x, y: moved, z: onRoad, probability: unit(probability) };
  };
  const lines = [
    line('leftY', mix(one.leftProb, other.leftProb, part)),
    line('rightY', mix(one.rightProb, other.rightProb, part)),
  ];
  return {
    path: { x, y, z, t: T_IDXS },
    acceleration: sane(curvatureOf(mixArrays(one.x, other.x, part))),
    laneLines: lines.filter((found) => allSane(found.y)),
    roadEdges: [],
  };
}

/** Lowest power first, at each of the model's times. */
function polynomial(coefficients: Float32Array): Float32Array {
  return T_IDXS.map((t) => coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0));
}

/** Second derivative of the same. */
function curvatureOf(coefficients: Float32Array): Float32Array {
  return T_IDXS.map((t) => {
    let sum = 0;
    for (let power = coefficients.length - 1; power >= 2; power--)
      sum = sum * t + power * (power - 1) * (coefficients[power] ?? 0);
    return sum;
  });
}

/** Of unevenly spaced samples; the ends repeat their neighbours. */
function secondDerivative(x: Float32Array, t: Float32Array): Float32Array {
  const result = new Float32Array(x.length);
  for (let index = 1; index < x.length - 1; index++) {
    const [x0 = 0, x1 = 0, x2 = 0] = [x[index - 1], x[index], x[index + 1]];
    const [t0 = 0, t1 = 0, t2 = 0] = [t[index - 1], t[index], t[index + 1]];
    const before = (x1 - x0) / (t1 - t0);
    const after = (x2 - x1) / (t2 - t1);
    const value = (2 * (after - before)) / (t2 - t0);
    result[index] = Number.isFinite(value) ? value : 0;
  }
  result[0] = result[1] ?? 0;
  result[x.length - 1] = result[x.length - 2] ?? 0;
  return result;
}

/** Of 2019: polynomials of the distance, y to the left. */
export function legacyModelState(model: LegacyModel, height: number): ModelState | null {
  const path = legacyLine(model.path);
  if (!path) return null;
  const flat = new Float32Array(POINTS);
  const onRoad = new Float32Array(POINTS).fill(height);
  const laneLines: LaneLine[] = [];
  for (const line of [model.left, model.right]) {
    const y = legacyLine(line);
    if (y) laneLines.push({ x: LEGACY_X, y, z: onRoad, probability: unit(line.probability) });
  }
  return { path: { x: LEGACY_X, y: path, z: flat, t: T_IDXS }, acceleration: flat, laneLines, roadEdges: [] };
}

function legacyLine({ poly, points }: PolynomialLine): Float32Array | null {
  if (poly.length >= 2) {
    const line = LEGACY_X.map((x) => -poly.reduce((sum, coefficient) => sum * x + coefficient, 0));
    return allSane(line) ? line : null;
  }
  if (points.length < 2 || !allSane(points)) return null;
  // One point for each metre; behind the last it stays.
  return LEGACY_X.map((x) => {
    const at = Math.min(Math.floor(x), points.length - 2);
    const from = points[at] ?? 0;
    return -mix(from, points[at + 1] ?? from, Math.min(x - at, 1));
  });
}
