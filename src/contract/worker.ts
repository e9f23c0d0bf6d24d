/**
 * What a worker and the hub say to each other. A worker holds its token and the signed URLs of the job, nothing else.
 */
import { z } from 'zod';
import { ReplayLook, ReplayOptions, ReplaySound } from './replay.ts';

const JobInput = z.object({
  name: z.string(),
  url: z.string(),
  sha256: z.string().optional(),
  bytes: z.number().int().optional(),
  /** A server of the internet named the address: it must not lead into the network at home, unless this host, which named it, is there itself. */
  outside: z.object({ unless: z.string().nullable() }).optional(),
});

/** One stretch of one input. Times are seconds on the input file's own time line, as its samples say (not shifted to zero). */
const CameraPiece = z.object({
  input: z.string(),
  /** Seconds after the file's first picture. */
  from: z.number().min(0),
  to: z.number().min(0),
  /** UTC ms of `from`, for the burnt-in clock. */
  wallStart: z.number().int(),
});

export const CameraRenderParams = z.object({
  /** One per source of the request, each a list of pieces in order; gaps in the footage are already cut out. */
  sources: z.array(z.object({ name: z.string(), pieces: z.array(CameraPiece).min(1) })).min(1),
  layout: z.enum(['main', 'grid']),
  title: z.string().optional(),
  clock: z.boolean(),
  /** IANA zone for the burnt-in clock. */
  timeZone: z.string(),
  sound: z.enum(['keep', 'mute']),
  /** For the container's title and creation time. */
  fileName: z.string(),
});

/** A minute of a drive: which input is which of its files. */
const DriveMinute = z.object({
  segment: z.number().int().min(0).max(100_000),
  /** False: only its log is read, for the state at the start of the clip. */
  shown: z.boolean(),
  /** Kind of file → name of the input. */
  files: z.partialRecord(z.enum(['rlog', 'qlog', 'fcamera', 'ecamera', 'dcamera', 'qcamera']), z.string()),
});

export const OpenpilotRenderParams = z.object({
  /** In order. Every minute of every range is there. */
  minutes: z.array(DriveMinute).min(1).max(2000),
  /** Seconds since the start of the route, one after the other in the clip. */
  ranges: z
    .array(z.object({ start: z.number().min(0), end: z.number().min(0) }))
    .min(1)
    .max(100),
  mode: z.enum(['ui', 'forward', 'wide', 'driver', 'stacked', 'pip', '360']).default('ui'),
  look: z.enum(['now', '2022']).default('now'),
  size: z.enum(['1440x720', '2160x1080', 'camera']).default('1440x720'),
  units: z.enum(['auto', 'metric', 'imperial']).default('auto'),
  /** In modes `ui` and `pip`: the wide camera when slow in experimental mode, as openpilot does it. */
  wideView: z.enum(['never', 'auto', 'always']).default('never'),
  stackOrder: z.enum(['forward-first', 'wide-first']).default('forward-first'),
  /** The small picture of mode `pip`. */
  inset: z.enum(['driver', 'wide']).default('driver'),
  /** Pictures are dropped; sound keeps its pitch. */
  speed: z.number().min(0.25).max(20).default(1),
  sound: z.enum(['keep', 'mute']).default('keep'),
  brand: z
    .object({
      title: z.string().max(200).default(''),
      /** The route as it is shown; empty: it is not. */
      route: z.string().max(100).default(''),
      clock: z.boolean().default(true),
      /** openpilot's version, car and origin in the first seconds. */
      details: z.boolean().default(false),
    })
    .prefault({}),
  privacy: z.object({ hideRoute: z.boolean().default(false), hideDongle: z.boolean().default(false) }).prefault({}),
  /** The file's own title; absent: none. It holds no name of route, device or place unless somebody asked for that. */
  fileTitle: z.string().max(200).optional(),
});

/** One file of one camera of a car. */
const CarClip = z.object({
  input: z.string(),
  /** As the car calls it: `left_repeater`. */
  camera: z.string().regex(/^[a-z0-9_]{1,32}$/),
  /** UTC ms of its first picture. */
  start: z.number(),
  /** Minutes east of Greenwich of the car's clock; null: not known. */
  zone: z.number().int().nullable(),
});

export const DashcamRenderParams = z.object({
  /** In order of time. Other files of these cameras have nothing in the ranges. */
  clips: z.array(CarClip).min(1).max(5000),
  /** Inputs that are not shown: whole files of the same cameras, by which damaged ones are made playable. */
  likes: z.array(z.string()).max(100).default([]),
  /** UTC ms, one after the other in the clip. */
  ranges: z
    .array(z.object({ start: z.number(), end: z.number() }))
    .min(1)
    .max(100),
  layout: z.enum(['single', 'front+repeaters', '2x2', 'six', 'trigger']),
  /** The cameras of the layout, each where it belongs, also those without a file: `single` and the others as {@link layout} orders them. */
  cameras: z.array(z.string()).min(1).max(12),
  /** Of the layout `trigger`: from this moment on its second camera is shown. UTC ms. */
  switchAt: z.number().nullable().default(null),
  units: z.enum(['metric', 'imperial']).default('metric'),
  /** The bar with speed, gear, wheel, pedals, blinkers and autopilot. */
  telemetry: z.boolean().default(true),
  /** Time, and place where it is not to be left out. */
  stamp: z.boolean().default(true),
  /** City and street as they are shown; empty: neither. */
  place: z.string().max(200).default(''),
  /** Where the car was, by its telemetry, in the stamp. */
  coordinates: z.boolean().default(false),
  title: z.string().max(200).default(''),
  sound: z.enum(['keep', 'mute']).default('keep'),
  /** Pictures are dropped; another speed than 1 has no sound. */
  speed: z.number().min(0.25).max(60).default(1),
});

/** Of one clip. */
const MOST_REPLAYS = 16;

export const OsuRenderParams = z.object({
  /** Names of inputs: the replay, the map's set, and the skin; null: the built-in one. */
  replay: z.string(),
  set: z.string(),
  skin: z.string().nullable().default(null),
  /** Names of inputs: others who played the map; all together, or in a list beside the first. */
  others: z
    .array(z.string())
    .max(MOST_REPLAYS - 1)
    .default([]),
  knockout: z.boolean().default(false),
  /** How errors call the replay and the set. */
  names: z.object({ replay: z.string().max(300), set: z.string().max(300) }),
  width: z.number().int().min(64).max(7680),
  height: z.number().int().min(64).max(4320),
  fps: z.number().min(1).max(240),
  look: ReplayLook.prefault({}),
  volumes: ReplaySound.prefault({}),
  /** Seconds of the whole video; null: all of it. */
  range: z
    .object({ start: z.number().min(0), end: z.number().min(0) })
    .nullable()
    .default(null),
  highlight: ReplayOptions.shape.highlight,
  preset: ReplayOptions.shape.preset,
  sound: z.enum(['keep', 'mute']).default('keep'),
  title: z.string().max(200).default(''),
});

export const RenderJob = z.object({
  id: z.uuid(),
  /** Which try this is; every later call names it, so a late worker cannot settle another's job. */
  attempt: z.number().int().min(0),
  type: z.literal('render'),
  kind: z.enum(['camera', 'dashcam', 'openpilot', 'osu']),
  /** Checked by the kind's own schema. */
  params: z.unknown(),
  inputs: z.array(JobInput),
  output: z.object({
    name: z.string(),
    url: z.string(),
    method: z.literal('PUT'),
    headers: z.record(z.string(), z.string()),
  }),
  limits: z.object({
    maxBytes: z.number().int().optional(),
    width: z.number().int().optional(),
    height: z.number().int().optional(),
    fps: z.number().optional(),
    quality: z.number().optional(),
  }),
});

/**
 * Turning a live track that browsers cannot play into H.264 while somebody watches. The address is a WebSocket: what comes is what a viewer gets
 * (`live?as=fragments`); what goes back is a text frame {@link TranscodeHead}, then binary frames: a byte of kind (`LIVE_INIT`, `LIVE_KEY`, `LIVE_DELTA`) and the piece.
 */
export const TranscodeJob = z.object({
  id: z.uuid(),
  attempt: z.number().int().min(0),
  type: z.literal('transcode'),
  kind: z.literal('camera'),
  /** Signed, below the hub's own address. It must be opened within a minute. */
  url: z.string(),
  /** The picture becomes no larger than this, and no more of them a second. */
  width: z.number().int().min(16).max(3840),
  height: z.number().int().min(16).max(2160),
  fps: z.number().min(1).max(60),
  /** Bits a second. */
  bitrate: z.number().int().min(50_000).max(50_000_000),
});
/** Before each new beginning of a converted stream; its init segment comes next. */
export const TranscodeHead = z.object({ type: z.literal('live'), mime: z.string().max(200) });

/** Larger pictures of what is being drawn are not taken. */
export const WORKER_PICTURE_BYTES = 300_000;

/** A worker names at most so many jobs whose finished parts it keeps. */
export const MOST_KEPT = 64;

export const WorkerLease = z.object({
  worker: z.uuid(),
  /** Jobs of which finished parts lie at this worker, for a next attempt. */
  kept: z.array(z.uuid()).max(MOST_KEPT).default([]),
  types: z.array(z.enum(['render', 'transcode'])),
  kinds: z.array(z.string()),
  waitMs: z.number().int().min(0).max(25_000).default(0),
});
export const WorkerLeased = z.object({
  job: z.discriminatedUnion('type', [RenderJob, TranscodeJob]).nullable(),
  heartbeatMs: z.number().int(),
  /** Those of `kept` that nobody will take again: finished, failed for good, cancelled, or gone. */
  settled: z.array(z.uuid()).default([]),
});
export const JobProgress = z.object({
  attempt: z.number().int(),
  progress: z.number().min(0).max(1),
  stage: z.string().max(100),
});
/** `lost`: the lease ran out or the job is gone; stop and forget it. */
export const JobOrders = z.object({ orders: z.enum(['go-on', 'cancel', 'lost']) });
export const JobComplete = z.object({
  attempt: z.number().int(),
  result: z.object({
    bytes: z.number().int(),
    sha256: z.string(),
    duration: z.number(),
    width: z.number().int(),
    height: z.number().int(),
    /** For the person, in whole sentences. */
    notes: z.array(z.string().max(500)).max(20).optional(),
  }),
});
export const JobFail = z.object({ attempt: z.number().int(), error: z.string().max(2000), retry: z.boolean() });

export type RenderJob = z.output<typeof RenderJob>;
export type TranscodeJob = z.output<typeof TranscodeJob>;
export type TranscodeHead = z.output<typeof TranscodeHead>;
export type CameraRenderParams = z.output<typeof CameraRenderParams>;
export type OpenpilotRenderParams = z.output<typeof OpenpilotRenderParams>;
export type DashcamRenderParams = z.output<typeof DashcamRenderParams>;
export type OsuRenderParams = z.output<typeof OsuRenderParams>;
export type JobOrders = z.output<typeof JobOrders>;
export type JobComplete = z.output<typeof JobComplete>;
export type JobProgress = z.output<typeof JobProgress>;
