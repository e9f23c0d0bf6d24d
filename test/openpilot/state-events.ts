/** What the car and openpilot's controls say of a world, as each year put it. */
import { doubles, floats, type Node, StructNode, text } from './message-builder.ts';
import type { LogShape } from './shape.ts';
import type { Driving, Face, World } from './world.ts';

const states = { disabled: 0, preEnabled: 1, enabled: 2, softDisabling: 3, overriding: 4 } as const;
const statuses = { normal: 0, userPrompt: 1, critical: 2 } as const;
const sizes = { none: 0, small: 1, mid: 2, full: 3 } as const;

/** What openpilot calls an unset speed. */
const UNSET = 255;

/** State 4 came in 2022; before, the driver's gas pedal did not show. */
const stateOf = (state: Driving['state'], shape: LogShape): number =>
  states[state === 'overriding' && !shape.since2022 ? 'enabled' : state];

export function carState(now: Driving, shape: LogShape): StructNode {
  const cruise = new StructNode(16, 0)
    .bit(0, now.state !== 'disabled')
    .bit(1, true)
    .f32(4, (now.setSpeed ?? 0) / 3.6);
  const state = new StructNode(80, 6)
    .f32(0, now.speed)
    .f32(16, now.steeringAngleDeg)
    .f32(28, now.acceleration)
    .bit(64, now.gas)
    .bit(65, now.brake)
    .bit(67, now.speed < 0.1)
    .bit(69, now.leftBlinker)
    .bit(70, now.rightBlinker)
    .u16(10, 2)
    .put(2, cruise);
  if (shape.since2022) state.f32(56, now.speed);
  if (shape.split) state.f32(72, now.setSpeed ?? UNSET).f32(76, now.setSpeed ?? UNSET);
  return state;
}

export function selfdriveState(now: Driving): StructNode {
  const { alert } = now;
  return new StructNode(16, 3)
    .u16(0, states[now.state])
    .bit(16, now.state !== 'disabled')
    .bit(17, now.state !== 'disabled' && now.state !== 'preEnabled')
    .bit(18, now.engageable)
    .bit(19, now.experimental)
    .u16(4, statuses[alert?.status ?? 'normal'])
    .u16(6, sizes[alert?.size ?? 'none'])
    .put(0, text(alert?.text1 ?? ''))
    .put(1, text(alert?.text2 ?? ''))
    .put(2, text(alert?.type ?? ''));
}

/** Until the split of 2024 all of it; after it nothing that is shown. */
export function controlsState(now: Driving, shape: LogShape): StructNode {
  const state = new StructNode(192, 6);
  if (shape.split) return state;
  const { alert } = now;
  state
    .f32(0, now.speed)
    .f32(92, now.setSpeed ?? UNSET)
    .bit(704, now.state !== 'disabled')
    .bit(707, now.state !== 'disabled' && now.state !== 'preEnabled')
    .bit(709, now.engageable)
    .u16(116, stateOf(now.state, shape))
    .u16(118, statuses[alert?.status ?? 'normal'])
    .u16(140, sizes[alert?.size ?? 'none'])
    .put(1, text(alert?.text1 ?? ''))
    .put(2, text(alert?.text2 ?? ''))
    .put(3, text(alert?.type ?? ''));
  if (shape.since2022) state.bit(715, now.experimental).f32(184, now.setSpeed ?? UNSET);
  return state;
}

export function radarState(world: World, seconds: number): StructNode {
  const lead = world.lead(seconds);
  const one = new StructNode(56, 0).i32(52, 0);
  if (lead)
    one
      .f32(0, lead.distance)
      .f32(4, lead.left)
      .f32(8, lead.relativeSpeed)
      .f32(16, world.drive(seconds).speed + lead.relativeSpeed)
      .bit(321, true)
      .f32(48, 0.99);
  return new StructNode(40, 6).put(1, one).put(2, new StructNode(56, 0));
}

export function liveCalibration(world: World, shape: LogShape): StructNode {
  const calibration = new StructNode(16, 8).i8(1, world.calibrated ? 100 : 20).put(4, floats(world.rpy));
  if (shape.since2022) calibration.u16(2, world.calibrated ? 1 : 0).put(6, floats(world.wideFromDevice));
  else calibration.i8(0, world.calibrated ? 1 : 0);
  if (shape.height) calibration.put(7, floats([world.height]));
  return calibration;
}

export const longitudinalPlan = (now: Driving, shape: LogShape): StructNode =>
  new StructNode(88, 6).bit(13, shape.split && now.allowThrottle);

const faceData = (face: Face | null): Node =>
  new StructNode(40, 6).f32(0, face?.probability ?? 0.02).put(0, floats(face?.orientation ?? [0, 0, 0]));

export function driverStateV2(world: World, seconds: number, frameId: number): StructNode {
  const face = faceData(world.face(seconds));
  const nobody = faceData(null);
  return new StructNode(24, 3)
    .u32(0, frameId)
    .f32(16, world.rightHandDrive ? 0.99 : 0.01)
    .put(1, world.rightHandDrive ? nobody : face)
    .put(2, world.rightHandDrive ? face : nobody);
}

export function driverMonitoringState(world: World, seconds: number, shape: LogShape): StructNode {
  const seen = world.face(seconds) !== null;
  if (!shape.newMonitoring)
    return new StructNode(56, 2).bit(0, seen).bit(2, world.rightHandDrive).bit(6, true).f32(4, 1);
  const vision = new StructNode(8, 2).i8(0, 100).bit(9, seen);
  return new StructNode(16, 3).u16(6, 1).bit(3, world.rightHandDrive).put(1, vision).put(2, new StructNode(8, 0));
}

export interface Fix {
  readonly latitude: number;
  readonly longitude: number;
}

export const gpsLocation = (fix: Fix, unixMillis: number): StructNode =>
  new StructNode(64, 1).u16(0, 1).f64(8, fix.latitude).f64(16, fix.longitude).u64(40, unixMillis).bit(480, true);

/** Of the years in which it was logged. */
export function liveLocationKalman(fix: Fix, unixMillis: number): StructNode {
  const position = new StructNode(8, 2).bit(0, true).put(0, doubles([fix.latitude, fix.longitude, 40]));
  return new StructNode(40, 15).u16(4, 2).u64(16, unixMillis).put(1, position);
}
