/** What a worker is told at its start, and where it writes its log. */
import { z } from 'zod';
import { createLog, type Log } from '../base/log.ts';
import { logFile, toStandardError } from '../logs/log-file.ts';

/** The first message to a forked worker; also what `vidette work` gives to `runWorker`. */
export const WorkerProcess = z.object({
  /** The hub's address, with its sub-path if it has one. */
  hub: z.string(),
  /** Of scope `worker`. */
  token: z.string(),
  /** The same after a restart. */
  id: z.uuid(),
  /** Below it one folder a job, removed afterwards. */
  scratchDir: z.string(),
  /** Null: what is logged goes to standard error. */
  logFile: z.string().nullable().default(null),
});
export type WorkerProcess = z.output<typeof WorkerProcess>;

/** A log that goes on when its file cannot be written. */
export function workerLog(path: string | null): Log {
  return createLog(path === null ? toStandardError : logFile(path)).child({ role: 'worker' });
}
