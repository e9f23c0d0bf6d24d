/**
 * Small files that are whole at every moment, also after a power cut.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes beside it, syncs, renames, syncs the folder. @param mode of the new file */
export function replaceFile(path: string, text: string, mode = 0o644): void {
  const part = `${path}.part`;
  rmSync(part, { force: true });
  const file = openSync(part, 'wx', mode);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
