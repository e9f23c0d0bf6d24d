/** Opens whatever holds a car's footage. */
import { stat } from 'node:fs/promises';
import { ImageDrive } from '../image/image-drive.ts';
import type { Drive } from './drive-volume.ts';
import { openFolder } from './folder-drive.ts';

/** @param path a folder, an image, or a block device. @throws UserError `not-found` */
export async function openDrive(path: string): Promise<Drive> {
  const seen = await stat(path).catch(() => undefined);
  return seen?.isDirectory() ? openFolder(path) : new ImageDrive(path);
}
