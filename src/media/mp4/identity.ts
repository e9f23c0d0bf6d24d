/**
 * Who a segment is, written into the file itself, so that the catalog can be rebuilt from files alone.
 */
import { z } from 'zod';
import { InputError } from '../../base/errors.ts';
import { uuidBox, uuidBytes } from './box.ts';

export const SegmentIdentity = z.object({
  v: z.literal(1),
  /** Identity of the library it was recorded for; null where the recorder did not know one. */
  library: z.string().max(100).nullable(),
  sourceId: z.uuid(),
  /** Folder of the source in the library. */
  folder: z
    .string()
    .min(1)
    .max(120)
    .regex(/^[^/\\\0]+$/)
    .refine((name) => name !== '.' && name !== '..'),
  track: z.string().regex(/^[a-z0-9-]{1,32}$/),
  run: z.string().regex(/^[0-9a-z]{8,32}$/),
  seq: z.number().int().min(0),
  /** Fencing token of the lease under which it was recorded. */
  token: z.number().int(),
  /** UTC ms of this segment's first picture. */
  wallStart: z.number().int().min(0).max(8.64e15),
  /** The same on the run's time line: 90 kHz ticks after the run's first picture. */
  mediaStart: z.number().int().min(0),
  /** UTC ms of the run's first picture, as it holds for this segment (slewed). `wall = runWallStart + media / 90`. */
  runWallStart: z.number().int().min(0).max(8.64e15),
});
export type SegmentIdentity = z.output<typeof SegmentIdentity>;

/** Extended type of the box that carries the identity. */
export const IDENTITY_UUID = uuidBytes('6f0c2b7e-3a52-4d5d-9a3e-8d3f6c1b7a41');

/** The identity as a top-level `uuid` box holding JSON. */
export function identityBox(identity: SegmentIdentity): Buffer {
  return uuidBox(IDENTITY_UUID, Buffer.from(JSON.stringify(identity), 'utf8'));
}

/** @param json the box's content after its extended type. @throws InputError */
export function parseIdentity(json: Buffer, name: string): SegmentIdentity {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw new InputError(name, 'its identity is not readable', { cause });
  }
  const parsed = SegmentIdentity.safeParse(value);
  if (!parsed.success) throw new InputError(name, `its identity is wrong: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** UTC ms of a position on a run's time line, rounded to whole ms: the one formula for all names, reports and boxes. */
export function wallOf(runWallStart: number, mediaTicks: number): number {
  return Math.round(runWallStart + mediaTicks / 90);
}

/**
 * How long a segment lasts in whole ms, so that its end is exactly the start of the next of its run.
 * @param stretchMs by how much the time of day is slewed between both
 */
export function durationMsOf(identity: SegmentIdentity, durationTicks: number, stretchMs = 0): number {
  return Math.max(
    0,
    wallOf(identity.runWallStart, identity.mediaStart + durationTicks) + stretchMs - identity.wallStart,
  );
}
