/**
 * What the rest of Vidette knows of the kind `dashcam` without loading any of it.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';

const FOLDERS = new Set(['TeslaCam', 'RecentClips', 'SavedClips', 'SentryClips', 'EncryptedClips', 'TeslaTrackMode']);
const CLIP = /^\d{4}-\d\d-\d\d_\d\d-\d\d(-\d\d)?-[a-z_]+\.mp4$/i;

export const dashcam = {
  name: 'dashcam',

  /** Whether a folder is the root of a car's drive, or a part of one. @returns false when it cannot be read */
  isFolder(path: string): boolean {
    try {
      if (FOLDERS.has(basename(path)) && statSync(path).isDirectory()) return true;
      return readdirSync(path).some((name) => FOLDERS.has(name) || CLIP.test(name));
    } catch {
      return false;
    }
  },
} as const;
