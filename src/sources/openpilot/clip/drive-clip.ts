/**
 * A clip of a drive whose files are on this machine. The same for the worker and for the command line; the work is done in a process
 * of its own. Loads nothing native.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entry } from '../../../base/entry.ts';
import type { OpenpilotRenderParams } from '../../../contract/worker.ts';
import { type CodecOptions, NativeProcess } from '../../../media/codec/native-process.ts';
import type { OverlayResult } from '../../../media/overlay/overlay-plan.ts';
import type { BroughtMinute } from '../files/drive.ts';

export type DriveClipOptions = Omit<OpenpilotRenderParams, 'minutes'>;

export interface DriveClip {
  /** Every minute of every range, and those before whose log is read. */
  readonly minutes: readonly BroughtMinute[];
  readonly options: DriveClipOptions;
  readonly limits: {
    /** The file is never larger; wins over `quality`. */
    readonly maxBytes?: number;
    /** x264 CRF. */
    readonly quality?: number;
  };
  /** Path of the MP4 to make; must not exist. */
  readonly output: string;
  /** Path of a lossless Matroska file of the same pictures. */
  readonly master?: string;
  /** An existing folder on the file system of `output`, for what is needed in between. */
  readonly scratch: string;
}

/** The process that makes a clip of a drive, before it is known which: it is ready when the files are. */
export function startRender(): NativeProcess {
  return new NativeProcess(entry(import.meta.url, '../render.main'));
}

/**
 * @param started by {@link startRender}; it is closed with the clip
 * @throws InputError for the file that is at fault, UserError where a camera is missing or the limit cannot be met, the signal's reason
 */
export async function renderDrive(
  clip: DriveClip,
  options: Pick<CodecOptions, 'signal' | 'onProgress'> = {},
  started?: NativeProcess,
): Promise<OverlayResult> {
  options.signal?.throwIfAborted();
  const scratch = await mkdtemp(join(clip.scratch, 'drive-'));
  const work = started ?? startRender();
  try {
    return await work.run<OverlayResult>({ ...clip, scratch } satisfies DriveClip, 'the drive', options);
  } finally {
    await work.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
