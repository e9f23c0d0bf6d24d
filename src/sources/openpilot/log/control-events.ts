/** What openpilot's controls say: state, alerts, plan, driver. Offsets: `log.capnp` of openpilot, 2026-08. */
import type { AlertState } from '../frame-state.ts';
import type { Struct } from './capnp.ts';
import type { MonoTime } from './head-events.ts';

export type DriveState = 'disabled' | 'preEnabled' | 'enabled' | 'softDisabling' | 'overriding';

/** Of `selfdriveState`, and before 2024-08-31 of `controlsState`. */
export interface ControlState {
  readonly time: MonoTime;
  readonly state: DriveState;
  readonly enabled: boolean;
  readonly active: boolean;
  readonly engageable: boolean;
  readonly experimental: boolean;
  readonly alert: AlertState | null;
}

const STATES: readonly DriveState[] = ['disabled', 'preEnabled', 'enabled', 'softDisabling', 'overriding'];
const SIZES = ['none', 'small', 'mid', 'full'] as const;
const STATUSES = ['normal', 'userPrompt', 'critical'] as const;

function alertOf(size: number, status: number, text1: string, text2: string, type: string): AlertState | null {
  const named = SIZES[size] ?? 'none';
  return named === 'none' ? null : { size: named, status: STATUSES[status] ?? 'normal', text1, text2, type };
}

export const selfdriveState = (data: Struct, time: MonoTime): ControlState => ({
  time,
  state: STATES[data.u16(0)] ?? 'disabled',
  enabled: data.bit(16),
  active: data.bit(17),
  engageable: data.bit(18),
  experimental: data.bit(19),
  alert: data.u16(6) === 0 ? null : alertOf(data.u16(6), data.u16(4), data.text(0), data.text(1), data.text(2)),
});

/** Before 2024-08-31 it said all of this; the set speed too. */
export interface ControlsState extends ControlState {
  /** km/h; 255 or -1: none. */
  readonly vCruise: number;
  readonly vCruiseCluster: number;
}

export const controlsState = (data: Struct, time: MonoTime): ControlsState => ({
  time,
  state: STATES[data.u16(116)] ?? 'disabled',
  enabled: data.bit(704),
  active: data.bit(707),
  engageable: data.bit(709),
  experimental: data.bit(715),
  alert: data.u16(140) === 0 ? null : alertOf(data.u16(140), data.u16(118), data.text(1), data.text(2), data.text(3)),
  vCruise: data.f32(92),
  vCruiseCluster: data.f32(184),
});

export interface LongitudinalPlan {
  readonly time: MonoTime;
  /** Since 2024-06; false before. */
  readonly allowThrottle: boolean;
}

export const longitudinalPlan = (data: Struct, time: MonoTime): LongitudinalPlan => ({
  time,
  allowThrottle: data.bit(13),
});

export interface SeenFace {
  readonly probability: number;
  /** Pitch, yaw, roll in radians; as many as were logged. */
  readonly orientation: Float32Array;
}

export interface DriverState {
  readonly time: MonoTime;
  readonly frameId: number;
  readonly wheelOnRight: number;
  readonly left: SeenFace;
  readonly right: SeenFace;
}

const NOBODY: SeenFace = { probability: 0, orientation: new Float32Array(0) };

function seenFace(data: Struct | null): SeenFace {
  return data ? { probability: data.f32(0), orientation: data.floats(0) } : NOBODY;
}

export const driverStateV2 = (data: Struct, time: MonoTime): DriverState => ({
  time,
  frameId: data.u32(0),
  wheelOnRight: data.f32(16),
  left: seenFace(data.struct(1)),
  right: seenFace(data.struct(2)),
});

export interface Monitoring {
  readonly time: MonoTime;
  readonly faceDetected: boolean;
  readonly rightHandDrive: boolean;
  /** It watches the face, not the hands on the wheel. */
  readonly active: boolean;
}

/** Until 2026-04. */
export const oldMonitoring = (data: Struct, time: MonoTime): Monitoring => ({
  time,
  faceDetected: data.bit(0),
  rightHandDrive: data.bit(2),
  active: data.bit(6),
});

export const monitoring = (data: Struct, time: MonoTime): Monitoring => ({
  time,
  faceDetected: data.struct(1)?.bit(9) ?? false,
  rightHandDrive: data.bit(3),
  active: data.u16(6) === 1,
});
