import { z } from 'zod';
import { Instant, Moment } from './time.ts';

const ClipRange = z
  .object({ start: Moment, end: Moment.optional(), length: z.number().positive().max(21_600).optional() })
  .refine(
    (range) => (range.end === undefined) !== (range.length === undefined),
    'give either an end or a length in seconds',
  );

/** One clip request: page, API, CLI and bots all say this. */
export const ClipRequest = z.object({
  sources: z.array(z.string().min(1).max(200)).min(1).max(16),
  ranges: z.array(ClipRange).min(1).max(32),
  layout: z.enum(['main', 'grid']).default('main'),
  overlays: z
    .object({
      /** Shown at the top for the whole clip. */
      title: z.string().max(120).optional(),
      /** Date and time of the footage, burnt into the picture. */
      clock: z.boolean().default(false),
    })
    .default({ clock: false }),
  limits: z
    .object({
      /** Never exceeded; wins over quality. */
      maxBytes: z.number().int().min(50_000).max(50_000_000_000).optional(),
      width: z.number().int().min(64).max(7680).optional(),
      height: z.number().int().min(64).max(4320).optional(),
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
  result: z
    .object({
      bytes: z.number().int(),
      /** Seconds. */
      duration: z.number(),
      width: z.number().int(),
      height: z.number().int(),
      sha256: z.string(),
      fileName: z.string(),
    })
    .nullable(),
});

export type ClipRequest = z.output<typeof ClipRequest>;
export type Clip = z.output<typeof Clip>;
export type ClipState = z.output<typeof ClipState>;
