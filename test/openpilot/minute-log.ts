/** One minute of a world as the bytes of its `rlog` and `qlog`. */
import {
  cameraState,
  canTraffic,
  carParams,
  encodeIndex,
  event,
  initData,
  sentinel,
  tag,
  thumbnail,
} from './head-events.ts';
import type { Layout, Node } from './message-builder.ts';
import { StructNode } from './message-builder.ts';
import { drivingModelData, legacyModel, modelV2 } from './model-events.ts';
import type { LogShape } from './shape.ts';
import {
  carState,
  controlsState,
  driverMonitoringState,
  driverStateV2,
  gpsLocation,
  liveCalibration,
  liveLocationKalman,
  longitudinalPlan,
  radarState,
  selfdriveState,
} from './state-events.ts';
import type { World } from './world.ts';

/** Nanoseconds. */
const MS = 1e6;
/** From the start of the device to the end of exposure of the route's first frame. */
const FIRST_EOF = 500e9;
const EXPOSURE = 10 * MS;
/** The wide and driver cameras end their exposure a little after the road camera. */
const WIDE_AFTER = 0.4 * MS;
const DRIVER_AFTER = 0.9 * MS;

export interface PictureTruth {
  readonly segment: number;
  /** Of that segment's video file. */
  readonly picture: number;
  readonly frameId: number;
  /** Of the world: what the camera saw and the model was given. */
  readonly seconds: number;
  /** End of exposure, nanoseconds since the device started. */
  readonly eof: number;
  /** Whether the model ran on it. */
  readonly hasModel: boolean;
}

/** The pictures of the first `minutes` minutes; each file has 1200. */
export function picturesOf(world: World, minutes: number): PictureTruth[] {
  const pictures: PictureTruth[] = [];
  for (let frame = 0; pictures.length < minutes * 1200; frame++) {
    if (world.lostFrames.has(frame)) continue;
    pictures.push({
      segment: Math.floor(pictures.length / 1200),
      picture: pictures.length % 1200,
      frameId: world.firstFrameId + frame,
      seconds: frame / 20,
      eof: FIRST_EOF + frame * 50 * MS,
      hasModel: !world.lostModels.has(frame),
    });
  }
  return pictures;
}

interface Logged {
  readonly time: number;
  readonly bytes: Uint8Array;
}

class Log {
  readonly events: Logged[] = [];
  readonly #layout: Layout;
  constructor(layout: Layout) {
    this.#layout = layout;
  }
  /** @param late how much later than its time it is written: logs are not sorted */
  add(which: number, time: number, content: Node | null, late = 0): void {
    this.events.push({ time: time + late, bytes: event(which, time, content, this.#layout) });
  }
  bytes(head: readonly Uint8Array[], tail: readonly Uint8Array[]): Uint8Array {
    const sorted = this.events.sort((one, other) => one.time - other.time).map(({ bytes }) => bytes);
    return Buffer.concat([...head, ...sorted, ...tail]);
  }
}

export interface MinuteOptions {
  readonly shape: LogShape;
  readonly layout?: Layout | undefined;
  /** Adds the traffic of the car's buses, so that a minute has about as many bytes as a real one (35 MB). */
  readonly traffic?: boolean | undefined;
  /** A JPEG to log as thumbnail. */
  readonly thumbnail?: Uint8Array | undefined;
}

/** @param pictures those of one segment */
export function minuteLogs(
  world: World,
  pictures: readonly PictureTruth[],
  { shape, layout = 'single', traffic = false, thumbnail: jpeg }: MinuteOptions,
): { rlog: Uint8Array; qlog: Uint8Array } {
  const full = new Log(layout);
  const low = new Log(layout);
  let nextFrame = pictures[0]?.frameId ?? 0;
  for (const picture of pictures) {
    frameEvents(world, shape, picture, full, low);
    // Cars and radars go on while the camera loses frames.
    for (let frame = nextFrame; frame <= picture.frameId; frame++) {
      const back = picture.frameId - frame;
      const moment = { frameId: frame, seconds: picture.seconds - back / 20, eof: picture.eof - back * 50 * MS };
      stateEvents(world, shape, moment, full, low);
    }
    nextFrame = picture.frameId + 1;
    if (traffic) for (let step = 0; step < 5; step++) addTraffic(full, picture, step);
    if (jpeg && picture.picture % 600 === 300) {
      const content = thumbnail({ frameId: picture.frameId, eof: picture.eof, sof: picture.eof - EXPOSURE }, jpeg);
      for (const log of [full, low]) log.add(tag.thumbnail, picture.eof + 80 * MS, content);
    }
  }
  addBookmarks(world, shape, pictures, [full, low]);
  const last = pictures.at(-1);
  const segment = pictures[0]?.segment ?? 0;
  // The head carries the time of the route's start, in every segment.
  const head = [
    event(tag.initData, FIRST_EOF - 900 * MS, initData(world, shape), layout),
    event(tag.carParams, FIRST_EOF - 800 * MS, carParams(world), layout),
    event(tag.sentinel, (pictures[0]?.eof ?? FIRST_EOF) - 20 * MS, sentinel(segment === 0 ? 3 : 2), layout),
  ];
  const tail = [event(tag.sentinel, (last?.eof ?? FIRST_EOF) + 300 * MS, sentinel(0), layout)];
  return { rlog: full.bytes(head, tail), qlog: low.bytes(head, tail) };
}

/** What is logged for each frame: cameras, encoders, the model. */
function frameEvents(world: World, shape: LogShape, picture: PictureTruth, full: Log, low: Log): void {
  const { frameId, eof, segment } = picture;
  const count = frameId - world.firstFrameId;
  const both = [full, low];
  const frame = (after: number) => ({ frameId, eof: eof + after, sof: eof + after - EXPOSURE });
  const encoded = (after: number, type: 1 | 6) =>
    encodeIndex({ ...frame(after), segment, picture: picture.picture, type, encodeId: count });
  const slow = picture.picture % 20 === 0;

  full.add(tag.roadCameraState, eof + 11 * MS, cameraState(frame(0), world, shape));
  if (slow) low.add(tag.roadCameraState, eof + 11 * MS, cameraState(frame(0), world, shape));
  // The encoder tells of a frame late, and the log has it later still.
  for (const log of both) log.add(tag.roadEncodeIdx, eof + (30 + (frameId % 5) * 40) * MS, encoded(0, 1), 5 * MS);
  if (shape.since2022) for (const log of both) log.add(tag.qRoadEncodeIdx, eof + 42 * MS, encoded(0, 6), 3 * MS);
  if (world.device !== 'neo') {
    full.add(tag.wideCameraState, eof + 12 * MS, cameraState(frame(WIDE_AFTER), world, shape));
    for (const log of both) log.add(tag.wideEncodeIdx, eof + 33 * MS, encoded(WIDE_AFTER, 1));
  }
  full.add(tag.driverCameraState, eof + 13 * MS, cameraState(frame(DRIVER_AFTER), world, shape));
  for (const log of both) log.add(tag.driverEncodeIdx, eof + 36 * MS, encoded(DRIVER_AFTER, 1));

  if (!picture.hasModel) return;
  const time = eof + (40 + (frameId % 3) * 8) * MS;
  if (shape.legacyModel) {
    full.add(tag.model, time, legacyModel(picture, world));
    if (picture.picture % 40 === 0) low.add(tag.model, time, legacyModel(picture, world));
    return;
  }
  full.add(tag.modelV2, time, modelV2(picture, world, shape));
  if (shape.split) {
    full.add(tag.drivingModelData, time, drivingModelData(picture, world));
    if (picture.picture % 10 === 9) low.add(tag.drivingModelData, time, drivingModelData(picture, world));
  } else if (picture.picture % 40 === 0) low.add(tag.modelV2, time, modelV2(picture, world, shape));
}

/** What is logged by time: the car, the controls, radar, calibration, the driver, the place. */
function stateEvents(
  world: World,
  shape: LogShape,
  { eof, seconds, frameId }: Pick<PictureTruth, 'eof' | 'seconds' | 'frameId'>,
  full: Log,
  low: Log,
): void {
  const count = frameId - world.firstFrameId;
  for (let step = 0; step < 5; step++) {
    const time = eof + step * 10 * MS + 1 * MS;
    const now = world.drive(seconds + step / 100);
    const logs = (count * 5 + step) % 10 === 0 ? [full, low] : [full];
    for (const log of logs) {
      log.add(tag.carState, time, carState(now, shape));
      log.add(tag.controlsState, time + 2 * MS, controlsState(now, shape));
      if (shape.split) log.add(tag.selfdriveState, time + 2 * MS, selfdriveState(now));
    }
  }
  const every = (steps: number): Log[] => (count % steps === 0 ? [full, low] : [full]);
  const now = world.drive(seconds);
  for (const log of every(5)) log.add(tag.radarState, eof + 3 * MS, radarState(world, seconds));
  for (const log of every(10)) log.add(tag.longitudinalPlan, eof + 4 * MS, longitudinalPlan(now, shape));
  if (count % 5 === 0)
    for (const log of every(20)) log.add(tag.liveCalibration, eof + 5 * MS, liveCalibration(world, shape));
  for (const log of every(10)) {
    if (shape.since2022) log.add(tag.driverStateV2, eof + 6 * MS, driverStateV2(world, seconds, frameId));
    const monitoring = shape.newMonitoring ? tag.driverMonitoringState : tag.driverMonitoringStateOld;
    log.add(monitoring, eof + 7 * MS, driverMonitoringState(world, seconds, shape));
  }
  const fix = world.place(seconds);
  if (fix && count % 20 === 0) {
    const unix = world.wallStart + seconds * 1000;
    for (const log of [full, low]) {
      if (shape.year >= 2024 || shape.year < 2021) log.add(tag.gpsLocation, eof + 8 * MS, gpsLocation(fix, unix));
      else log.add(tag.liveLocationKalman, eof + 8 * MS, liveLocationKalman(fix, unix));
    }
  }
  if (count % 10 === 0) full.add(tag.deviceState, eof + 9 * MS, new StructNode(96, 16));
}

function addBookmarks(world: World, shape: LogShape, pictures: readonly PictureTruth[], logs: readonly Log[]): void {
  const first = pictures[0];
  const last = pictures.at(-1);
  if (!first || !last) return;
  for (const seconds of world.bookmarks) {
    if (seconds < first.seconds || seconds >= last.seconds + 0.05) continue;
    const time = FIRST_EOF + seconds * 1e9;
    // The button's message came in 2025; since then it is there beside the bookmark itself.
    for (const log of logs) {
      log.add(tag.userBookmark, time, new StructNode(0, 0));
      if (shape.year >= 2026) log.add(tag.bookmarkButton, time - 4 * MS, new StructNode(0, 0));
    }
  }
}

/** Eight messages, written again and again with new times. */
let patterns: Uint8Array[] | undefined;

function addTraffic(log: Log, { eof, picture }: PictureTruth, step: number): void {
  patterns ??= Array.from({ length: 8 }, (_, seed) => event(tag.can, 0, canTraffic(seed, 150)));
  const pattern = patterns[(picture + step) % 8] ?? new Uint8Array(0);
  const bytes = new Uint8Array(pattern);
  const time = eof + step * 10 * MS;
  // Behind the table of segments and the root pointer.
  new DataView(bytes.buffer).setBigUint64(16, BigInt(Math.round(time)), true);
  log.events.push({ time, bytes });
}
