/**
 * Codecs, from outside: what the codec process does, as functions. This file loads nothing native.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entry } from '../../base/entry.ts';
import { type CodecOptions, runTask } from './native-process.ts';
import type { RenderPlan, RenderResult } from './plan.ts';
import type { CodecTask, Probe } from './task.ts';

export type { CodecOptions } from './native-process.ts';

/**
 * Makes the file of a plan.
 * @throws InputError for the input that is at fault, UserError when the limit cannot be met, the signal's reason when aborted
 */
export async function renderVideo(plan: RenderPlan, options: CodecOptions = {}): Promise<RenderResult> {
  const [only, ...others] = plan.inputs;
  const blame = only && others.length === 0 ? only.name : 'footage';
  const scratch = await mkdtemp(join(plan.scratch, 'render-'));
  try {
    return await run<RenderResult>({ do: 'render', plan: { ...plan, scratch } }, blame, options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * What FFmpeg sees in a file.
 * @throws InputError when it is nothing that FFmpeg reads
 */
export async function probeFile(path: string, options: CodecOptions = {}): Promise<Probe> {
  const name = basename(path);
  return run<Probe>({ do: 'probe', input: { name, path } }, name, { silenceMs: 20_000, ...options });
}

function run<Result>(task: CodecTask, blame: string, options: CodecOptions): Promise<Result> {
  return runTask<Result>(entry(import.meta.url, './codec.main'), task, blame, options);
}
