import { z } from 'zod';
import { Instant } from './time.ts';

/** What people call it; also accepted wherever an id is. */
const SourceName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._'()-]*$/u,
    "letters, digits, spaces and . _ - ' ( ), beginning with a letter or digit",
  );

/** An address without a password in it: `rtsp://`, `rtsps://`, `http(s)://`, `rtmp://`, `file:///`, `/dev/video0`, `test:`, `images:`, `demo:`. */
const StreamUrl = z.string().trim().min(3).max(2000);

/** `auto`: our RTSP client for RTSP, the FFmpeg reader for the rest. */
export const Reader = z.enum(['auto', 'rtsp', 'ffmpeg']);
/** How RTSP carries its packets. `auto`: over TCP, or what the camera accepts instead; `http`: tunnelled through HTTP. */
export const Transport = z.enum(['auto', 'tcp', 'udp', 'http']);

/** How a camera is read and watched over, beside its address. */
const CameraOptions = {
  /** A second, smaller stream of the same camera, for grids and phones. */
  subUrl: StreamUrl.nullable(),
  /** Whether the second stream is recorded too; otherwise it is read only while somebody watches. */
  recordSub: z.boolean(),
  reader: Reader,
  transport: Transport,
  sound: z.enum(['keep', 'none']),
  /** Without anything new for so many seconds there is an alert; 0: never. */
  alertAfterSeconds: z.number().int().min(0).max(86_400),
  /** Which pictures are decoded although nobody asks: none, key frames, every frame. */
  latest: z.enum(['off', 'key', 'every']),
  /** The camera's ONVIF service, for moving it; user name and password are those of the stream. */
  onvif: z.object({ url: z.string().trim().min(3).max(2000) }).nullable(),
};

export const Retention = z.object({
  /** Footage older than this many days is removed; null: no limit by age. */
  days: z.number().positive().max(36_500).nullable().default(null),
  /** The oldest footage is removed above this many bytes; null: no limit by size. */
  bytes: z.number().int().positive().nullable().default(null),
  /** Footage of moments (motion, bookmarks) is kept for so many days, whatever `days` says; null: like all else. */
  momentDays: z.number().positive().max(36_500).nullable().default(null),
  /** Footage older than this moves to the archive, where there is one; null: never. */
  archiveAfterDays: z.number().positive().max(36_500).nullable().default(null),
});

/** How one camera is doing now. */
export const CameraState = z.object({
  status: z.enum(['disabled', 'waiting', 'connecting', 'recording', 'stalled', 'backoff']),
  since: Instant,
  /** Why, in words, when it is not recording. */
  reason: z.string().optional(),
  /** When the last picture arrived. */
  lastFrameAt: Instant.optional(),
  codec: z.string().optional(),
  audioCodec: z.string().optional(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  fps: z.number().optional(),
  /** Bits per second over the last seconds. */
  bitrate: z.number().optional(),
  recorder: z.string().optional(),
  /** Since when the picture has not changed at all, although the camera goes on sending. */
  frozenSince: Instant.optional(),
  /** Nothing new for longer than the camera's `alertAfterSeconds`. */
  alert: z.object({ since: Instant, reason: z.string() }).optional(),
});

export const Camera = z.object({
  id: z.uuid(),
  name: SourceName,
  kind: z.literal('camera'),
  /** Folder in the library, fixed when the camera was made. */
  folder: z.string(),
  /** Without user name and password. */
  url: z.string(),
  username: z.string().nullable(),
  hasPassword: z.boolean(),
  enabled: z.boolean(),
  demo: z.boolean(),
  retention: Retention,
  ...CameraOptions,
  tracks: z.array(z.string()),
  state: CameraState,
  /** Published bytes, and the extent of what is kept. */
  footage: z.object({ bytes: z.number(), from: Instant.nullable(), to: Instant.nullable() }),
  createdAt: Instant,
});

export const CameraCreate = z.object({
  name: SourceName,
  /** May carry `user:password@`; they are taken out, encrypted and never returned. */
  url: StreamUrl,
  username: z.string().max(200).nullable().default(null),
  password: z.string().max(500).nullable().default(null),
  enabled: z.boolean().default(true),
  retention: Retention.prefault({}),
  subUrl: CameraOptions.subUrl.default(null),
  recordSub: CameraOptions.recordSub.default(false),
  reader: CameraOptions.reader.default('auto'),
  transport: CameraOptions.transport.default('auto'),
  sound: CameraOptions.sound.default('keep'),
  alertAfterSeconds: CameraOptions.alertAfterSeconds.default(30),
  latest: CameraOptions.latest.default('off'),
  onvif: CameraOptions.onvif.default(null),
});

export const CameraChange = z
  .object({
    name: SourceName,
    url: StreamUrl,
    username: z.string().max(200).nullable(),
    password: z.string().max(500).nullable(),
    enabled: z.boolean(),
    retention: Retention,
    ...CameraOptions,
  })
  .partial();

export type Camera = z.output<typeof Camera>;
export type CameraState = z.output<typeof CameraState>;
export type CameraCreate = z.output<typeof CameraCreate>;
/** As it is sent: what has a default may be left out. */
export type NewCamera = z.input<typeof CameraCreate>;
export type CameraChange = z.output<typeof CameraChange>;
export type Retention = z.output<typeof Retention>;
