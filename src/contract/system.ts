import { z } from 'zod';
import { Alert } from './alert.ts';
import { Camera } from './camera.ts';
import { Car } from './car.ts';
import { Clip } from './clip.ts';
import { Drive, DriveSource } from './drive.ts';
import { Replay } from './replay.ts';
import { Instant } from './time.ts';

export const Problem = z.object({
  /** Stable word for programs. */
  error: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
  /** Field → what is wrong with it. */
  fields: z.record(z.string(), z.string()).optional(),
});

export const Health = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  database: z.enum(['ok', 'down']),
  library: z.enum(['ok', 'missing', 'full']),
  time: Instant,
});

/** For those who look after processes. */
export const Alive = z.object({ status: z.enum(['ok', 'starting', 'degraded']), version: z.string() });

export const SystemInfo = z.object({
  version: z.string(),
  startedAt: Instant,
  time: Instant,
  storage: z.object({ bytes: z.number(), free: z.number(), floor: z.number(), total: z.number(), paused: z.boolean() }),
  recorders: z.array(z.object({ id: z.string(), host: z.string(), cameras: z.number().int(), lastSeen: Instant })),
  workers: z.array(z.object({ id: z.string(), job: z.string().nullable(), lastSeen: Instant })),
});

/** Sent as server-sent events on `/api/events`; `data` is this. */
export const HubEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('camera'), camera: Camera }),
  z.object({ type: z.literal('camera-deleted'), id: z.uuid() }),
  /** Raised, or ended. */
  z.object({ type: z.literal('alert'), alert: Alert }),
  /** Footage of this source changed: extents moved or a segment was published or removed. At most one a second per source. */
  z.object({ type: z.literal('footage'), source: z.uuid() }),
  z.object({ type: z.literal('clip'), clip: Clip }),
  z.object({ type: z.literal('clip-deleted'), id: z.uuid() }),
  z.object({ type: z.literal('drive-source'), source: DriveSource }),
  z.object({ type: z.literal('drive-source-deleted'), id: z.uuid() }),
  z.object({ type: z.literal('drive'), drive: Drive }),
  z.object({ type: z.literal('drive-deleted'), id: z.uuid(), source: z.uuid() }),
  z.object({ type: z.literal('car'), car: Car }),
  z.object({ type: z.literal('car-deleted'), id: z.uuid() }),
  /** Events or clips of this car came, changed or went. At most one a second per car. */
  z.object({ type: z.literal('car-footage'), car: z.uuid() }),
  z.object({ type: z.literal('replay'), replay: Replay }),
  z.object({ type: z.literal('replay-deleted'), id: z.uuid() }),
  /** Skins came or went. */
  z.object({ type: z.literal('replay-skins') }),
]);
export type HubEvent = z.output<typeof HubEvent>;
export type Problem = z.output<typeof Problem>;
export type SystemInfo = z.output<typeof SystemInfo>;
