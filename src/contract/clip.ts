import { z } from 'zod';
import { ReplayOptions } from './replay.ts';
import { Instant, Moment } from './time.ts';

/** Seconds from the start of what has one (a drive, a replay): `90`, or as text `1:30`, `0:01:30.5`. */
const Offset = z.union([
  z.number().min(0).max(400_000),
  z
    .string()
    .regex(
      /^(\d{1,6}|\d{1,4}:[0-5]\d|\d{1,3}:[0-5]\d:[0-5]\d)(\.\d{1,3})?$/,
      'seconds, or minutes and seconds such as 1:30',
    ),
]);
const Position = z
  .union([Moment, Offset])
  .meta({ description: 'RFC 3339; relative to now: -5m; or seconds from the start of a drive or a replay: 90, 1:30' });

const ClipRange = z
  .object({ start: Position, end: Position.optional(), length: z.number().positive().max(21_600).optional() })
  .refine(
    (range) => (range.end === undefined) !== (range.length === undefined),
    'give either an end or a length in seconds',
  );

/** One clip request: page, API, CLI and bots all say this. */
export const ClipRequest = z.object({
  /** Names or ids of cameras; or a drive: its id, its route, or an address of it, which may name seconds; or a car, or the id of one of its events; or ids of replays of osu!, several of one map. */
  sources: z.array(z.string().min(1).max(1000)).min(1).max(16),
  /** May be empty where the source names its seconds itself; of an event: around what triggered it; of a replay: all of it. */
  ranges: z.array(ClipRange).max(32).default([]),
  /** Cameras: `main`, `grid`. Drives: `ui`, `forward`, `wide`, `driver`, … Cars: `main`, `front+repeaters`, `2x2`, `six`, `trigger`, or a camera's name. */
  layout: z
    .string()
    .regex(/^[a-z0-9][a-z0-9+_-]{0,31}$/, 'one of the layouts of its kind')
    .default('main'),
  overlays: z
    .object({
      /** Shown at the top for the whole clip. */
      title: z.string().max(120).optional(),
      /** Date and time of the footage, burnt into the picture. */
      clock: z.boolean().default(false),
      /** Drives: the time since the start of the route, running along. */
      marker: z.boolean().default(false),
      /** Drives: what the driving screen looks like; and units, of cars too; `auto`: as the car of a drive was set, km/h of others. */
      hud: z
        .object({
          look: z.enum(['now', '2022']).default('now'),
          units: z.enum(['auto', 'metric', 'imperial']).default('auto'),
          /** In `ui` and `pip`, the wide camera: `auto`: when slow in experimental mode, as openpilot does. */
          wide: z.enum(['never', 'auto', 'always']).default('never'),
          /** In `pip`, the small picture. */
          inset: z.enum(['driver', 'wide']).default('driver'),
          /** In `stacked`, which camera is above. */
          stack: z.enum(['forward-first', 'wide-first']).default('forward-first'),
        })
        .optional(),
      /** Drives: the route in the picture: with the device, without it, or not at all. */
      route: z.enum(['full', 'short', 'none']).default('full'),
      /** Cars: the bar with speed, gear, wheel, pedals, blinkers and autopilot. */
      telemetry: z.boolean().default(true),
      /** Drives: car and version of openpilot in the first seconds. */
      details: z.boolean().default(false),
    })
    .prefault({}),
  /** Replays of osu!: what is shown and heard, and by which skin. */
  replay: ReplayOptions.optional(),
  /** Drives and cars: so many times faster than it was. */
  speed: z.number().min(0.25).max(20).default(1),
  privacy: z
    .object({
      /** Neither route nor device, in the picture or the file. */
      stripIds: z.boolean().default(false),
      /** No place, in the picture or the file. */
      stripPlace: z.boolean().default(true),
    })
    .prefault({}),
  limits: z
    .object({
      /** Never exceeded; wins over quality. */
      maxBytes: z.number().int().min(50_000).max(50_000_000_000).optional(),
      width: z.number().int().min(64).max(7680).optional(),
      height: z.number().int().min(64).max(4320).optional(),
      /** Drives: the camera's own picture, whole; without width and height. */
      size: z.literal('camera').optional(),
      fps: z.number().min(1).max(120).optional(),
      /** x264 CRF when no size is given; lower is better. */
      quality: z.number().min(10).max(40).optional(),
    })
    .default({}),
  sound: z.enum(['keep', 'mute']).default('keep'),
  deliver: z.array(z.string().max(100)).max(16).default([]),
  notify: z.array(z.string().max(100)).max(16).default([]),
});

const ClipState = z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']);

export const Clip = z.object({
  id: z.uuid(),
  title: z.string(),
  request: ClipRequest,
  state: ClipState,
  /** 0 to 1. */
  progress: z.number().min(0).max(1),
  /** What is being done, in words. */
  stage: z.string(),
  error: z.string().nullable(),
  createdAt: Instant,
  finishedAt: Instant.nullable(),
  createdBy: z.string().nullable(),
  /** Number of the picture that is being drawn (`picture.jpg`), which grows; null: there is none just now. */
  picture: z.number().int().nullable().default(null),
  result: z
    .object({
      bytes: z.number().int(),
      /** Seconds. */
      duration: z.number(),
      width: z.number().int(),
      height: z.number().int(),
      sha256: z.string(),
      fileName: z.string(),
      /** What the person should know, in whole sentences: a smaller picture, dropped sound, footage that could not be read. */
      notes: z.array(z.string()),
    })
    .nullable(),
});

export type ClipRequest = z.output<typeof ClipRequest>;
/** As it is sent: what has a default may be left out. */
export type AskedClip = z.input<typeof ClipRequest>;
export type Clip = z.output<typeof Clip>;
export type ClipState = z.output<typeof ClipState>;
