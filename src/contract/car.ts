/**
 * Cars whose dash cam footage is watched: where it lies, their events and clips, telemetry, and what a drive in a car says.
 *
 * All cameras lie on one axis, UTC in milliseconds. A time that nothing proves is told as the car's own local time written as if it were UTC,
 * with `…Known: false`: an encrypted event has no other, and its cameras still belong beside each other.
 */
import { z } from 'zod';
import { CarDriveState } from './car-drive.ts';
import { Instant } from './time.ts';

const CarName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._'()-]*$/u,
    "letters, digits, spaces and . _ - ' ( ), beginning with a letter or digit",
  );

/** In the library of the hub: harvested, or sent by the drive in the car. */
const CarLibrary = z.object({
  type: z.literal('library'),
  /** Its folder there, fixed for ever. Absent when it is added: made from the name, or the one that has that name already. */
  folder: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/)
    .optional(),
});

/** Opened where it lies, without importing: a stick, a TeslaCam folder or an image on the hub's machine. It is only read. */
const CarFolder = z.object({
  type: z.literal('folder'),
  path: z.string().trim().min(2).max(1000).regex(/^\//, 'an absolute path, beginning with /'),
});

const CarOrigin = z.discriminatedUnion('type', [CarLibrary, CarFolder]);

/** What is removed by itself. Events are not; nor is what is protected. */
const CarKeep = z.object({
  /** Footage of RecentClips that belongs to no event is removed when it is older. Null: never. */
  recentDays: z.number().int().min(1).max(3650).nullable().default(null),
  /** Of the whole car: above it the oldest such footage goes first. Null: no limit. */
  maxBytes: z.number().int().min(1_000_000_000).max(1_000_000_000_000_000).nullable().default(null),
});

const CarState = z.object({
  status: z.enum(['waiting', 'looking', 'ok', 'failed']),
  /** When it was last looked through. */
  lookedAt: Instant.nullable(),
  /** What went wrong, and what to do about it. */
  problem: z.string().nullable(),
  remedy: z.string().nullable(),
});

/** A drive that is taken into the library by the hub. */
export const CarHarvest = z.object({
  /** Of the image or folder; no path. */
  drive: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  /** 0 to 1. */
  progress: z.number(),
  stage: z.string(),
  startedAt: Instant,
  endedAt: Instant.nullable(),
  problem: z.string().nullable(),
  remedy: z.string().nullable(),
  /** When it ended by itself. */
  result: z
    .object({
      /** Files that are new, and their bytes. */
      stored: z.number().int(),
      bytes: z.number().int(),
      /** Stored already: the same contents under another name, and files of an earlier harvest. */
      copies: z.number().int(),
      known: z.number().int(),
      /** Of the new: not whole. */
      cut: z.number().int(),
      encrypted: z.number().int(),
      /** Encrypted clips that the keys have opened, and those that none of them opens; 0 without keys. */
      decrypted: z.number().int(),
      closed: z.number().int(),
      /** Left out by the rule about parked cars. */
      dropped: z.number().int(),
      events: z.number().int(),
      /** Not finished by the car; comes with the next harvest. */
      held: z.number().int(),
      failed: z.array(z.object({ path: z.string(), why: z.string() })),
      /** The library's disk is full: what matters least is missing. */
      full: z.boolean(),
    })
    .nullable(),
});

/** The drive in the car, as it told the hub last. */
const CarDrive = CarDriveState.extend({ seenAt: Instant, online: z.boolean() });

export const Car = z.object({
  id: z.uuid(),
  name: CarName,
  kind: z.literal('dashcam'),
  from: CarOrigin,
  state: CarState,
  keep: CarKeep,
  /** Events, clips and the bytes of all files that are known. */
  events: z.number().int(),
  clips: z.number().int(),
  bytes: z.number().int(),
  encrypted: z.number().int(),
  damaged: z.number().int(),
  /** From the first clip to the end of the last; null: there is none. */
  footage: z.object({ from: Instant, to: Instant }).nullable(),
  /** Clips that nothing tells a time of: they are in no event and no range. */
  timeless: z.number().int(),
  harvest: CarHarvest.nullable(),
  drive: CarDrive.nullable(),
  createdAt: Instant,
});

export const CarCreate = z.object({ name: CarName, from: CarOrigin, keep: CarKeep.prefault({}) });
export const CarChange = z.object({ name: CarName, from: CarFolder, keep: CarKeep }).partial();
export const CarTestRequest = z.object({ path: CarFolder.shape.path });

/** Whether there is footage of a car. */
export const CarTest = z.object({
  ok: z.boolean(),
  problem: z.object({ message: z.string(), remedy: z.string() }).optional(),
  kind: z.enum(['folder', 'image']).nullable(),
  clips: z.number().int(),
  events: z.number().int(),
  bytes: z.number().int(),
});

export const CarHarvestRequest = z.object({
  /** A folder, image or block device on the hub's machine. */
  path: CarFolder.shape.path,
  /** Nobody writes to the image: one look is enough, and what is cut or has lost its name is taken too. True of every folder. */
  notInUse: z.boolean().default(false),
  /** Leave out minutes of RecentClips in which the car stood parked. */
  dropParked: z.boolean().default(false),
  /** Take also what was deleted from the library on purpose. */
  again: z.boolean().default(false),
  /**
   * A folder with key files, on the hub's machine: opens encrypted clips, also those of earlier harvests, and stores what is in them beside them. Keys are
   * read there; none is ever in a request.
   */
  keys: CarFolder.shape.path.optional(),
});

/** One file of one camera. Between two clips of a camera is a gap, mostly of some seconds. */
const CarClip = z.object({
  id: z.uuid(),
  /** `front`, `back`, `left_repeater`, `right_repeater`, `left_pillar`, `right_pillar`, older ones; `unknown`. */
  camera: z.string(),
  /** UTC ms of its first picture. */
  start: z.number().int(),
  /** False: `start` is the car's local time as if it were UTC. */
  startKnown: z.boolean(),
  /** ms; where the file does not tell, up to the next clip of its camera, at most a minute. */
  duration: z.number().int(),
  bytes: z.number().int(),
  /** RFC 6381: `avc1.640028`; null: it cannot be told. */
  codec: z.string().nullable(),
  /** Pixels; null: not known. */
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  /** Whether a browser may play `video.mp4` of it as it is. */
  playable: z.boolean(),
  /** Why not: `unread`: it has not been looked at yet; `h265` plays in some browsers. */
  why: z.enum(['encrypted', 'mp4v', 'h265', 'damaged', 'unread', 'unknown-codec']).nullable(),
  /** Every box and sample is there. */
  complete: z.boolean(),
  /** Not the event's own: of the same minutes, from RecentClips, because the car has lost its own. */
  filled: z.boolean(),
  protected: z.boolean(),
  /** As the car would call it: `2026-03-01_17-03-05-front.mp4`. */
  fileName: z.string(),
});

/** Clips of one camera, in order. */
const CarCamera = z.object({ camera: z.string(), clips: z.array(CarClip) });

export const CarEvent = z.object({
  id: z.uuid(),
  car: z.uuid(),
  /** The car's folder: `sentry/2026-03-01_17-02-44`. */
  name: z.string(),
  ring: z.enum(['saved', 'sentry']),
  /** When it was triggered. */
  at: Instant,
  /** False: the car's local time as if it were UTC. */
  atKnown: z.boolean(),
  /** Minutes east of Greenwich where the car was; null: not proven. */
  zone: z.number().int().nullable(),
  /** By the car's clock: `2026-03-01T17:02:44`. */
  local: z.string(),
  /** As the car writes it: `sentry_aware_object_detection`; null: its `event.json` is lost or encrypted. */
  reason: z.string().nullable(),
  what: z.enum(['saved', 'honk', 'sentry', 'panic', 'crash-avoidance', 'other']).nullable(),
  /** The one that triggered it. */
  camera: z.string().nullable(),
  city: z.string().nullable(),
  street: z.string().nullable(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  /** From its first clip to the end of the last; `at` twice when there is none. */
  start: Instant,
  end: Instant,
  cameras: z.array(z.string()),
  clips: z.number().int(),
  /** With everything that lies beside the clips. */
  bytes: z.number().int(),
  damaged: z.number().int(),
  encrypted: z.number().int(),
  /** Of the clips: from RecentClips. */
  filled: z.number().int(),
  protected: z.boolean(),
  /** `picture.png` can be asked for. */
  hasPicture: z.boolean(),
});

export const CarEventDetail = z.object({
  event: CarEvent,
  cameras: z.array(CarCamera),
  /** What lies beside the clips, to be downloaded by name; `playable` is false for the car's own preview (mp4v). */
  files: z.array(
    z.object({ name: z.string(), bytes: z.number().int(), role: z.enum(['json', 'thumb', 'preview', 'other']) }),
  ),
});

/** All footage of a range, of events and RecentClips alike, each clip once. */
export const CarFootage = z.object({
  from: Instant,
  to: Instant,
  cameras: z.array(CarCamera),
  /** More clips than are told at once: ask for a shorter range. */
  cut: z.boolean(),
});

/** A UTC day with footage, newest first. */
export const CarDay = z.object({
  day: z.string(),
  from: Instant,
  to: Instant,
  clips: z.number().int(),
  bytes: z.number().int(),
  /** Minutes with footage of any camera. */
  minutes: z.number().int(),
  events: z.number().int(),
});

/**
 * Telemetry as columns of equal length, in order of time, merged over the cameras: where a camera has none, another's. A hole of more than
 * a second between two neighbours is a gap.
 */
export const CarTelemetry = z.object({
  /** UTC ms; `at` counts from here. */
  start: z.number().int(),
  at: z.array(z.number().int()),
  /** Metres a second. */
  speed: z.array(z.number()),
  /** Pedal, 0 to 1. */
  accelerator: z.array(z.number()),
  brake: z.array(z.boolean()),
  /** Degrees of the steering wheel, as the car writes them. */
  steering: z.array(z.number()),
  blinkerLeft: z.array(z.boolean()),
  blinkerRight: z.array(z.boolean()),
  gear: z.array(z.enum(['park', 'drive', 'reverse', 'neutral']).nullable()),
  autopilot: z.array(z.enum(['none', 'self-driving', 'autosteer', 'cruise']).nullable()),
  /** Degrees; null where the car did not know. */
  latitude: z.array(z.number().nullable()),
  longitude: z.array(z.number().nullable()),
  heading: z.array(z.number()),
  /** Metres a second squared: along x and y of the car. */
  accelerationX: z.array(z.number()),
  accelerationY: z.array(z.number()),
  /** How many pictures have telemetry; more than there are rows: every so many-th is told. */
  pictures: z.number().int(),
  /** Clips that were not read in time; asking again goes on with them. */
  unread: z.number().int(),
});

export type Car = z.output<typeof Car>;
export type CarOrigin = z.output<typeof CarOrigin>;
export type CarKeep = z.output<typeof CarKeep>;
export type CarCreate = z.output<typeof CarCreate>;
export type CarChange = z.output<typeof CarChange>;
export type CarTest = z.output<typeof CarTest>;
export type CarHarvest = z.output<typeof CarHarvest>;
export type CarHarvestRequest = z.output<typeof CarHarvestRequest>;
export type CarClip = z.output<typeof CarClip>;
export type CarCamera = z.output<typeof CarCamera>;
export type CarEvent = z.output<typeof CarEvent>;
export type CarEventDetail = z.output<typeof CarEventDetail>;
export type CarFootage = z.output<typeof CarFootage>;
export type CarDay = z.output<typeof CarDay>;
export type CarTelemetry = z.output<typeof CarTelemetry>;
