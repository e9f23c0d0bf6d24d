/**
 * States of drives that never happened, for drawing.
 */
import type { Curve, DriveInfo, FrameState, ModelState } from '../../../src/sources/openpilot/frame-state.ts';

export interface RoadShape {
  /** Metres to the right at the car. */
  readonly lines: readonly number[];
  readonly probabilities: readonly number[];
  readonly edges: readonly number[];
  /** 1/m, positive to the right: y(x) = y0 + curvature · x² / 2. */
  readonly curvature: number;
  /** Of the camera above the road, metres. */
  readonly above: number;
  /** m/s, and m/s² at the car and at the end of the path. */
  readonly speed: number;
  readonly acceleration: readonly [number, number];
}

export const HIGHWAY: RoadShape = {
  lines: [-5.4, -1.8, 1.8, 5.4],
  probabilities: [0.45, 0.97, 0.92, 0.4],
  edges: [-7.4, 7],
  curvature: 0.0008,
  above: 1.3,
  speed: 24,
  acceleration: [0.1, 0.1],
};

/** openpilot's points: the farther, the wider apart. */
const step = (end: number): Float32Array => Float32Array.from({ length: 33 }, (_, at) => end * (at / 32) ** 2);

export function modelOf(road: RoadShape): ModelState {
  const t = step(10);
  const pathX = t.map((seconds) => road.speed * seconds);
  const bend = (x: number): number => (road.curvature * x * x) / 2;
  const curve = (x: Float32Array, y0: number, z: number): Curve => ({
    x,
    y: x.map((value) => y0 + bend(value)),
    z: x.map(() => z),
  });
  const [from, to] = road.acceleration;
  return {
    path: { ...curve(pathX, 0, 0), t },
    acceleration: t.map((seconds) => from + ((to - from) * seconds) / 10),
    laneLines: road.lines.map((y0, at) => ({
      ...curve(step(192), y0, road.above),
      probability: road.probabilities[at] ?? 0,
    })),
    roadEdges: road.edges.map((y0) => ({ ...curve(step(192), y0, road.above), std: 0.35 })),
  };
}

export const INFO: DriveInfo = {
  metric: true,
  car: 'TOYOTA COROLLA TSS2 2019',
  device: 'tici',
  openpilotLongitudinal: true,
  version: '0.10.1',
  gitRemote: 'https://github.com/commaai/openpilot.git',
  gitBranch: 'release3',
  gitCommit: '0123456789abcdef0123456789abcdef01234567',
  dirty: false,
  dongleId: '00000000000000aa',
};

export function stateOf(road: RoadShape = HIGHWAY, changes: Partial<FrameState> = {}): FrameState {
  return {
    frameId: 1000,
    segment: 3,
    picture: 140,
    routeSeconds: 187,
    tier: 'exact',
    model: modelOf(road),
    calibration: { rpy: [0, 0, 0], wideFromDevice: [0, 0, 0], height: road.above, calibrated: true },
    sensor: 'ox03c10',
    status: 'engaged',
    engageable: true,
    experimental: false,
    alert: null,
    speed: road.speed,
    setSpeed: 100,
    hasCruise: true,
    steeringAngleDeg: 8,
    gas: false,
    brake: false,
    blinker: 'none',
    standstill: false,
    leads: [],
    allowThrottle: true,
    face: { probability: 0.98, orientation: [0.05, 0.1, 0], active: true, rightHandDrive: false },
    ...changes,
  };
}
