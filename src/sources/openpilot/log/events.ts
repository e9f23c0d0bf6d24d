/** Which events are decoded, by the number that a message carries, and where they go. */
import { cameraFrame, encodedFrame, thumbnail } from './camera-events.ts';
import type { Struct } from './capnp.ts';
import { carState, liveCalibration, radarState } from './car-events.ts';
import {
  controlsState,
  driverStateV2,
  longitudinalPlan,
  monitoring,
  oldMonitoring,
  selfdriveState,
} from './control-events.ts';
import { bookmark, carParams, gpsLocation, initData, liveLocationKalman, type MonoTime } from './head-events.ts';
import { drivingModelData, legacyModel, modelV2 } from './model-events.ts';

/** Events of one kind, and the most of them that one log may hold: several times what a minute has. */
interface Decoder<T> {
  readonly tags: readonly number[];
  readonly most: number;
  readonly decode: (data: Struct, time: MonoTime, tag: number) => T;
  /** Nothing is in it: that it is there says all. */
  readonly bare: boolean;
}

const decoder = <T>(
  tags: number | readonly number[],
  most: number,
  decode: (data: Struct, time: MonoTime, tag: number) => T,
  bare = false,
): Decoder<T> => ({ tags: typeof tags === 'number' ? [tags] : tags, most, decode, bare });

const PER_FRAME = 5000;
const PER_STATE = 30_000;

/** The tags of `driverMonitoringState` before and since 2026-04. */
const OLD_MONITORING = 69;
const MONITORING = 149;
const KALMAN = 70;

export const decoders = {
  initData: decoder(0, 10, initData),
  roadCameraState: decoder(1, PER_FRAME, cameraFrame),
  controlsState: decoder(6, PER_STATE, controlsState),
  model: decoder(8, PER_FRAME, legacyModel),
  radarState: decoder(12, PER_FRAME, radarState),
  roadEncodeIdx: decoder(14, PER_FRAME, encodedFrame),
  liveCalibration: decoder(18, PER_FRAME, liveCalibration),
  carState: decoder(21, PER_STATE, carState),
  longitudinalPlan: decoder(23, PER_FRAME, longitudinalPlan),
  thumbnail: decoder(65, 20, thumbnail),
  carParams: decoder(67, 10, carParams),
  driverCameraState: decoder(68, PER_FRAME, cameraFrame),
  driverMonitoringState: decoder([OLD_MONITORING, MONITORING], PER_FRAME, (data, time, tag) =>
    (tag === MONITORING ? monitoring : oldMonitoring)(data, time),
  ),
  wideRoadCameraState: decoder(72, PER_FRAME, cameraFrame),
  modelV2: decoder(73, PER_FRAME, modelV2),
  driverEncodeIdx: decoder(74, PER_FRAME, encodedFrame),
  wideRoadEncodeIdx: decoder(75, PER_FRAME, encodedFrame),
  qRoadEncodeIdx: decoder(88, PER_FRAME, encodedFrame),
  driverStateV2: decoder(90, PER_FRAME, driverStateV2),
  /** `userFlag` until 2025; a press of the button is logged beside it. */
  bookmark: decoder([91, 146], 1000, bookmark, true),
  drivingModelData: decoder(126, PER_FRAME, drivingModelData),
  selfdriveState: decoder(128, PER_STATE, selfdriveState),
  /** `gpsLocation`, `gpsLocationExternal`, `liveLocationKalman`. */
  place: decoder([20, 47, KALMAN], PER_FRAME, (data, time, tag) =>
    (tag === KALMAN ? liveLocationKalman : gpsLocation)(data, time),
  ),
} as const;

export type EventKind = keyof typeof decoders;

/** What was decoded, each kind in order of its time. */
export type LogEvents = { readonly [Kind in EventKind]: ReturnType<(typeof decoders)[Kind]['decode']>[] };

export function noEvents(): LogEvents {
  return Object.fromEntries(Object.keys(decoders).map((kind) => [kind, []])) as unknown as LogEvents;
}
