/** Whether a file is the image of a drive. */
import { Findings } from './finding.ts';
import { ImageFile } from './image-file.ts';
import { findVolumes } from './partitions.ts';

/** The smallest volume of either file system is larger. */
const LEAST_BYTES = 64 * 1024;

/** A file or block device that holds a FAT32 or exFAT volume, also behind a damaged boot sector. @throws UserError when it cannot be opened */
export function holdsVolume(path: string): boolean {
  using image = new ImageFile(path);
  return image.size >= LEAST_BYTES && findVolumes(image, new Findings()).length > 0;
}
