/** The events that tell of the drive as a whole, and the driver's bookmarks and places. Offsets: `log.capnp`, `car.capnp` of openpilot, 2026-08. */
import type { Struct } from './capnp.ts';

/** Nanoseconds since the device started: exact up to a hundred days. */
export type MonoTime = number;

export interface InitData {
  readonly time: MonoTime;
  readonly dongleId: string;
  readonly deviceType: string;
  readonly version: string;
  readonly gitCommit: string;
  readonly gitBranch: string;
  readonly gitRemote: string;
  readonly dirty: boolean;
  /** Milliseconds since 1970; 0 where it is not logged. */
  readonly wallMs: number;
  /** The setting for units; null where it is not logged. */
  readonly isMetric: boolean | null;
}

const DEVICES = ['unknown', 'neo', 'chffrAndroid', 'chffrIos', 'tici', 'pc', 'tizi', 'mici'];
const LONGEST_PARAMETER = 1024;

export function initData(data: Struct, time: MonoTime): InitData {
  return {
    time,
    dongleId: data.text(2),
    deviceType: DEVICES[data.u16(0)] ?? 'unknown',
    version: data.text(3),
    gitCommit: data.text(8),
    gitBranch: data.text(9),
    gitRemote: data.text(10),
    dirty: data.bit(16),
    wallMs: Math.round(data.u64(8) / 1e6),
    isMetric: isMetric(data),
  };
}

/** `params` is a map of text to bytes; a flag is `1` or `0`, in some years with a zero behind it. */
function isMetric(data: Struct): boolean | null {
  for (const entry of data.struct(14)?.structs(0) ?? [])
    if (entry.text(0) === 'IsMetric') {
      const [first] = entry.bytes(1, LONGEST_PARAMETER);
      return first === 0x31 ? true : first === 0x30 ? false : null;
    }
  return null;
}

export interface CarParams {
  readonly time: MonoTime;
  readonly brand: string;
  readonly carFingerprint: string;
  readonly openpilotLongitudinalControl: boolean;
}

export const carParams = (data: Struct, time: MonoTime): CarParams => ({
  time,
  brand: data.text(0),
  carFingerprint: data.text(1),
  openpilotLongitudinalControl: data.bit(9),
});

export interface Bookmark {
  readonly time: MonoTime;
}

export const bookmark = (_data: Struct, time: MonoTime): Bookmark => ({ time });

export interface Fix {
  readonly time: MonoTime;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** What logged it does not doubt it. */
  readonly valid: boolean;
}

/** `flags` bit 0 is the fix of the years before `hasFix`. */
export const gpsLocation = (data: Struct, time: MonoTime): Fix => ({
  time,
  latitude: data.f64(8),
  longitude: data.f64(16),
  valid: data.bit(480) || (data.u16(0) & 1) === 1,
});

/** Logged until 2024: filtered, with a status. */
export function liveLocationKalman(data: Struct, time: MonoTime): Fix {
  const position = data.struct(1);
  const [latitude = Number.NaN, longitude = Number.NaN] = position?.doubles(0) ?? [];
  return { time, latitude, longitude, valid: position?.bit(0) === true && data.u16(4) === 2 };
}
