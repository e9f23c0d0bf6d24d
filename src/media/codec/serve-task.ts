/**
 * The inside of a forked process that works on tasks: hears one, tells progress, answers. Ended by its parent, or dies with it.
 */
import { flushCompileCache } from 'node:module';
import { setPriority } from 'node:os';
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import { BadInput } from './input-file.ts';
import { quietLog } from './native.ts';
import { LimitTooSmall, type Report } from './report.ts';
import type { TaskAnswer } from './task.ts';

const REPORT_EVERY_MS = 200;
/** Recording and playback go first. */
const NICENESS = 5;

/** Tasks come one at a time; after one that failed no other does. */
export function serveTask<Task, Result>(work: (task: Task, report: Report) => Promise<Result>): void {
  process.on('disconnect', () => process.exit(0));
  setPriority(NICENESS);
  quietLog();
  process.on('message', (task: Task) => {
    work(task, reporter()).then(
      (result) => answer({ type: 'done', result }),
      (error: unknown) => answer(failure(error)),
    );
  });
}

function reporter(): Report {
  let last = 0;
  let highest = 0;
  return (progress, stage) => {
    highest = Math.max(highest, progress);
    const now = performance.now();
    if (now - last < REPORT_EVERY_MS && progress < 1) return;
    last = now;
    process.send?.({ type: 'progress', progress: highest, stage } satisfies TaskAnswer<never>);
  };
}

function failure(error: unknown): TaskAnswer<never> {
  const message = messageOf(error);
  if (error instanceof BadInput) return { type: 'failed', reason: 'input', input: error.input, message };
  if (error instanceof InputError)
    return { type: 'failed', reason: 'input', input: error.input, message: error.reason };
  if (error instanceof UserError)
    return { type: 'failed', reason: 'user', message, remedy: error.remedy, code: error.code };
  if (error instanceof LimitTooSmall)
    return {
      type: 'failed',
      reason: 'user',
      message: `${message}.`,
      remedy: 'Ask for a larger file or a shorter range.',
      code: 'limit-too-small',
    };
  const detail = error instanceof Error ? (error.stack ?? message) : message;
  return { type: 'failed', reason: 'bug', message, detail };
}

function answer(said: TaskAnswer<unknown>): void {
  // The parent may end this process as soon as it has the answer.
  flushCompileCache();
  process.send?.(said);
}
