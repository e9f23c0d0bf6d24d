/**
 * A clip of a car whose files are on this machine. The same for the worker and for the command line; the work is done in a process of its own.
 * Loads nothing native.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entry } from '../../../base/entry.ts';
import type { DashcamRenderParams } from '../../../contract/worker.ts';
import { type CodecOptions, runTask } from '../../../media/codec/native-process.ts';
import type { OverlayResult } from '../../../media/overlay/overlay-plan.ts';
import { soundClips } from './sound-clips.ts';

export interface CarClipTask {
  readonly params: DashcamRenderParams;
  /** Of the inputs of `params`; those that are missing have nothing that plays. */
  readonly files: readonly CarFile[];
  readonly limits: {
    /** The file is never larger; wins over `quality`. */
    readonly maxBytes?: number;
    /** x264 CRF. */
    readonly quality?: number;
    /** The picture is no larger than this. */
    readonly width?: number;
    readonly height?: number;
    /** Pictures a second; those of the footage when absent. */
    readonly fps?: number;
  };
  /** Path of the MP4 to make; must not exist. */
  readonly output: string;
  /** Path of a lossless Matroska file of the same pictures. */
  readonly master?: string;
  /** An existing folder on the file system of `output`, for what is needed in between. */
  readonly scratch: string;
}

/** One input on this machine. */
export interface CarFile {
  /** As `params` name it. */
  readonly input: string;
  /** How people know it: `2026-03-01_17-03-05-front.mp4`. */
  readonly name: string;
  readonly path: string;
  /** Made anew of a damaged one: its first pictures may be lost. */
  readonly repaired?: boolean;
}

/** Making damaged files playable is this part of the work, for the progress bar. */
const REPAIR_PART = 0.1;
const MOST_MEMORY = 1_500_000_000;

/**
 * @throws InputError for the file that is at fault, UserError where the limit cannot be met or footage is encrypted, the signal's reason
 */
export async function renderCar(task: CarClipTask, options: CodecOptions = {}): Promise<OverlayResult> {
  const scratch = await mkdtemp(join(task.scratch, 'car-'));
  try {
    const { files, notes } = await soundClips(task, scratch, {
      ...options,
      onProgress: (done, stage) => options.onProgress?.(REPAIR_PART * done, stage),
    });
    const result = await runTask<OverlayResult>(
      entry(import.meta.url, '../render.main'),
      { ...task, files, scratch } satisfies CarClipTask,
      'the footage',
      {
        maxMemory: MOST_MEMORY,
        ...options,
        onProgress: (done, stage) => options.onProgress?.(REPAIR_PART + (1 - REPAIR_PART) * done, stage),
      },
    );
    return { ...result, notes: [...notes, ...result.notes] };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
