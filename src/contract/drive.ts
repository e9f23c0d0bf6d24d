/**
 * Drives recorded by openpilot: where they come from, what is known of each, and clips of their bookmarks.
 */
import { z } from 'zod';
import { ClipRequest } from './clip.ts';
import { Instant } from './time.ts';

const SourceName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._'()-]*$/u,
    "letters, digits, spaces and . _ - ' ( ), beginning with a letter or digit",
  );

/** The 16 hexadecimal digits of a device. */
const Dongle = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-f0-9]{16}$/, 'the 16 letters and digits of a device, such as 5beb9b58bd12b691');

/** An account at comma or at a server of the same shape. Its token is given beside it, and never shown again. */
const DriveAccount = z.object({
  type: z.literal('account'),
  /** Origin of the API; the token goes there and nowhere else. */
  api: z.url({ protocol: /^https?$/, error: 'an address such as https://api.comma.ai' }).max(300),
  /** Only the drives of these devices; empty: of all that the account has. */
  devices: z.array(Dongle).max(50).default([]),
});

/** A folder on the hub's machine: `realdata` of a device, flat downloads, or a folder for each minute. */
const DriveFolder = z.object({
  type: z.literal('folder'),
  path: z.string().trim().min(2).max(1000).regex(/^\//, 'an absolute path, beginning with /'),
});

const DriveOrigin = z.discriminatedUnion('type', [DriveAccount, DriveFolder]);

/** A clip is made by itself of each bookmark that the driver sets. */
const BookmarkClips = z.object({
  /** Seconds before and after the button was pressed. */
  before: z.number().int().min(1).max(600).default(30),
  after: z.number().int().min(0).max(600).default(15),
  layout: z.string().max(32).default('ui'),
  maxBytes: z.number().int().min(50_000).max(50_000_000_000).nullable().default(25_000_000),
});

/** How looking for drives goes. */
const DriveSourceState = z.object({
  status: z.enum(['disabled', 'waiting', 'looking', 'ok', 'failed']),
  /** When it was last looked through. */
  lookedAt: Instant.nullable(),
  /** What went wrong, and what to do about it. */
  problem: z.string().nullable(),
  remedy: z.string().nullable(),
});

export const DriveSource = z.object({
  id: z.uuid(),
  name: SourceName,
  kind: z.literal('openpilot'),
  from: DriveOrigin,
  hasToken: z.boolean(),
  enabled: z.boolean(),
  /** Null: clips of bookmarks are made only when somebody asks. */
  bookmarkClips: BookmarkClips.nullable(),
  state: DriveSourceState,
  /** Id of the person whose it is; null: everybody's. */
  owner: z.uuid().nullable(),
  /** Of a person's own: everybody who may watch sees its drives. */
  shared: z.boolean(),
  /** How many drives are known. */
  drives: z.number().int(),
  createdAt: Instant,
});

/** As long as the tokens that are known, and room. */
const Token = z.string().trim().max(4000);

export const DriveSourceCreate = z.object({
  name: SourceName,
  from: DriveOrigin,
  /** Sealed, and never shown again. Null: only what is public. */
  token: Token.nullable().default(null),
  enabled: z.boolean().default(true),
  bookmarkClips: BookmarkClips.nullable().default(null),
  /** For oneself alone; whoever is no admin can add no other. */
  mine: z.boolean().default(false),
  /** Of one's own: everybody who may watch sees its drives. */
  shared: z.boolean().default(false),
});

export const DriveSourceChange = z
  .object({
    name: SourceName,
    from: DriveOrigin,
    token: Token.nullable(),
    enabled: z.boolean(),
    bookmarkClips: BookmarkClips.nullable(),
    shared: z.boolean(),
  })
  .partial();

export const DriveSourceTestRequest = z.object({
  from: DriveOrigin,
  token: Token.nullable().default(null),
  /** The source that is being changed: where no token is given, its own is used, for the same server. */
  source: z.uuid().optional(),
});

/** Whether drives can be found there. */
export const DriveSourceTest = z.object({
  ok: z.boolean(),
  problem: z.object({ message: z.string(), remedy: z.string() }).optional(),
  /** Devices of the account. */
  devices: z.array(z.object({ dongle: z.string(), name: z.string().nullable() })),
  /** Drives that were seen at a first look; there may be more. */
  drives: z.number().int(),
});

/** What is stored of a minute: logs at full and low rate; front, wide and driver camera; the small film of the front camera. */
const DriveFile = z.enum(['rlog', 'qlog', 'fcamera', 'ecamera', 'dcamera', 'qcamera']);

export const Drive = z.object({
  id: z.uuid(),
  source: z.uuid(),
  /** `5beb9b58bd12b691|0000010a--a51155e496`, or without the device where it is not known. */
  route: z.string(),
  start: Instant,
  /** False: its start is guessed, from the name or from when the files were written. */
  startKnown: z.boolean(),
  /** Seconds from the first minute's beginning to the last one's end. */
  length: z.number(),
  minutes: z.array(z.object({ minute: z.number().int(), files: z.array(DriveFile) })),
  /** False: which files there are of each minute is not known yet; it is asked when the drive is opened. */
  filesKnown: z.boolean(),
  car: z.string().nullable(),
  /** Metres. */
  distance: z.number().nullable(),
  /** Seconds with openpilot engaged. */
  engaged: z.number().nullable(),
  events: z.object({ alerts: z.number().int(), bookmarks: z.number().int(), disengaged: z.number().int() }).nullable(),
  /** `picture.jpg` can be asked for. */
  hasPicture: z.boolean(),
  /** Whether its logs have been read: what is null above is known afterwards. */
  details: z.enum(['waiting', 'reading', 'ready', 'failed', 'none']),
  /** Why they could not be. */
  problem: z.string().nullable(),
});

/** Something that happened in a drive; seconds from its start. */
const DriveMoment = z.object({
  id: z.uuid(),
  kind: z.enum(['engaged', 'disengaged', 'alert', 'bookmark']),
  start: z.number(),
  end: z.number(),
  label: z.string().nullable(),
  /** Of alerts. */
  severity: z.enum(['normal', 'userPrompt', 'critical']).nullable(),
});

export const DriveDetail = z.object({
  drive: Drive,
  moments: z.array(DriveMoment),
  /** Seconds, latitude, longitude; a few hundred points. Empty where no place was logged. */
  track: z.array(z.tuple([z.number(), z.number(), z.number()])),
});

/** What the small film is coded as (RFC 6381), and which minutes have one. */
export const DriveFilm = z.object({
  codec: z.string(),
  audioCodec: z.string().nullable(),
  width: z.number().int(),
  height: z.number().int(),
  minutes: z.array(z.number().int()),
});

/** The newest bookmark, of one source or of all. What is not named is as the source's `bookmarkClips` says, or usual. */
export const BookmarkClipRequest = z.object({
  source: z.string().max(200).optional(),
  before: z.number().int().min(1).max(600).optional(),
  after: z.number().int().min(0).max(600).optional(),
  layout: z.string().max(32).optional(),
  maxBytes: z.number().int().min(50_000).max(50_000_000_000).optional(),
});

/** A picture of a clip before it is made. */
export const DriveFrameRequest = z.object({
  layout: ClipRequest.shape.layout,
  overlays: ClipRequest.shape.overlays,
  privacy: ClipRequest.shape.privacy,
  /** As in `limits` of a clip. */
  size: z.literal('camera').optional(),
  /** Seconds from the start. */
  at: z.number().min(0).max(400_000),
});

export const DriveSettings = z.object({
  /**
   * Address of map pictures with `{z}`, `{x}` and `{y}`; the hub fetches them for the page and keeps them. Null: ways are drawn on plain
   * ground, and nobody is asked for anything.
   */
  mapTiles: z
    .string()
    .trim()
    .max(500)
    .regex(/^https?:\/\/[^\s/@]+\//, 'an address such as https://tiles.example.org/{z}/{x}/{y}.png')
    .refine((url) => ['{z}', '{x}', '{y}'].every((part) => url.includes(part)), 'needs {z}, {x} and {y}')
    .nullable()
    .default(null),
});

export type DriveSettings = z.output<typeof DriveSettings>;
export type BookmarkClipRequest = z.output<typeof BookmarkClipRequest>;
export type DriveFrameRequest = z.output<typeof DriveFrameRequest>;
export type DriveSource = z.output<typeof DriveSource>;
export type DriveSourceCreate = z.output<typeof DriveSourceCreate>;
export type DriveSourceChange = z.output<typeof DriveSourceChange>;
export type DriveSourceTest = z.output<typeof DriveSourceTest>;
export type DriveSourceTestRequest = z.output<typeof DriveSourceTestRequest>;
export type DriveOrigin = z.output<typeof DriveOrigin>;
export type DriveFile = z.output<typeof DriveFile>;
export type Drive = z.output<typeof Drive>;
export type DriveMoment = z.output<typeof DriveMoment>;
export type DriveDetail = z.output<typeof DriveDetail>;
export type DriveFilm = z.output<typeof DriveFilm>;
