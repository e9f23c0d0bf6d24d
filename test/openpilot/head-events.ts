/** The events at the head of a log and those of cameras and encoders. Offsets: `log.capnp` of openpilot, 2026-08. */
import { data, type Layout, message, type Node, pointerList, StructNode, structs, text } from './message-builder.ts';
import type { LogShape } from './shape.ts';
import type { World } from './world.ts';

/** Number of the union's member as it stands in the message. */
export const tag = {
  initData: 0,
  roadCameraState: 1,
  can: 4,
  deviceState: 5,
  controlsState: 6,
  model: 8,
  radarState: 12,
  roadEncodeIdx: 14,
  liveCalibration: 18,
  gpsLocation: 20,
  carState: 21,
  carControl: 22,
  longitudinalPlan: 23,
  gpsLocationExternal: 47,
  thumbnail: 65,
  carParams: 67,
  driverCameraState: 68,
  driverMonitoringStateOld: 69,
  liveLocationKalman: 70,
  sentinel: 71,
  wideCameraState: 72,
  modelV2: 73,
  driverEncodeIdx: 74,
  wideEncodeIdx: 75,
  qRoadEncodeIdx: 88,
  driverStateV2: 90,
  userBookmark: 91,
  drivingModelData: 126,
  selfdriveState: 128,
  bookmarkButton: 146,
  driverMonitoringState: 149,
} as const;

/** @param monoTime nanoseconds since the device started */
export function event(which: number, monoTime: number, content: Node | null, layout: Layout = 'single'): Uint8Array {
  return message(new StructNode(16, 1).u64(0, Math.round(monoTime)).u16(8, which).put(0, content), layout);
}

const deviceTypes = { neo: 1, tici: 4, tizi: 6, mici: 7 } as const;
const sensors = { unknown: 0, ar0231: 1, ox03c10: 2, os04c10: 3 } as const;

export function initData(world: World, shape: LogShape): StructNode {
  const entry = new StructNode(0, 2).put(0, text('IsMetric')).put(1, data(Buffer.from(world.metric ? '1' : '0')));
  return new StructNode(16, 21)
    .u16(0, deviceTypes[world.device])
    .bit(16, false)
    .u64(8, shape.split ? BigInt(world.wallStart) * 1_000_000n : 0n)
    .put(0, pointerList([text('console=ttyMSM0'), text('quiet')]))
    .put(2, text(world.dongleId))
    .put(3, text(shape.version))
    .put(8, text('0123456789abcdef0123456789abcdef01234567'))
    .put(9, text(world.gitBranch))
    .put(10, text(world.gitRemote))
    .put(14, new StructNode(0, 1).put(0, structs([entry])));
}

export const carParams = (world: World): StructNode =>
  new StructNode(144, 14)
    .bit(9 + 64 * 0, world.openpilotLongitudinal)
    .put(0, text('vidette'))
    .put(1, text(world.car));

export interface CapturedFrame {
  readonly frameId: number;
  /** Nanoseconds since the device started. */
  readonly sof: number;
  readonly eof: number;
}

export const cameraState = (frame: CapturedFrame, world: World, shape: LogShape): StructNode =>
  new StructNode(96, 7)
    .u32(0, frame.frameId)
    .u64(8, frame.eof)
    .u64(32, world.device === 'neo' ? 0 : frame.sof)
    .u16(80, shape.since2022 ? sensors[world.sensor] : 0);

export interface EncodedFrame extends CapturedFrame {
  readonly segment: number;
  /** Of that segment's file. */
  readonly picture: number;
  /** 1: full HEVC; 6: qcamera. */
  readonly type: 1 | 6;
  readonly encodeId: number;
}

export const encodeIndex = (frame: EncodedFrame): StructNode =>
  new StructNode(48, 0)
    .u32(0, frame.frameId)
    .u16(4, frame.type)
    .u32(8, frame.encodeId)
    .i32(12, frame.segment)
    .u32(16, frame.picture)
    .u64(24, frame.sof)
    .u64(32, frame.eof);

/** @param kind 0 end of segment, 1 end of route, 2 start of segment, 3 start of route */
export const sentinel = (kind: 0 | 1 | 2 | 3): StructNode => new StructNode(8, 0).u16(0, kind);

export const thumbnail = (frame: CapturedFrame, jpeg: Uint8Array): StructNode =>
  new StructNode(16, 1).u32(0, frame.frameId).u64(8, frame.eof).put(0, data(jpeg));

/** As long as the traffic of a car's buses in one hundredth of a second; nothing in it is read. */
export function canTraffic(seed: number, messages: number): Node {
  const list: StructNode[] = [];
  for (let index = 0; index < messages; index++)
    list.push(
      new StructNode(16, 1)
        .u32(0, (seed * 31 + index * 97) & 0x7ff)
        .put(0, data(Uint8Array.from({ length: 8 }, (_, at) => (seed * (at + 3) + index * 7) & 0xff))),
    );
  return structs(list);
}
