import { z } from 'zod';
import { Instant, Moment as MomentText } from './time.ts';

const Track = z.string().min(1).max(32);
const Kind = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower case letters, digits and -')
  .meta({ description: '`bookmark` for what a person marks' });

/** Something that happened, or that a person has marked. Its footage is kept for `momentDays`. */
export const FootageMoment = z.object({
  id: z.uuid(),
  source: z.uuid(),
  /** Null: all of them. */
  track: Track.nullable(),
  kind: Kind,
  start: Instant,
  end: Instant,
  /** 0–1; how sure whoever made it was. */
  score: z.number().min(0).max(1).nullable(),
  label: z.string().nullable(),
  createdBy: z.string().nullable(),
  createdAt: Instant,
});

export const FootageMomentCreate = z.object({
  start: MomentText,
  /** As `start` when absent; at most a day later. */
  end: MomentText.optional(),
  track: Track.nullable().default(null),
  kind: Kind.default('bookmark'),
  score: z.number().min(0).max(1).nullable().default(null),
  label: z.string().trim().max(200).nullable().default(null),
});

/** A range whose footage no limit removes: not its age, not its size, not a full disk. */
export const Protection = z.object({
  id: z.uuid(),
  source: z.uuid(),
  /** Null: all of them. */
  track: Track.nullable(),
  start: Instant,
  end: Instant,
  note: z.string(),
  createdBy: z.string().nullable(),
  createdAt: Instant,
});

export const ProtectionCreate = z.object({
  start: MomentText,
  /** May lie in the future: what will be recorded until then is protected too. */
  end: MomentText,
  track: Track.nullable().default(null),
  note: z.string().trim().max(500).default(''),
});

export type FootageMoment = z.output<typeof FootageMoment>;
export type Protection = z.output<typeof Protection>;
