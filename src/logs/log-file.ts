/**
 * A log that is appended to a file, and survives that the file cannot be written.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/errors.ts';

/** After a failed write the file is tried again this much later. */
export const RETRY_MS = 5000;
/** A longer file is moved aside, over the one that was moved before. */
export const MAX_BYTES = 32_000_000;
/** How much is written before its length is looked at again. */
const LOOK_EVERY = 1 / 64;

/**
 * Returns the `write` of a log: appends each line; lines that cannot be written (disk full, folder gone) go to
 * `fallback`, and the file is opened anew some seconds later. Never throws.
 *
 * A file that grows beyond `maxBytes` becomes `<path>.1`. Several may write to one file.
 *
 * @param fallback told each lost line, and once why; by default standard error
 */
export function logFile(
  path: string,
  fallback: (line: string) => void = toStandardError,
  maxBytes = MAX_BYTES,
): (line: string) => void {
  let descriptor: number | undefined;
  let unseen = 0;
  let retryAt = 0;
  return (line) => {
    if (performance.now() < retryAt) return fallback(line);
    try {
      unseen += line.length;
      if (descriptor !== undefined && unseen > maxBytes * LOOK_EVERY) {
        unseen = 0;
        if (moveAside(path, descriptor, maxBytes)) descriptor = closed(descriptor, fallback);
      }
      if (descriptor === undefined) {
        mkdirSync(dirname(path), { recursive: true });
        descriptor = openSync(path, 'a', 0o600);
      }
      writeSync(descriptor, takeLosses() + line);
    } catch (error) {
      retryAt = performance.now() + RETRY_MS;
      fallback(`log file cannot be written: ${messageOf(error)}\n${line}`);
      descriptor = closed(descriptor, fallback);
    }
  };
}

/** Whether the open file is too long; then it has another name afterwards, by this writer or by another. */
function moveAside(path: string, descriptor: number, maxBytes: number): boolean {
  const open = fstatSync(descriptor);
  if (open.size <= maxBytes) return false;
  if (statSync(path, { throwIfNoEntry: false })?.ino === open.ino) renameSync(path, `${path}.1`);
  return true;
}

function closed(descriptor: number | undefined, fallback: (line: string) => void): undefined {
  try {
    if (descriptor !== undefined) closeSync(descriptor);
  } catch (error) {
    fallback(`log file cannot be closed: ${messageOf(error)}\n`);
  }
  return undefined;
}

/** Standard error may be a pipe whose reader has died with the hub; then nobody is left to tell, until the file works again. */
export function toStandardError(line: string): void {
  try {
    writeSync(2, line);
  } catch (error) {
    lost = { lines: lost.lines + 1, reason: messageOf(error) };
  }
}

/** Lines that could be written nowhere. */
let lost = { lines: 0, reason: '' };

function takeLosses(): string {
  const { lines, reason } = lost;
  lost = { lines: 0, reason: '' };
  if (lines === 0) return '';
  const time = new Date().toISOString();
  return `${JSON.stringify({ time, level: 'warn', lines, reason, message: 'log lines were lost' })}\n`;
}
