/**
 * Logs go to `data/logs/<role>.log`. A log that cannot be written must not end what it tells of.
 */
import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A log file beyond this is put aside as `.1`; the one before goes. */
const MAX_BYTES = 50_000_000;

export interface LogFile extends AsyncDisposable {
  write(line: string): void;
}

export async function openLogFile(data: string, role: string): Promise<LogFile> {
  const folder = join(data, 'logs');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${role}.log`);
  let bytes = existsSync(path) ? statSync(path).size : 0;
  let failing = false;
  return {
    write(line) {
      try {
        if (bytes > MAX_BYTES) {
          renameSync(path, `${path}.1`);
          bytes = 0;
        }
        appendFileSync(path, line, { mode: 0o600 });
        bytes += Buffer.byteLength(line);
        failing = false;
      } catch (error) {
        // A full disk: said once, where somebody may see it.
        if (!failing)
          process.stderr.write(
            `The log ${role}.log cannot be written: ${error instanceof Error ? error.message : String(error)}\n`,
          );
        failing = true;
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
