/**
 * What a recorder process is told when it starts: in the first IPC message, or by `vidette record`.
 */
import { z } from 'zod';

export const RecorderOptions = z.object({
  /** The hub's address with its sub-path, e.g. `http://127.0.0.1:8040`. */
  hub: z.url({ protocol: /^https?$/ }),
  /** Of scope `recorder`. */
  token: z.string().min(1),
  /** Identity of this recorder; the same after a restart. */
  id: z.uuid(),
  /** The library as this machine sees it, or null. Used when its marker names the hub's library. */
  libraryDir: z.string().nullable(),
  /** Persistent folder on an own disk, for what has to be uploaded. */
  spoolDir: z.string(),
  /** JSON lines are appended here; null: they go to standard error. */
  logFile: z.string().nullable(),
  /** Most cameras. */
  capacity: z.number().int().min(1).max(1000),
});
export type RecorderOptions = z.output<typeof RecorderOptions>;
