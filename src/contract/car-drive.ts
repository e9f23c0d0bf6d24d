/**
 * What the drive in a car says to the hub, with a token of the scope `drive`.
 *
 * 1. `carDriveHello`: who it is and how it is; again at least every minute while it can. The car is made when it is new.
 * 2. `carDriveMissing`: of these SHA-256, which the hub lacks, and how much it has of those.
 * 3. `carDrivePart`: the bytes of one file from `offset` on, raw (`application/octet-stream`), at most `partBytes` a time. The offset must be what
 *    the hub has; otherwise it answers 409 `conflict` and the client asks again with 2. What arrived of a part that was cut off counts. Parts survive
 *    a restart of either side for a week. 503: the library is full, away or busy; try again after Retry-After.
 * 4. `carDriveRecord`: lines of the drive's own manifest, without `previous`, in their order. The hub hashes what was sent, names it by its own
 *    rules, and adds the lines to its manifest as one batch: when it answers, all of it is durable. Sending lines again changes nothing.
 *
 * So a client walks its manifest: for each batch of lines 2, 3 where something is missing, 4; and remembers how far it is.
 */
import { z } from 'zod';
import { Instant } from './time.ts';

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 small hexadecimal digits');

/** How the drive is. */
export const CarDriveState = z.object({
  version: z.string().max(60),
  /** `live`: read while the car records; `swap`: two images in turn. */
  mode: z.enum(['live', 'swap', 'off']),
  doing: z.enum(['idle', 'harvesting', 'pushing', 'paused']),
  /** Of its own spool, bytes. */
  free: z.number().int().min(0),
  total: z.number().int().min(0),
  /** End of the newest minute that it has harvested. */
  lastMinute: Instant.nullable(),
  /** What the hub still lacks. */
  waiting: z.object({ files: z.number().int().min(0), bytes: z.number().int().min(0) }),
  /** What a person should know, and do. */
  problem: z.string().max(500).nullable(),
});

export const CarDriveHello = z.object({
  /** Name of the car; of its folder too when it is new. */
  car: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/, 'letters, digits, spaces and . _ -'),
  state: CarDriveState,
});

export const CarDriveWelcome = z.object({
  /** For the other calls. */
  car: z.uuid(),
  name: z.string(),
  /** Most bytes of one part, and most lines of one batch. */
  partBytes: z.number().int(),
  lines: z.number().int(),
  /** False: the library is full or away. Do not push; say hello again later. */
  accepts: z.boolean(),
});

export const CarDriveMissingRequest = z.object({
  files: z
    .array(z.object({ sha256: Sha256, bytes: z.number().int().min(1) }))
    .min(1)
    .max(1000),
});

/** Those that the hub does not have whole. */
export const CarDriveMissing = z.object({
  missing: z.array(z.object({ sha256: Sha256, received: z.number().int() })),
});

export const CarDrivePartQuery = z.object({
  /** From where on. */
  offset: z.coerce.number().int().min(0),
  /** Of the whole file. */
  bytes: z.coerce.number().int().min(1).max(20_000_000_000),
});

export const CarDrivePart = z.object({ received: z.number().int() });

const Time = z.iso.datetime();
const Text = z.string().max(200).nullable();
const From = z.object({
  drive: z.string().max(200),
  path: z.string().max(1000),
  print: z.string().max(200),
  state: z.enum(['whole', 'mended', 'cut']),
  found: z.enum(['entry', 'allocated', 'free', 'deleted', 'fragment']),
});
const Belongs = {
  ring: z.enum(['recent', 'saved', 'sentry', 'salvaged', 'other']),
  event: z
    .string()
    .max(200)
    .regex(/^(saved|sentry)\/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d$/)
    .nullable(),
  role: z.enum(['clip', 'json', 'thumb', 'preview', 'other']),
};
const Track = z
  .string()
  .max(32)
  .regex(/^[a-z][a-z0-9_-]*$/);

/** Lines of a manifest as `vidette harvest` writes them; what is not named here stays with the drive. */
const CarDriveLine = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('file'),
    at: Time,
    sha256: Sha256,
    bytes: z.number().int().min(1),
    track: Track,
    start: Time.nullable(),
    startBy: z.enum(['video', 'name']).nullable(),
    local: z
      .string()
      .max(40)
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
      .nullable(),
    zone: z.number().int().min(-900).max(900).nullable(),
    seconds: z.number().min(0).max(100_000).nullable(),
    complete: z.boolean(),
    encrypted: z.boolean(),
    ...Belongs,
    from: From,
  }),
  z.object({ kind: z.literal('copy'), at: Time, sha256: Sha256, ...Belongs, from: From }),
  z.object({
    kind: z.literal('event'),
    at: Time,
    event: Belongs.event.unwrap(),
    ring: z.enum(['saved', 'sentry']),
    time: Time.nullable(),
    local: z
      .string()
      .max(40)
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    zone: z.number().int().min(-900).max(900).nullable(),
    reason: Text,
    what: z.enum(['saved', 'honk', 'sentry', 'panic', 'crash-avoidance', 'other']).nullable(),
    camera: z.string().max(32).nullable(),
    city: Text,
    street: Text,
    latitude: z.number().min(-90).max(90).nullable(),
    longitude: z.number().min(-180).max(180).nullable(),
  }),
  z.object({ kind: z.literal('fill'), at: Time, event: Belongs.event.unwrap(), clips: z.array(Sha256).max(1000) }),
]);

export const CarDriveRecord = z.object({ lines: z.array(CarDriveLine).min(1).max(64) });

export const CarDriveRecorded = z.object({
  /** Lines that are new here. */
  recorded: z.number().int(),
  /**
   * What could not be taken, by its place in the request: its bytes are missing, or are not those, or (`unknown`) it speaks of files that are not
   * here. The others are durable.
   */
  refused: z.array(z.object({ line: z.number().int(), why: z.enum(['missing', 'other-contents', 'unknown']) })),
});

export type CarDriveState = z.output<typeof CarDriveState>;
export type CarDriveHello = z.output<typeof CarDriveHello>;
export type CarDriveWelcome = z.output<typeof CarDriveWelcome>;
export type CarDriveLine = z.output<typeof CarDriveLine>;
export type CarDriveRecorded = z.output<typeof CarDriveRecorded>;
export type CarDriveMissing = z.output<typeof CarDriveMissing>;
