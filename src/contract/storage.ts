import { z } from 'zod';
import { Instant } from './time.ts';

/** One library and the room it has. Bytes; `free` and `total` are null where nobody can say (a bucket). */
const StoragePlace = z.object({
  /** The folder, or `s3://bucket/prefix`. */
  where: z.string(),
  /** `missing`: its marker is not there (a disk that is not mounted); nothing is written there or removed. */
  state: z.enum(['ok', 'missing', 'away']),
  bytes: z.number(),
  free: z.number().nullable(),
  total: z.number().nullable(),
  floor: z.number(),
});

export const Storage = z.object({
  library: StoragePlace.extend({
    /** Nothing more can be removed, and recording waits for room. */
    full: z.boolean(),
  }),
  archive: StoragePlace.extend({
    bytesPerSecond: z.number(),
    /** What it is doing; `waiting` says why. */
    moving: z.enum(['idle', 'moving', 'waiting']),
    reason: z.string().nullable(),
    /** Segments moved, and their bytes, since the hub started. */
    moved: z.object({ segments: z.number().int(), bytes: z.number() }),
  }).nullable(),
  /** Bytes that no limit removes. */
  protectedBytes: z.number(),
  /** The clock has leapt ahead; until it is confirmed nothing is removed for its age. */
  clock: z.object({ says: Instant, trusted: Instant, believedAt: Instant }).nullable(),
});

/** Where old footage goes. */
export const ArchiveSettings = z.object({
  /** An absolute folder, or `s3://bucket/prefix`. */
  where: z.string().trim().min(2).max(1000),
  /** For a bucket; absent: as the hub's environment says. */
  endpoint: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .nullable()
    .default(null),
  region: z.string().max(60).nullable().default(null),
  accessKey: z.string().max(200).nullable().default(null),
  /** Sealed, and never shown again. */
  secretKey: z.string().max(500).nullable().default(null),
  /** Most bytes a second that moving may read and write. */
  bytesPerSecond: z.number().int().min(100_000).max(10_000_000_000).default(20_000_000),
});

export type Storage = z.output<typeof Storage>;
export type ArchiveSettings = z.output<typeof ArchiveSettings>;
