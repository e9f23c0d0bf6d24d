/**
 * Native code, from outside: each task runs in a forked process of its own, because decoders meet hostile footage there.
 * When it dies, hangs or eats memory, that task alone fails, with words. This file loads nothing native.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { InputError, UserError } from '../../base/errors.ts';
import type { TaskAnswer } from './task.ts';

export interface CodecOptions {
  readonly signal?: AbortSignal;
  /** @param progress 0 to 1, never falling @param stage in words */
  readonly onProgress?: (progress: number, stage: string) => void;
  /** No sign of life for this long ends the process. */
  readonly silenceMs?: number;
  /** More resident memory than this ends the process. */
  readonly maxMemory?: number;
}

/** The process died, hung or grew: more than one input may be to blame. */
export class CodecDied extends InputError {}

/** How a process is bounded. */
interface Bounds extends Pick<CodecOptions, 'silenceMs' | 'maxMemory'> {
  /** It gives memory back at once, which takes a little time: pictures are its own again after each chunk, and garbage is collected sooner. */
  readonly lean?: boolean;
}

/** Young garbage of at most so many MB, three times; the default is 16. What is large lies outside of it. */
const LEAN_FLAGS = ['--max-semi-space-size=1'];
/** Left alone, glibc takes larger and larger blocks from the heap after each that was given back, and keeps them. */
const LEAN_POOLS = { MALLOC_MMAP_THRESHOLD_: '1000000', MALLOC_TRIM_THRESHOLD_: '1000000' };
const SILENCE_MS = 120_000;
const MAX_MEMORY = 2_500_000_000;
const WATCH_EVERY_MS = 100;

/**
 * Runs one task in a process of its own.
 * @param entryPath the `.main` file, which serves the task with `serveTask`
 * @param task plain JSON
 * @param blame what a crash, a hang or too much memory is laid to
 * @throws InputError for the input that is at fault ({@link CodecDied}: for `blame`), UserError when the limit cannot be met, the signal's reason when aborted
 */
export async function runTask<Result>(
  entryPath: string,
  task: object,
  blame: string,
  options: CodecOptions = {},
): Promise<Result> {
  options.signal?.throwIfAborted();
  const process = new NativeProcess(entryPath, options);
  try {
    return await process.run<Result>(task, blame, options);
  } finally {
    await process.close();
  }
}

/** A forked process that does one task after the other (`serveTask`). It ends with the first that fails. */
export class NativeProcess {
  private readonly child: ChildProcess;
  private readonly bounds: Bounds;
  private words = '';

  constructor(entryPath: string, bounds: Bounds = {}) {
    this.bounds = bounds;
    this.child = fork(entryPath, {
      execPath: process.execPath,
      execArgv: ['--max-old-space-size=512', ...(bounds.lean ? LEAN_FLAGS : [])],
      // Only what the loader needs: nothing of our own environment is of use there.
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '/',
        TZ: process.env.TZ ?? '',
        MALLOC_ARENA_MAX: '2',
        ...(bounds.lean ? LEAN_POOLS : {}),
        UV_THREADPOOL_SIZE: '4',
        ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.words = (this.words + text).slice(-2000);
    });
    // Between tasks it may die of whatever it likes; the next task says so.
    this.child.on('error', () => undefined);
  }

  /** Whether another task may be given to it. */
  get alive(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** One at a time. @throws as {@link runTask} */
  async run<Result>(
    task: object,
    blame: string,
    { signal, onProgress }: Pick<CodecOptions, 'signal' | 'onProgress'> = {},
  ): Promise<Result> {
    signal?.throwIfAborted();
    const { silenceMs = SILENCE_MS, maxMemory = MAX_MEMORY } = this.bounds;
    const { child } = this;
    const died = (how: string): CodecDied => new CodecDied(blame, how, { cause: new Error(this.words.trim()) });
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let heard = performance.now();
    const watch = setInterval(
      () => {
        if (performance.now() - heard > silenceMs) reject(died('the decoder got stuck on it and was stopped'));
        else if (residentBytes(child) > maxMemory) reject(died('needed too much memory to decode and was stopped'));
      },
      Math.min(WATCH_EVERY_MS, silenceMs),
    );
    const abort = (): void => reject(signal?.reason);
    const onMessage = (answer: TaskAnswer<Result>): void => {
      heard = performance.now();
      if (answer.type === 'progress') onProgress?.(answer.progress, answer.stage);
      else if (answer.type === 'failed') reject(errorOf(answer));
      else resolve(answer.result);
    };
    const onExit = (code: number | null, killedBy: string | null): void =>
      reject(died(`the decoder ${killedBy ? `was ended by ${killedBy}` : `ended with ${code}`} while working on it`));
    signal?.addEventListener('abort', abort, { once: true });
    child.on('message', onMessage).on('exit', onExit).on('error', reject);
    if (child.pid !== undefined && !this.alive) onExit(child.exitCode, child.signalCode);
    else child.send(task, (error) => error && reject(error));
    try {
      return await promise;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearInterval(watch);
      signal?.removeEventListener('abort', abort);
      child.off('message', onMessage).off('exit', onExit).off('error', reject);
    }
  }

  /** Its end is awaited: the folder of a process that is still dying cannot be removed. */
  async close(): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

function errorOf(answer: TaskAnswer<unknown> & { type: 'failed' }): Error {
  switch (answer.reason) {
    case 'input':
      return new InputError(answer.input, answer.message);
    case 'user':
      return new UserError(answer.message, answer.remedy, { code: answer.code });
    case 'bug':
      return new Error(answer.message, { cause: new Error(answer.detail) });
  }
}

/** Resident memory from /proc; 0 where that does not exist or the process has gone. */
function residentBytes(child: ChildProcess): number {
  if (child.pid === undefined || child.exitCode !== null) return 0;
  try {
    const pages = readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * 4096;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
}
