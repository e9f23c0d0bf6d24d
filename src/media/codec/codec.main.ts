/**
 * The codec process: one task, then it ends. Forked by `codec.ts`; dies with its parent.
 */
import { setPriority } from 'node:os';
import { messageOf } from '../../base/errors.ts';
import { BadInput } from './input-file.ts';
import { quietLog } from './native.ts';
import { probeInput } from './probe-input.ts';
import { LimitTooSmall, renderPlan } from './render.ts';
import type { CodecAnswer, CodecTask } from './task.ts';

const REPORT_EVERY_MS = 200;
/** Recording and playback go first. */
const NICENESS = 5;

process.on('disconnect', () => process.exit(0));
process.once('message', (task: CodecTask) => {
  setPriority(NICENESS);
  quietLog();
  run(task).then(
    (answer) => leave(answer),
    (error: unknown) => leave(failure(error)),
  );
});

async function run(task: CodecTask): Promise<CodecAnswer> {
  if (task.do === 'probe') return { type: 'probed', probe: probeInput(task.input) };
  let last = 0;
  let highest = 0;
  const result = await renderPlan(task.plan, (progress, stage) => {
    highest = Math.max(highest, progress);
    const now = performance.now();
    if (now - last < REPORT_EVERY_MS && progress < 1) return;
    last = now;
    process.send?.({ type: 'progress', progress: highest, stage } satisfies CodecAnswer);
  });
  return { type: 'rendered', result };
}

function failure(error: unknown): CodecAnswer {
  const message = messageOf(error);
  if (error instanceof BadInput) return { type: 'failed', reason: 'input', input: error.input, message };
  if (error instanceof LimitTooSmall) return { type: 'failed', reason: 'limit', message };
  const detail = error instanceof Error ? (error.stack ?? message) : message;
  return { type: 'failed', reason: 'bug', message, detail };
}

function leave(answer: CodecAnswer): void {
  process.send?.(answer, () => process.exit(0));
}
