/** What cameras and encoders say of each frame. Offsets: `log.capnp` of openpilot, 2026-08. */
import type { Struct } from './capnp.ts';
import type { MonoTime } from './head-events.ts';

export type Sensor = 'unknown' | 'ar0231' | 'ox03c10' | 'os04c10';

export interface CameraFrame {
  readonly time: MonoTime;
  readonly frameId: number;
  /** End and start of exposure; the start is 0 on the devices of 2020 and before. */
  readonly eof: MonoTime;
  readonly sof: MonoTime;
  readonly sensor: Sensor;
}

const SENSORS: readonly Sensor[] = ['unknown', 'ar0231', 'ox03c10', 'os04c10'];

export const cameraFrame = (data: Struct, time: MonoTime): CameraFrame => ({
  time,
  frameId: data.u32(0),
  eof: data.u64(8),
  sof: data.u64(32),
  sensor: SENSORS[data.u16(80)] ?? 'unknown',
});

/** Which picture of which minute's video file a frame became. */
export interface EncodedFrame {
  readonly time: MonoTime;
  readonly frameId: number;
  /** 1: the full picture as H.265; 6: the small one of `qcamera.ts`. */
  readonly type: number;
  readonly segment: number;
  /** Of that segment's file. */
  readonly picture: number;
  readonly sof: MonoTime;
  readonly eof: MonoTime;
}

export const encodedFrame = (data: Struct, time: MonoTime): EncodedFrame => ({
  time,
  frameId: data.u32(0),
  type: data.u16(4),
  segment: data.i32(12),
  picture: data.u32(16),
  sof: data.u64(24),
  eof: data.u64(32),
});

export interface Thumbnail {
  readonly time: MonoTime;
  readonly frameId: number;
  readonly eof: MonoTime;
  /** JPEG, unless it is a key frame of some other kind: look at its first bytes. */
  readonly picture: Uint8Array<ArrayBuffer>;
}

const LARGEST_THUMBNAIL = 1024 * 1024;

export const thumbnail = (data: Struct, time: MonoTime): Thumbnail => ({
  time,
  frameId: data.u32(0),
  eof: data.u64(8),
  picture: data.bytes(0, LARGEST_THUMBNAIL),
});
