/**
 * A log file for processes that must not wait for a disk: a recorder reads its sockets on while the disk of its log stands still.
 */
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { logFile, MAX_BYTES, RETRY_MS, toStandardError } from './log-file.ts';

export interface PatientOptions {
  /** Told each line that could not be written, and once why. */
  readonly fallback?: (line: string) => void;
  /** A longer file becomes `<path>.1`. */
  readonly maxBytes?: number;
  /** Characters that may wait for the disk; further lines are counted and left out. */
  readonly mostWaiting?: number;
}

const MOST_WAITING = 4_000_000;
/** A write that takes longer than this is not waited for at the end of the process. */
const STALLED_MS = 1000;

/**
 * Returns the `write` of a log like {@link logFile}, which returns at once. Lines that wait are written when the process exits;
 * those of the last moment before a `kill -9` are lost.
 */
export function patientLogFile(path: string, options: PatientOptions = {}): (line: string) => void {
  const file = new PatientLogFile(path, options);
  process.once('exit', () => file.exit());
  return (line) => file.write(line);
}

class PatientLogFile {
  readonly #path: string;
  readonly #fallback: (line: string) => void;
  readonly #maxBytes: number;
  readonly #mostWaiting: number;
  #lines: string[] = [];
  #length = 0;
  #leftOut = 0;
  #handle: FileHandle | undefined;
  #retryAt = 0;
  /** When the write that is going on began. */
  #since: number | undefined;

  constructor(path: string, options: PatientOptions) {
    const { fallback = toStandardError, maxBytes = MAX_BYTES, mostWaiting = MOST_WAITING } = options;
    this.#path = path;
    this.#fallback = fallback;
    this.#maxBytes = maxBytes;
    this.#mostWaiting = mostWaiting;
  }

  write(line: string): void {
    if (performance.now() < this.#retryAt) this.#fallback(line);
    else if (this.#length + line.length > this.#mostWaiting) this.#leftOut += 1;
    else {
      this.#lines.push(line);
      this.#length += line.length;
      if (this.#since === undefined) void this.#writeAll();
    }
  }

  exit(): void {
    if (this.#since !== undefined && performance.now() - this.#since > STALLED_MS) return;
    const rest = this.#take();
    if (rest !== '') logFile(this.#path, this.#fallback, this.#maxBytes)(rest);
  }

  async #writeAll(): Promise<void> {
    while (this.#lines.length > 0) {
      this.#since = performance.now();
      // What is said in the same moment goes out in one write.
      await Promise.resolve();
      const text = this.#take();
      try {
        await this.#append(text);
      } catch (error) {
        this.#retryAt = performance.now() + RETRY_MS;
        this.#fallback(`log file cannot be written: ${messageOf(error)}\n${text}`);
        await this.#close();
      }
    }
    this.#since = undefined;
  }

  #take(): string {
    const leftOut = this.#leftOut === 0 ? '' : missing(this.#leftOut);
    const text = this.#lines.join('') + leftOut;
    this.#lines = [];
    this.#length = 0;
    this.#leftOut = 0;
    return text;
  }

  async #append(text: string): Promise<void> {
    if (this.#handle !== undefined) await this.#moveAside(this.#handle);
    if (this.#handle === undefined) {
      await mkdir(dirname(this.#path), { recursive: true });
      this.#handle = await open(this.#path, 'a', 0o600);
    }
    await this.#handle.writeFile(text);
  }

  /** A file that is too long has another name afterwards, by this writer or by another. */
  async #moveAside(handle: FileHandle): Promise<void> {
    const { size, ino } = await handle.stat();
    if (size <= this.#maxBytes) return;
    const named = await stat(this.#path).catch(() => undefined);
    // Another writer may do it in the same moment.
    if (named?.ino === ino) await rename(this.#path, `${this.#path}.1`).catch(unlessGone);
    await this.#close();
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch((error: unknown) => this.#fallback(`log file cannot be closed: ${messageOf(error)}\n`));
  }
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function missing(lines: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ time, level: 'warn', lines, message: 'log lines were left out: the disk stood still' })}\n`;
}
