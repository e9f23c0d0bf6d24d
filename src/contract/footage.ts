import { z } from 'zod';
import { Instant } from './time.ts';

/** A stretch of footage without a hole. Neighbouring segments of a run are one span. */
export const FootageSpan = z.object({
  start: Instant,
  end: Instant,
  /** RFC 6381 of the pictures; a change starts a new span. */
  codec: z.string(),
  audioCodec: z.string().optional(),
  /** Still being written: `end` moves on. */
  open: z.boolean(),
});

/** What the timeline draws: spans in order; what lies between them is a gap. */
export const Footage = z.object({
  source: z.uuid(),
  track: z.string(),
  from: Instant,
  to: Instant,
  now: Instant,
  spans: z.array(FootageSpan),
});

export type Footage = z.output<typeof Footage>;
export type FootageSpan = z.output<typeof FootageSpan>;
