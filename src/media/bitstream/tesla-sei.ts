/**
 * Telemetry that Tesla's dash cam writes into its video: an SEI message before each picture (teslamotors/dashcam, `dashcam.proto`).
 *
 * It is of type 5 (user data unregistered, ITU-T H.264 section D.1.7), but without a UUID: a run of `B`, one `i`, then a protobuf message.
 * It belongs to the *next* picture of the stream.
 */
import { toRbsp } from './nal.ts';

export type Gear = 'park' | 'drive' | 'reverse' | 'neutral';
export type Autopilot = 'none' | 'self-driving' | 'autosteer' | 'cruise';

export interface CarTelemetry {
  readonly version: number;
  /** Undefined for a number that no known firmware uses. */
  readonly gear: Gear | undefined;
  /** Counts pictures; equal in all cameras of a moment, so it proves a time and no camera. */
  readonly sequence: number;
  /** Metres per second. */
  readonly speed: number;
  /** As the car writes it: 0 to 1 or 0 to 100, by firmware. */
  readonly accelerator: number;
  /** Degrees. */
  readonly steering: number;
  readonly blinkerLeft: boolean;
  readonly blinkerRight: boolean;
  readonly brake: boolean;
  readonly autopilot: Autopilot | undefined;
  /** Degrees; 0 and 0 when the car does not know. */
  readonly latitude: number;
  readonly longitude: number;
  /** Degrees, clockwise from north. */
  readonly heading: number;
  /** Metres per second squared: x, y, z of the car. */
  readonly acceleration: readonly [number, number, number];
}

const USER_DATA_UNREGISTERED = 5;
const B = 0x42;
const I = 0x69;
const GEARS: readonly Gear[] = ['park', 'drive', 'reverse', 'neutral'];
const AUTOPILOT: readonly Autopilot[] = ['none', 'self-driving', 'autosteer', 'cruise'];
/** A message is about 100 bytes. */
const MOST_BYTES = 4096;

/** The telemetry in an H.264 NAL unit (with its header byte); undefined when it is something else, or broken. */
export function readTeslaSei(nal: Uint8Array): CarTelemetry | undefined {
  const message = teslaMessage(nal);
  return message && decode(message);
}

/** The protobuf message in a NAL unit. */
function teslaMessage(nal: Uint8Array): Uint8Array | undefined {
  if (((nal[0] ?? 0) & 0x1f) !== 6 || nal[1] !== USER_DATA_UNREGISTERED || nal.length > MOST_BYTES) return undefined;
  const rbsp = toRbsp(nal.subarray(2));
  let at = 0;
  let size = 0;
  while (rbsp[at] === 0xff) {
    size += 255;
    at += 1;
  }
  size += rbsp[at] ?? 0;
  at += 1;
  // The size is that of the payload; where it does not fit, the message ends before the trailing byte.
  const end = at + size <= rbsp.length ? at + size : rbsp.length - 1;
  const begin = at;
  while (at < end && rbsp[at] === B) at += 1;
  if (at === begin || rbsp[at] !== I) return undefined;
  return rbsp.subarray(at + 1, end);
}

/** A protobuf message of numbers (wire types 0, 1, 2 and 5; what is not known is passed over). Fields that are zero are left out. */
function decode(message: Uint8Array): CarTelemetry | undefined {
  const numbers = new Map<number, number>();
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 10; shift += 1) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < message.length) {
    const tag = varint();
    if (tag === undefined) return undefined;
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    let value: number | undefined;
    if (wire === 0) value = varint();
    else if (wire === 1 && at + 8 <= message.length) value = view.getFloat64(at, true);
    else if (wire === 5 && at + 4 <= message.length) value = view.getFloat32(at, true);
    else if (wire === 2) {
      const length = varint();
      if (length === undefined || at + length > message.length) return undefined;
      at += length;
      continue;
    }
    if (value === undefined) return undefined;
    at += wire === 1 ? 8 : wire === 5 ? 4 : 0;
    numbers.set(field, value);
  }
  return telemetryOf((field) => numbers.get(field) ?? 0);
}

function telemetryOf(field: (number: number) => number): CarTelemetry {
  return {
    version: field(1),
    gear: GEARS[field(2)],
    sequence: field(3),
    speed: field(4),
    accelerator: field(5),
    steering: field(6),
    blinkerLeft: field(7) !== 0,
    blinkerRight: field(8) !== 0,
    brake: field(9) !== 0,
    autopilot: AUTOPILOT[field(10)],
    latitude: field(11),
    longitude: field(12),
    heading: field(13),
    acceleration: [field(14), field(15), field(16)],
  };
}
