/** A drive that never happened, as functions of the seconds since its start. Whatever a log or a picture of it must show is asked here. */

import type { AlertState, Euler, LeadState } from '../../src/sources/openpilot/frame-state.ts';

/**
 * The road in the calibrated frame (x forward, y right, z down, the camera is the origin), flat at z = height. Every line is
 * y(x) = y0 + curvature · x² / 2.
 */
export interface Road {
  /** y0 in metres of far left, left, right, far right; positive is to the right. */
  readonly lines: readonly [number, number, number, number];
  readonly probabilities: readonly [number, number, number, number];
  /** y0 of the left and right edge. */
  readonly edges: readonly [number, number];
  readonly edgeStds: readonly [number, number];
  /** 1/m; positive: it bends to the right. */
  readonly curvature: number;
}

export interface Driving {
  /** m/s. */
  readonly speed: number;
  /** m/s². */
  readonly acceleration: number;
  /** km/h as the driver set it; null: none. */
  readonly setSpeed: number | null;
  readonly state: 'disabled' | 'preEnabled' | 'enabled' | 'softDisabling' | 'overriding';
  readonly engageable: boolean;
  readonly experimental: boolean;
  readonly alert: AlertState | null;
  readonly steeringAngleDeg: number;
  readonly gas: boolean;
  readonly brake: boolean;
  readonly leftBlinker: boolean;
  readonly rightBlinker: boolean;
  readonly allowThrottle: boolean;
}

export interface Face {
  readonly probability: number;
  /** Pitch, yaw, roll in radians. */
  readonly orientation: Euler;
}

export interface World {
  readonly device: 'neo' | 'tici' | 'tizi' | 'mici';
  readonly sensor: 'unknown' | 'ar0231' | 'ox03c10' | 'os04c10';
  readonly car: string;
  readonly metric: boolean;
  readonly openpilotLongitudinal: boolean;
  readonly dongleId: string;
  readonly gitRemote: string;
  readonly gitBranch: string;
  readonly rpy: Euler;
  readonly wideFromDevice: Euler;
  /** Of the camera above the road, metres. */
  readonly height: number;
  readonly calibrated: boolean;
  readonly rightHandDrive: boolean;
  /** Of the first picture of the route. */
  readonly firstFrameId: number;
  /** Frames that the camera lost: neither picture nor model; the file goes on with the next. Counted from the first frame of the route. */
  readonly lostFrames: ReadonlySet<number>;
  /** Frames with a picture and without a model, counted likewise. */
  readonly lostModels: ReadonlySet<number>;
  /** Seconds of bookmarks that the driver set. */
  readonly bookmarks: readonly number[];
  /** When it began, milliseconds since 1970. */
  readonly wallStart: number;
  readonly road: (seconds: number) => Road;
  readonly drive: (seconds: number) => Driving;
  readonly lead: (seconds: number) => LeadState | null;
  readonly face: (seconds: number) => Face | null;
  /** Degrees; null: no fix. */
  readonly place: (seconds: number) => { latitude: number; longitude: number } | null;
}

export const straightRoad: Road = {
  lines: [-5.4, -1.8, 1.8, 5.4],
  probabilities: [0.3, 0.95, 0.9, 0.25],
  edges: [-7.2, 6.6],
  edgeStds: [0.3, 0.4],
  curvature: 0,
};

export const steadyDriving: Driving = {
  speed: 25,
  acceleration: 0,
  setSpeed: 100,
  state: 'enabled',
  engageable: true,
  experimental: false,
  alert: null,
  steeringAngleDeg: 0,
  gas: false,
  brake: false,
  leftBlinker: false,
  rightBlinker: false,
  allowThrottle: true,
};

/**
 * A drive on a road that winds softly, engaged, without alerts or leads; whatever is given changes it.
 * @example makeWorld({ drive: (t) => ({ ...steadyDriving, state: t < 10 ? 'disabled' : 'enabled' }) })
 */
export function makeWorld(changes: Partial<World> = {}): World {
  return {
    device: 'tizi',
    sensor: 'ox03c10',
    car: 'VIDETTE TEST CAR 2026',
    metric: true,
    openpilotLongitudinal: true,
    dongleId: '00000000000000aa',
    gitRemote: 'https://github.com/commaai/openpilot.git',
    gitBranch: 'release3',
    rpy: [0, 0.02, -0.01],
    wideFromDevice: [0, 0.01, 0.005],
    height: 1.3,
    calibrated: true,
    rightHandDrive: false,
    firstFrameId: 101,
    lostFrames: new Set(),
    lostModels: new Set(),
    bookmarks: [],
    wallStart: Date.UTC(2026, 7, 14, 10, 30),
    road: (t) => ({ ...straightRoad, curvature: 0.002 * Math.sin(t / 5) }),
    drive: () => steadyDriving,
    lead: () => null,
    face: () => ({ probability: 0.98, orientation: [0.1, 0.05, 0] }),
    place: () => null,
    ...changes,
  };
}
