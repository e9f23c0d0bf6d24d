/**
 * The codec process: one task, then it ends. Forked by `codec.ts`.
 */
import type { RenderResult } from './plan.ts';
import { probeInput } from './probe-input.ts';
import { renderPlan } from './render.ts';
import { serveTask } from './serve-task.ts';
import type { CodecTask, Probe } from './task.ts';

serveTask<CodecTask, Probe | RenderResult>(async (task, report) =>
  task.do === 'probe' ? probeInput(task.input) : renderPlan(task.plan, report),
);
