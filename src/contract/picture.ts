/**
 * How a picture of a camera is asked for.
 */
import { z } from 'zod';

const side = z.coerce.number().int().min(16).max(8192);
const Size = {
  /** The picture is made to fit; its shape stays, and it is never enlarged. */
  width: side.optional(),
  height: side.optional(),
  /** 1 (small) to 100. */
  quality: z.coerce.number().int().min(1).max(100).default(80),
};

export const LatestQuery = z.object({
  ...Size,
  track: z.string().max(32).default('main'),
  /** Seconds that the picture may be old; a newer one is waited for, else the answer is 503. By default a group of pictures and a second. */
  age: z.coerce.number().min(0).max(86_400).optional(),
});

export const LiveQuery = z.object({
  /** `h264`: a worker converts it while somebody watches. */
  as: z.enum(['fragments', 'pictures', 'h264']).default('fragments'),
  /** Of `as=pictures`: how wide they are shown, and how many a second at most. */
  width: side.default(1280),
  quality: z.coerce.number().int().min(1).max(100).default(70),
  fps: z.coerce.number().min(0.1).max(15).default(10),
});

export type LatestQuery = z.output<typeof LatestQuery>;
