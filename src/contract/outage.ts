/**
 * Why there is no footage: outages as a recorder tells them, gaps and coverage as people read them.
 */
import { z } from 'zod';
import { Instant } from './time.ts';

/**
 * `unreachable`: no connection · `refused`: name or password · `frozen`: connected, but nothing new came · `disconnected`: the camera or
 * the network ended it · `loss`: packets lost on the way · `garbage`: what came was not valid video · `clock`: the camera's time or ours
 * jumped · `change`: settings or coding changed · `recorder`: a recorder died, was paused or restarted · `no-recorder`: nobody held the
 * camera · `disk`: full or too slow · `disabled` · `retention`: deleted as planned · `unknown`: nobody said.
 */
export const OutageCause = z.enum([
  'unreachable',
  'refused',
  'frozen',
  'disconnected',
  'loss',
  'garbage',
  'clock',
  'change',
  'recorder',
  'no-recorder',
  'disk',
  'disabled',
  'retention',
  'unknown',
]);

const TrackName = z.string().regex(/^[a-z0-9-]{1,32}$/);
const MAX_DETAIL = 300;

/** An interval in which a track gave nothing. Moments are UTC ms. */
export const OutageReport = z.object({
  /** Made by who saw it; what makes a report idempotent. */
  id: z.uuid(),
  sourceId: z.uuid(),
  track: TrackName,
  /** When the last picture before it was stored. */
  start: z.number().int().min(0),
  /** When the first picture after it was stored; null: it goes on. */
  end: z.number().int().min(0).nullable(),
  cause: OutageCause,
  /** In words, without a credential. */
  detail: z.string().max(MAX_DETAIL).optional(),
  /** Pictures that are missing inside of a run: a segment spans this time, but it is not footage. */
  frames: z.number().int().min(0).optional(),
  /** The run that `frames` are missing from. */
  run: z.string().max(32).optional(),
  /** With `frames`: how long pictures were missing, where the interval also holds pictures. */
  missingMs: z.number().int().min(0).optional(),
});

/** The recorder's wall clock was set. */
export const ClockStep = z.object({
  id: z.uuid(),
  /** UTC ms after the step. */
  at: z.number().int(),
  /** Forward is positive. */
  byMs: z.number().int(),
});

/** The same as people read it. */
export const ClockSet = z.object({
  id: z.uuid(),
  recorder: z.uuid(),
  /** Of its machine; null: the recorder is not known any more. */
  host: z.string().nullable(),
  /** After the step, by the clock that was set. */
  at: Instant,
  /** Forward is positive. */
  byMs: z.number().int(),
});

export const OutageReports = z.object({
  recorder: z.uuid(),
  /** Those that are open, changed, or have ended since they were last told. */
  outages: z.array(OutageReport).max(500),
  clockSteps: z.array(ClockStep).max(100).default([]),
});

const Causes = z.partialRecord(OutageCause, z.number());

const Gap = z.object({
  start: Instant,
  end: Instant,
  cause: OutageCause,
  detail: z.string().optional(),
  /** Pictures that are missing inside of a run; single ones of it may be there. */
  frames: z.number().int().optional(),
  /** What of it is without footage: all of it, or less where `frames` are missing. */
  missingMs: z.number().int(),
});

/** Footage and gaps together are the range exactly. */
export const Gaps = z.object({
  source: z.uuid(),
  track: z.string(),
  from: Instant,
  /** Up to here it is known: the end of the range, or of what has been stored by now. */
  to: Instant,
  coveredMs: z.number().int(),
  /** By cause. */
  missingMs: Causes,
  gaps: z.array(Gap),
});

/** Of a range of time. */
export const CoverageSum = z.object({
  coveredMs: z.number().int(),
  missingMs: Causes,
  /** covered / (covered + missing), without the time in which the camera was disabled; null where there is nothing to divide. */
  percent: z.number().nullable(),
});

export const Coverage = z.object({
  source: z.uuid(),
  track: z.string(),
  /** Days of the time zone that was asked for; those outside of what is known are left out. */
  days: z.array(CoverageSum.extend({ day: z.iso.date() })),
  total: CoverageSum,
});

export type OutageCause = z.output<typeof OutageCause>;
export type OutageReport = z.output<typeof OutageReport>;
export type OutageReports = z.output<typeof OutageReports>;
export type ClockSet = z.output<typeof ClockSet>;
export type ClockStep = z.output<typeof ClockStep>;
export type Gaps = z.output<typeof Gaps>;
export type Coverage = z.output<typeof Coverage>;
export type CoverageSum = z.output<typeof CoverageSum>;
