/** What the driving model says, in its three forms over the years. Offsets: `log.capnp`, `deprecated.capnp` of openpilot, 2026-08. */
import { Malformed, type Struct } from './capnp.ts';
import type { MonoTime } from './head-events.ts';

export interface Xyzt {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  readonly t: Float32Array;
}

/** Since 2020-09; in qlogs until 2024-06. */
export interface ModelV2 {
  readonly time: MonoTime;
  readonly frameId: number;
  readonly eof: MonoTime;
  readonly position: Xyzt;
  /** m/s² along the path; empty before 2021-10. */
  readonly acceleration: Float32Array;
  readonly laneLines: readonly Xyzt[];
  readonly laneLineProbs: Float32Array;
  readonly roadEdges: readonly Xyzt[];
  readonly roadEdgeStds: Float32Array;
}

const EMPTY = new Float32Array(0);
const NOTHING: Xyzt = { x: EMPTY, y: EMPTY, z: EMPTY, t: EMPTY };
/** A model has 33 points, four lines and two edges. */
const MOST_POINTS = 256;
const MOST_LINES = 8;

function xyzt(data: Struct | null): Xyzt {
  if (!data) return NOTHING;
  const points = { x: data.floats(0), y: data.floats(1), z: data.floats(2), t: data.floats(3) };
  if (Math.max(points.x.length, points.y.length, points.z.length, points.t.length) > MOST_POINTS)
    throw new Malformed('a line of too many points');
  return points;
}

export function modelV2(data: Struct, time: MonoTime): ModelV2 {
  return {
    time,
    frameId: data.u32(0),
    eof: data.u64(16),
    position: xyzt(data.struct(0)),
    acceleration: data.struct(13)?.floats(0) ?? EMPTY,
    laneLines: data.structs(4).slice(0, MOST_LINES).map(xyzt),
    laneLineProbs: data.floats(5),
    roadEdges: data.structs(6).slice(0, MOST_LINES).map(xyzt),
    roadEdgeStds: data.floats(10),
  };
}

/** In qlogs since 2024-06, twice a second. */
export interface DrivingModel {
  readonly time: MonoTime;
  readonly frameId: number;
  /** Metres to the right of the car. */
  readonly leftY: number;
  readonly rightY: number;
  readonly leftProb: number;
  readonly rightProb: number;
  /** Coefficients of polynomials in seconds, lowest power first. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
}

export function drivingModelData(data: Struct, time: MonoTime): DrivingModel {
  const lanes = data.struct(1);
  const path = data.struct(3);
  return {
    time,
    frameId: data.u32(0),
    leftY: lanes?.f32(0) ?? 0,
    rightY: lanes?.f32(4) ?? 0,
    leftProb: lanes?.f32(8) ?? 0,
    rightProb: lanes?.f32(12) ?? 0,
    x: path?.floats(0) ?? EMPTY,
    y: path?.floats(1) ?? EMPTY,
    z: path?.floats(2) ?? EMPTY,
  };
}

export interface PolynomialLine {
  /** y in metres, to the LEFT, as a polynomial of x in metres, highest power first; where it is missing, `points`. */
  readonly poly: Float32Array;
  /** y at x = 0, 1, 2 … metres. */
  readonly points: Float32Array;
  readonly probability: number;
}

/** `model`, until 2020. */
export interface LegacyModel {
  readonly time: MonoTime;
  readonly frameId: number;
  readonly eof: MonoTime;
  readonly path: PolynomialLine;
  readonly left: PolynomialLine;
  readonly right: PolynomialLine;
}

function polynomialLine(data: Struct | null): PolynomialLine {
  return data
    ? { poly: data.floats(2), points: data.floats(0), probability: data.f32(0) }
    : { poly: EMPTY, points: EMPTY, probability: 0 };
}

export const legacyModel = (data: Struct, time: MonoTime): LegacyModel => ({
  time,
  frameId: data.u32(0),
  eof: data.u64(8),
  path: polynomialLine(data.struct(0)),
  left: polynomialLine(data.struct(1)),
  right: polynomialLine(data.struct(2)),
});
