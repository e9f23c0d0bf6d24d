/**
 * What openpilot saw and did at the moment of one picture: everything the scene needs to draw it, and nothing of how it was logged.
 * `log/` and `timeline/` make these values, `scene/` draws them. Pure types.
 *
 * Frame of reference of all points: the calibrated frame of openpilot (x forward, y right, z down; metres; the camera is the origin).
 */

/** Points in order of distance. All three have the same length (33 in a model of 2020 and later). */
export interface Curve {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
}

export interface LaneLine extends Curve {
  /** 0 to 1. */
  readonly probability: number;
}

export interface RoadEdge extends Curve {
  /** Standard deviation in metres; drawn with alpha 1 − std. */
  readonly std: number;
}

/**
 * What the driving model said. The path runs at the camera's height (z about 0: what is drawn of it lies `CalibrationState.height` lower), lane lines
 * and road edges lie on the road (z about that height).
 */
export interface ModelState {
  /** Where the car will be; `t` seconds for each point. */
  readonly path: Curve & { readonly t: Float32Array };
  /** Longitudinal acceleration at each point of the path, m/s²; not logged before 2021-10 and in qlogs, there it is taken from the path. */
  readonly acceleration: Float32Array;
  /** Far left, left, right, far right; of low-rate data only left and right. */
  readonly laneLines: readonly LaneLine[];
  /** Left and right; empty where they are not known. */
  readonly roadEdges: readonly RoadEdge[];
}

/** Angles in radians: roll, pitch, yaw. */
export type Euler = readonly [roll: number, pitch: number, yaw: number];

export interface CalibrationState {
  readonly rpy: Euler;
  /** Of the wide camera against the device; null before 2022-10. */
  readonly wideFromDevice: Euler | null;
  /** Of the camera above the road, metres (1.22 where it is not logged). */
  readonly height: number;
  readonly calibrated: boolean;
}

export interface LeadState {
  /** Metres ahead of the camera. */
  readonly distance: number;
  /** Metres to the left. */
  readonly left: number;
  /** Relative speed, m/s; negative: it comes nearer. */
  readonly relativeSpeed: number;
}

export interface AlertState {
  readonly size: 'small' | 'mid' | 'full';
  readonly status: 'normal' | 'userPrompt' | 'critical';
  readonly text1: string;
  readonly text2: string;
  /** openpilot's own name of it, e.g. `steerSaturated/warning`; empty when not logged. */
  readonly type: string;
}

export interface DriverFace {
  /** 0 to 1: how sure it is that there is a face. */
  readonly probability: number;
  /** Radians: pitch, yaw, roll of the head. */
  readonly orientation: readonly [number, number, number];
  /** Driver monitoring is at work. */
  readonly active: boolean;
  readonly rightHandDrive: boolean;
}

export interface FrameState {
  /** Counts pictures of the road camera since the device started. */
  readonly frameId: number;
  /** Minute of the route, and picture of that minute's file: what must be shown beneath. */
  readonly segment: number;
  readonly picture: number;
  /** Seconds since the start of the route: segment × 60 + picture ÷ 20. */
  readonly routeSeconds: number;
  /**
   * `exact`: the full-rate model of this very picture, or, where openpilot dropped the frame, of the last before it (up to a second);
   * `low-rate`: interpolated between the few models of a qlog; `none`: no model was logged near.
   */
  readonly tier: 'exact' | 'low-rate' | 'none';
  readonly model: ModelState | null;
  readonly calibration: CalibrationState | null;
  /** Of the front camera's sensor, for the intrinsics. */
  readonly sensor: 'unknown' | 'ar0231' | 'ox03c10' | 'os04c10';
  readonly status: 'disengaged' | 'engaged' | 'override';
  readonly engageable: boolean;
  readonly experimental: boolean;
  readonly alert: AlertState | null;
  /** m/s, never negative: as the instrument cluster shows it where the car tells. */
  readonly speed: number;
  /** km/h; null: none is set. */
  readonly setSpeed: number | null;
  /** Whether the box for the set speed is shown at all. */
  readonly hasCruise: boolean;
  readonly steeringAngleDeg: number;
  readonly gas: boolean;
  readonly brake: boolean;
  readonly blinker: 'left' | 'right' | 'both' | 'none';
  readonly standstill: boolean;
  /** First the one that the path ends at. */
  readonly leads: readonly LeadState[];
  /** False: the path is drawn grey, because openpilot would not accelerate now. Always true where the car itself keeps speed and distance. */
  readonly allowThrottle: boolean;
  readonly face: DriverFace | null;
}

/** What stays the same for a whole drive. */
export interface DriveInfo {
  /** Unit of the car's own settings; null when not logged. */
  readonly metric: boolean | null;
  /** Fingerprint of the car, e.g. `TOYOTA COROLLA TSS2 2019`. */
  readonly car: string | null;
  /** `neo`, `tici`, `tizi`, `mici`, `pc` … as logged; null when not. */
  readonly device: string | null;
  readonly openpilotLongitudinal: boolean;
  readonly version: string | null;
  readonly gitRemote: string | null;
  readonly gitBranch: string | null;
  readonly gitCommit: string | null;
  readonly dirty: boolean | null;
  readonly dongleId: string | null;
}
