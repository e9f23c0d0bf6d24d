/** What the car and its radar say, and how the camera is mounted. Offsets: `log.capnp`, `car.capnp` of openpilot, 2026-08. */
import type { Struct } from './capnp.ts';
import type { MonoTime } from './head-events.ts';

export interface CarState {
  readonly time: MonoTime;
  /** m/s. */
  readonly vEgo: number;
  /** As the instrument cluster shows it; 0 where the car does not tell. */
  readonly vEgoCluster: number;
  /** km/h since 2024; 0 before, then `controlsState` has it. 255 or -1: none. */
  readonly vCruise: number;
  readonly vCruiseCluster: number;
  readonly gear: number;
  readonly leftBlinker: boolean;
  readonly rightBlinker: boolean;
  readonly leftBlindspot: boolean;
  readonly rightBlindspot: boolean;
  readonly standstill: boolean;
  readonly steeringAngleDeg: number;
  readonly gasPressed: boolean;
  readonly brakePressed: boolean;
  readonly cruiseEnabled: boolean;
  /** m/s. */
  readonly cruiseSpeed: number;
}

export function carState(data: Struct, time: MonoTime): CarState {
  const cruise = data.struct(2);
  return {
    time,
    vEgo: data.f32(0),
    vEgoCluster: data.f32(56),
    vCruise: data.f32(72),
    vCruiseCluster: data.f32(76),
    gear: data.u16(10),
    leftBlinker: data.bit(69),
    rightBlinker: data.bit(70),
    leftBlindspot: data.bit(352),
    rightBlindspot: data.bit(353),
    standstill: data.bit(67),
    steeringAngleDeg: data.f32(16),
    gasPressed: data.bit(64),
    brakePressed: data.bit(65),
    cruiseEnabled: cruise?.bit(0) ?? false,
    cruiseSpeed: cruise?.f32(4) ?? 0,
  };
}

export interface Lead {
  /** Metres ahead of the bumper, metres to the left, m/s. */
  readonly dRel: number;
  readonly yRel: number;
  readonly vRel: number;
  readonly vLead: number;
  readonly modelProb: number;
}

export interface RadarState {
  readonly time: MonoTime;
  /** Null: nobody is there. */
  readonly leadOne: Lead | null;
  readonly leadTwo: Lead | null;
}

function lead(data: Struct | null): Lead | null {
  // `present`, once called `status`.
  if (!data?.bit(321)) return null;
  return { dRel: data.f32(0), yRel: data.f32(4), vRel: data.f32(8), vLead: data.f32(16), modelProb: data.f32(48) };
}

export const radarState = (data: Struct, time: MonoTime): RadarState => ({
  time,
  leadOne: lead(data.struct(1)),
  leadTwo: lead(data.struct(2)),
});

export interface Calibration {
  readonly time: MonoTime;
  readonly calibrated: boolean;
  readonly percent: number;
  /** Roll, pitch, yaw in radians; empty before 2019. */
  readonly rpy: Float32Array;
  /** Empty before 2022-10. */
  readonly wideFromDevice: Float32Array;
  /** Empty before 2023-06. */
  readonly height: Float32Array;
}

export const liveCalibration = (data: Struct, time: MonoTime): Calibration => ({
  time,
  // Until 2022 a byte of its own.
  calibrated: data.u16(2) === 1 || data.i8(0) === 1,
  percent: data.i8(1),
  rpy: data.floats(4),
  wideFromDevice: data.floats(6),
  height: data.floats(7),
});
