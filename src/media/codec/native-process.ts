/**
 * Native code, from outside: each task runs in a forked process of its own, because decoders meet hostile footage there.
 * When it dies, hangs or eats memory, that task alone fails, with words. This file loads nothing native.
 */
import { type ChildProcess, fork } from 'node:child_process';
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
export function runTask<Result>(
  entryPath: string,
  task: object,
  blame: string,
  options: CodecOptions = {},
): Promise<Result> {
  const { signal, onProgress, silenceMs = SILENCE_MS } = options;
  signal?.throwIfAborted();
  const child = fork(entryPath, {
    execPath: process.execPath,
    execArgv: ['--max-old-space-size=512'],
    // Only what the loader needs: nothing of our own environment is of use there.
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '/',
      TZ: process.env.TZ ?? '',
      MALLOC_ARENA_MAX: '2',
      UV_THREADPOOL_SIZE: '4',
      ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
  });
  return new Promise((resolve, reject) => {
    let words = '';
    let heard = performance.now();
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearInterval(watch);
      signal?.removeEventListener('abort', abort);
      // The folder of a process that is still dying cannot be removed, so its end is awaited.
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) finish();
      else {
        child.once('exit', finish);
        child.kill('SIGKILL');
      }
    };
    const abort = (): void => settle(() => reject(signal?.reason));
    const watch = setInterval(
      () => {
        if (performance.now() - heard > silenceMs)
          settle(() => reject(new CodecDied(blame, 'the decoder got stuck on it and was stopped')));
        else if (residentBytes(child) > (options.maxMemory ?? MAX_MEMORY))
          settle(() => reject(new CodecDied(blame, 'needed too much memory to decode and was stopped')));
      },
      Math.min(WATCH_EVERY_MS, silenceMs),
    );
    signal?.addEventListener('abort', abort, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2000);
    });
    child.on('message', (answer: TaskAnswer<Result>) => {
      heard = performance.now();
      if (answer.type === 'progress') onProgress?.(answer.progress, answer.stage);
      else settle(() => (answer.type === 'failed' ? reject(errorOf(answer)) : resolve(answer.result)));
    });
    child.on('error', (error) => settle(() => reject(error)));
    child.on('exit', (code, killedBy) =>
      settle(() => {
        const how = killedBy ? `was ended by ${killedBy}` : `ended with ${code}`;
        reject(new CodecDied(blame, `the decoder ${how} while working on it`, { cause: new Error(words.trim()) }));
      }),
    );
    child.send(task);
  });
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
