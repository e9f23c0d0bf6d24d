/** The writing half of `src/media/bitstream/tesla-sei.ts`, as a car does it: fields that are zero are left out. */
import { fromRbsp } from '../../src/media/bitstream/nal.ts';
import type { CarTelemetry } from '../../src/media/bitstream/tesla-sei.ts';

const GEARS = ['park', 'drive', 'reverse', 'neutral'];
const AUTOPILOT = ['none', 'self-driving', 'autosteer', 'cruise'];

/** A whole SEI NAL unit. */
export function telemetrySei(telemetry: CarTelemetry): Uint8Array {
  const payload = [0x42, 0x42, 0x42, 0x69, ...message(telemetry)];
  const size = [...Array.from({ length: Math.floor(payload.length / 255) }, () => 0xff), payload.length % 255];
  return Uint8Array.from([6, ...fromRbsp(Uint8Array.from([5, ...size, ...payload])), 0x80]);
}

function message(car: CarTelemetry): number[] {
  const out: number[] = [];
  const varint = (value: number): number[] => {
    const bytes: number[] = [];
    let left = value;
    while (left >= 128) {
      bytes.push((left % 128) | 128);
      left = Math.floor(left / 128);
    }
    return [...bytes, left];
  };
  const whole = (field: number, value: number): void => {
    if (value !== 0) out.push(...varint(field * 8), ...varint(value));
  };
  const real = (field: number, value: number, bytes: 4 | 8): void => {
    if (value === 0) return;
    const view = Buffer.alloc(bytes);
    if (bytes === 4) view.writeFloatLE(value);
    else view.writeDoubleLE(value);
    out.push(...varint(field * 8 + (bytes === 4 ? 5 : 1)), ...view);
  };
  whole(1, car.version);
  whole(2, GEARS.indexOf(car.gear ?? 'park'));
  whole(3, car.sequence);
  real(4, car.speed, 4);
  real(5, car.accelerator, 4);
  real(6, car.steering, 4);
  whole(7, car.blinkerLeft ? 1 : 0);
  whole(8, car.blinkerRight ? 1 : 0);
  whole(9, car.brake ? 1 : 0);
  whole(10, AUTOPILOT.indexOf(car.autopilot ?? 'none'));
  real(11, car.latitude, 8);
  real(12, car.longitude, 8);
  real(13, car.heading, 8);
  for (const [axis, value] of car.acceleration.entries()) real(14 + axis, value, 8);
  return out;
}
