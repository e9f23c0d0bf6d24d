/** What a worker is told at its start, and where it writes its log. */
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { createLog, type Log } from '../base/log.ts';

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
export function workerLog(logFile: string | null): Log {
  return createLog(logFile === null ? toError : toFile(logFile)).child({ role: 'worker' });
}

function toError(line: string): void {
  process.stderr.write(line);
}

function toFile(path: string): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(path, line, { mode: 0o600 });
    } catch (error) {
      toError(
        `${JSON.stringify({ level: 'warn', message: 'The log cannot be written.', error: String(error) })}\n${line}`,
      );
    }
  };
}
