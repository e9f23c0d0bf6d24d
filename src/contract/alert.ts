import { z } from 'zod';
import { Instant } from './time.ts';

/** A camera has shown nothing new for longer than its `alertAfterSeconds`. It ends by itself. */
export const Alert = z.object({
  id: z.uuid(),
  source: z.uuid(),
  /** Name of the camera. */
  camera: z.string(),
  /** `silent`: no new footage; `frozen`: footage, but the picture does not change at all. */
  kind: z.enum(['silent', 'frozen']),
  reason: z.string(),
  /** When the last new picture came. */
  since: Instant,
  raisedAt: Instant,
  /** Null: it goes on. */
  endedAt: Instant.nullable(),
});
export type Alert = z.output<typeof Alert>;
