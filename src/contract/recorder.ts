/**
 * What a recorder and the hub say to each other. The recorder calls; the hub never does.
 */
import { z } from 'zod';
import { CameraState, Reader, Transport } from './camera.ts';

/** Identity of one segment: unique together, and what makes a report idempotent. */
const SegmentName = {
  sourceId: z.uuid(),
  track: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** One unbroken reading of a stream; 16 letters and digits that sort by start. */
  run: z.string().regex(/^[0-9a-z]{8,32}$/),
  seq: z.number().int().min(0),
};

/** How far an open segment can be read. */
export const OpenExtent = z.object({
  ...SegmentName,
  token: z.number().int(),
  /** Key of the `.part` below the library root; null where the recorder spools elsewhere. */
  key: z.string().max(400).nullable(),
  /** UTC ms of the first picture. */
  wallStart: z.number().int(),
  /** Up to the end of the last whole fragment. */
  durationMs: z.number().int().min(0),
  bytes: z.number().int().min(0),
  codec: z.string(),
  audioCodec: z.string().optional(),
});

/** A finished segment. The hub alone writes its row. */
export const SegmentReport = z.object({
  ...SegmentName,
  token: z.number().int(),
  key: z.string().max(400),
  wallStart: z.number().int(),
  /** On the run's 90 kHz time line. */
  mediaStart: z.number().int(),
  durationMs: z.number().int().min(0),
  frames: z.number().int().min(0),
  bytes: z.number().int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  codec: z.string(),
  audioCodec: z.string().optional(),
  width: z.number().int(),
  height: z.number().int(),
  /** Why it ended: `rotate` and `early` continue in the next of the run. */
  ended: z.enum(['rotate', 'early', 'stop', 'stall', 'disconnect', 'change', 'crash']),
  /** Some of its times are by arrival: the camera's stood still or jumped. Absent: all are the camera's. */
  timing: z.literal('arrival').optional(),
  /** Packets that were lost on the way; absent: none. */
  lost: z.number().int().min(1).optional(),
});

/** Of one process, made when it starts: two processes with one id are told apart by it. Absent: an earlier version. */
const instance = z.uuid().optional();

export const RecorderRegister = z.object({
  id: z.uuid(),
  instance,
  host: z.string().max(200),
  pid: z.number().int(),
  /** Most cameras it will hold. */
  capacity: z.number().int().min(1).max(1000),
  /** Identity of the library that it sees on its own disk, or null. */
  library: z.uuid().nullable(),
});

export const RecorderWelcome = z.object({
  /** A camera lease lives this long after the last heartbeat. */
  leaseMs: z.number().int(),
  heartbeatMs: z.number().int(),
  library: z.uuid(),
  /** `link`: write into the library; `upload`: spool on an own disk and PUT to signed URLs. */
  publish: z.enum(['link', 'upload']),
  segmentMs: z.number().int(),
  fragmentMs: z.number().int(),
  syncEveryMs: z.number().int(),
  /** A recorder leaves so much of its disk free without being told; absent: as it likes. */
  reserveBytes: z.number().int().min(0).optional(),
});

/** A camera as a recorder needs it: with its credential, kept in memory for as long as the lease is held. */
export const LeasedCamera = z.object({
  id: z.uuid(),
  name: z.string(),
  folder: z.string(),
  /** Fencing token of this lease; only grows. */
  token: z.number().int(),
  /** Changes when the settings change. */
  revision: z.number().int(),
  /** `record`: false for one that is read only while somebody watches it. */
  tracks: z.array(z.object({ name: z.string(), url: z.string(), record: z.boolean() })),
  username: z.string().nullable(),
  password: z.string().nullable(),
  reader: Reader,
  transport: Transport,
  sound: z.enum(['keep', 'none']),
  latest: z.enum(['off', 'key', 'every']),
});

export const RecorderHeartbeat = z.object({
  id: z.uuid(),
  instance,
  holding: z.array(
    z.object({
      cameraId: z.uuid(),
      token: z.number().int(),
      revision: z.number().int(),
      /** Sent when it changed, and at least every ten seconds. */
      state: CameraState.optional(),
    }),
  ),
  /** All open segments of this recorder. */
  open: z.array(OpenExtent),
  /** Cameras it gives back. */
  released: z.array(z.uuid()).default([]),
  /** It has been told to end, and goes on until others have its cameras. */
  draining: z.boolean().default(false),
});

export const RecorderOrders = z.object({
  /** The disk has too little room: read on, and keep the newest footage in memory until this is over. */
  hold: z.boolean().default(false),
  /** Every camera this recorder holds after this heartbeat. One that is missing here is lost: stop it. */
  leases: z.array(z.object({ cameraId: z.uuid(), token: z.number().int(), revision: z.number().int() })),
  /** Cameras that are another's by now, and that this one goes on with, under its old token, until the other's first footage is there. */
  leaving: z.array(z.uuid()).default([]),
  /** To one that is draining: cameras of its are still being handed over. */
  wait: z.boolean().default(false),
  /** New or changed ones, whole. */
  cameras: z.array(LeasedCamera),
  /** Tracks whose open segment should be closed now, because a clip waits for it. */
  closeEarly: z.array(z.object({ cameraId: z.uuid(), track: z.string() })),
});

export const SegmentReports = z.object({ recorder: z.uuid(), reports: z.array(SegmentReport).max(500) });
export const SegmentReceipts = z.object({
  /** In the order of the reports. `gone`: the source was deleted; drop the file's spool entry and forget it. */
  receipts: z.array(z.object({ state: z.enum(['published', 'shadow', 'gone']), key: z.string() })),
});

export const UploadRequest = z.object({
  recorder: z.uuid(),
  key: z.string().max(400),
  bytes: z.number().int(),
  sha256: z.string(),
});
export const UploadSlot = z.object({ url: z.string(), expiresAt: z.iso.datetime() });

/**
 * On the recorder's WebSocket (`/api/recorder/socket`). Text frames are JSON; binary frames are live media:
 * byte 0: 1 = init segment, 2 = fragment that starts with a key frame, 3 = other fragment; bytes 1–4: channel, big-endian; then an fMP4 piece.
 * Byte 0 = 4: a picture; after the channel two bytes with the length of a {@link PictureHead} as JSON, then that, then a JPEG.
 */
const PictureOrder = {
  channel: z.number().int(),
  cameraId: z.uuid(),
  track: z.string(),
  /** The picture is made to fit; never larger than it is. */
  width: z.number().int().min(2).optional(),
  height: z.number().int().min(2).optional(),
  quality: z.number().int().min(1).max(100),
};
export const HubToRecorder = z.discriminatedUnion('type', [
  z.object({ type: z.literal('watch'), channel: z.number().int(), cameraId: z.uuid(), track: z.string() }),
  z.object({ type: z.literal('unwatch'), channel: z.number().int() }),
  /** The newest picture, once. Answered by a picture, `same` (the hub has it already) or `ended`. */
  z.object({
    type: z.literal('picture'),
    ...PictureOrder,
    /** Not older than this; null: one group of pictures and a second. */
    maxAgeMs: z.number().int().min(0).nullable(),
    /** To wait for one so new. */
    waitMs: z.number().int().min(0),
    /** `id` of the picture that the hub has. */
    have: z.string().nullable(),
  }),
  /** Every picture, at most `fps` a second, until `unwatch`. */
  z.object({ type: z.literal('pictures'), ...PictureOrder, fps: z.number().min(0.1).max(60) }),
]);
/** On the same socket: there are orders; ask for them now rather than with the next heartbeat. */
export const HubNudge = z.object({ type: z.literal('beat') });
export const RecorderToHub = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), id: z.uuid() }),
  /** Sent before the first init segment, and again when the codec changes. */
  z.object({ type: z.literal('live'), channel: z.number().int(), mime: z.string() }),
  z.object({ type: z.literal('ended'), channel: z.number().int(), reason: z.string() }),
  z.object({ type: z.literal('same'), channel: z.number().int(), ageMs: z.number(), gopMs: z.number() }),
]);
/** What stands before a picture's bytes. */
export const PictureHead = z.object({
  /** The same for the same picture in any size. */
  id: z.string().max(100),
  /** When it arrived, by the recorder's calendar, UTC ms. */
  at: z.number(),
  /** How long ago that was. */
  ageMs: z.number(),
  /** From key frame to key frame. */
  gopMs: z.number(),
  width: z.number().int(),
  height: z.number().int(),
});
export const LIVE_INIT = 1;
export const LIVE_KEY = 2;
export const LIVE_DELTA = 3;
export const LIVE_PICTURE = 4;

export type OpenExtent = z.output<typeof OpenExtent>;
export type SegmentReport = z.output<typeof SegmentReport>;
export type RecorderRegister = z.output<typeof RecorderRegister>;
export type RecorderWelcome = z.output<typeof RecorderWelcome>;
export type LeasedCamera = z.output<typeof LeasedCamera>;
export type RecorderHeartbeat = z.output<typeof RecorderHeartbeat>;
export type RecorderOrders = z.output<typeof RecorderOrders>;
export type SegmentReceipts = z.output<typeof SegmentReceipts>;
export type HubNudge = z.output<typeof HubNudge>;
export type HubToRecorder = z.output<typeof HubToRecorder>;
export type RecorderToHub = z.output<typeof RecorderToHub>;
export type PictureHead = z.output<typeof PictureHead>;
