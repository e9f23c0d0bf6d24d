/**
 * Codecs, from outside: what the codec process does, as functions. This file loads nothing native.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entry } from '../../base/entry.ts';
import { InputError } from '../../base/errors.ts';
import { CodecDied, type CodecOptions, runTask } from './native-process.ts';
import type { RenderPlan, RenderResult } from './plan.ts';
import type { CodecTask, Probe } from './task.ts';

export type { CodecOptions } from './native-process.ts';

/**
 * Makes the file of a plan. Where the decoder dies of one input among several, that input is left out, with a note.
 * @throws InputError for the input that is at fault, UserError when the limit cannot be met, the signal's reason when aborted
 */
export async function renderVideo(plan: RenderPlan, options: CodecOptions = {}): Promise<RenderResult> {
  const scratch = await mkdtemp(join(plan.scratch, 'render-'));
  try {
    return await renderOnce({ ...plan, scratch }, options);
  } catch (error) {
    const shown = new Set(plan.sources.flatMap((source) => source.pieces.map((piece) => piece.input)));
    if (!(error instanceof CodecDied) || shown.size < 2) throw error;
    const deadly = await deadlyOf({ ...plan, scratch }, options);
    if (deadly.length === 0 || deadly.length === shown.size) throw error;
    await rm(plan.output, { force: true });
    return await renderOnce({ ...plan, scratch, deadly }, options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function renderOnce(plan: RenderPlan, options: CodecOptions): Promise<RenderResult> {
  const [only, ...others] = plan.inputs;
  const scratch = await mkdtemp(join(plan.scratch, 'try-'));
  const blame = only && others.length === 0 ? only.name : 'footage';
  return await run<RenderResult>({ do: 'render', plan: { ...plan, scratch } }, blame, options);
}

/** A postage stamp shows whether a decoder survives. */
const STAMP = { width: 64, height: 64, fps: 5, quality: 51 };

/** Makes a tiny clip of each input alone. @returns indices of those that the decoder does not survive */
async function deadlyOf(plan: RenderPlan, { signal, onProgress, ...bounds }: CodecOptions): Promise<number[]> {
  const { master: _, ...bare } = plan;
  const deadly: number[] = [];
  for (const [index, input] of plan.inputs.entries()) {
    onProgress?.(0, 'Looking for the file that the decoder died of');
    const pieces = plan.sources.flatMap((source) => source.pieces.filter((piece) => piece.input === index));
    if (pieces.length === 0) continue;
    const alone: RenderPlan = {
      ...bare,
      inputs: [input],
      sources: [{ name: input.name, pieces: pieces.map((piece) => ({ ...piece, input: 0 })) }],
      layout: 'main',
      overlay: { clock: false, timeZone: plan.overlay.timeZone },
      limits: STAMP,
      output: join(plan.scratch, `stamp-${index}.mp4`),
    };
    try {
      await renderOnce(alone, { ...bounds, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      // What merely cannot be read is left out by the next try itself.
      if (error instanceof CodecDied) deadly.push(index);
      else if (!(error instanceof InputError)) throw error;
    }
  }
  return deadly;
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
