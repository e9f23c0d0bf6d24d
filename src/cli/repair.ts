/**
 * `vidette repair`: what is left of damaged videos and drives.
 */
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../base/errors.ts';
import { holdsVolume } from '../sources/dashcam/image/recognise.ts';
import { noFile } from './no-file.ts';
import { repairDrive } from './repair-drive.ts';
import { repairVideoFile } from './repair-video.ts';

export interface RepairOptions {
  readonly out?: string;
  /** Drives: also what was deleted. */
  readonly deleted?: boolean;
  /** Videos: one of the same camera. */
  readonly like?: readonly string[];
  /** A key file of an encrypted clip, and a folder of them. */
  readonly key?: string;
  readonly keys?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function repair(files: readonly string[], options: RepairOptions): Promise<void> {
  for (const file of [...files, ...(options.like ?? [])]) {
    if (!existsSync(file)) throw await noFile(file);
    if (statSync(file).isDirectory())
      throw new UserError(`${basename(file)} is a folder.`, 'Name the videos in it, or the image of a drive.', {
        code: 'usage',
      });
  }
  for (const file of files) {
    if (holdsVolume(file)) await repairDrive(file, files.length > 1, options);
    else await repairVideoFile(file, options);
  }
}
