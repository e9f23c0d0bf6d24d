/**
 * A clip of a drive whose files are on this machine. The same for the worker and for the command line; the work is done in a process
 * of its own. Loads nothing native.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entry } from '../../../base/entry.ts';
import type { OpenpilotRenderParams } from '../../../contract/worker.ts';
import { type CodecOptions, runTask } from '../../../media/codec/native-process.ts';
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

/**
 * @throws InputError for the file that is at fault, UserError where a camera is missing or the limit cannot be met, the signal's reason
 */
export async function renderDrive(clip: DriveClip, options: CodecOptions = {}): Promise<OverlayResult> {
  const scratch = await mkdtemp(join(clip.scratch, 'drive-'));
  try {
    return await runTask<OverlayResult>(
      entry(import.meta.url, '../render.main'),
      { ...clip, scratch } satisfies DriveClip,
      'the drive',
      options,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
