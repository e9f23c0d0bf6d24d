import { z } from 'zod';
import { CoverageSum } from './outage.ts';
import { Health } from './system.ts';
import { Instant } from './time.ts';

/** Everything at a glance: what `vidette stats` prints. Figures that need counting are at most a minute old. */
export const Stats = z.object({
  time: Instant,
  startedAt: Instant,
  health: Health,
  cameras: z.object({
    total: z.number().int(),
    enabled: z.number().int(),
    recording: z.number().int(),
    alerting: z.number().int(),
  }),
  recorders: z.object({
    count: z.number().int(),
    /** Most cameras that they can hold together. */
    capacity: z.number().int(),
  }),
  /** What belongs to nobody just now. */
  orphaned: z.object({
    /** Enabled cameras that no recorder holds. */
    cameras: z.number().int(),
    /** Unfinished files in the spool that no living recorder speaks of; null where the library is a bucket. */
    spoolFiles: z.number().int().nullable(),
    /** Finished files of the last two hours without a row; null where the library is a bucket. */
    segments: z.number().int().nullable(),
  }),
  coverage: z.object({ today: CoverageSum, week: CoverageSum }),
  storage: z.object({
    /** Of footage: cameras and cars. */
    bytes: z.number(),
    free: z.number(),
    total: z.number(),
    floor: z.number(),
    /** What is recorded in a day, by the last seven that were recorded. */
    bytesPerDay: z.number(),
    /** Until the free space is used up, at that rate; null: nothing is recorded, or there is no end to the room. */
    daysLeft: z.number().nullable(),
    /** `grows`: it will be full; `turns`: the oldest footage makes room, limits are not reached before that. */
    outlook: z.enum(['idle', 'grows', 'turns', 'unlimited']),
    cameras: z.array(
      z.object({
        id: z.uuid(),
        name: z.string(),
        bytes: z.number(),
        bytesPerDay: z.number(),
        /** How many days will be kept by this camera's own limits, at its rate; null: without a limit. */
        daysKept: z.number().nullable(),
      }),
    ),
    /** Cars whose footage is in the library; those that are watched where they lie take nothing of it. */
    cars: z.array(z.object({ id: z.uuid(), name: z.string(), bytes: z.number() })),
  }),
  queue: z.array(z.object({ type: z.string(), state: z.string(), count: z.number().int() })),
});
export type Stats = z.output<typeof Stats>;
