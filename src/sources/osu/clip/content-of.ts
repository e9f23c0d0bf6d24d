/** What a set or a skin consists of, as a sum: of an archive its bytes; of a folder the names, sizes and times of its files. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { hashFile } from '../../../media/render-inputs.ts';

/** More are not looked at: they would not be read either. */
const MOST_FILES = 5000;

/** @param place an archive or a folder */
export async function contentOf(place: string, signal: AbortSignal): Promise<string> {
  if (!(await stat(place)).isDirectory()) return await hashFile(place, signal);
  const entries = await readdir(place, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .slice(0, MOST_FILES);
  const hash = createHash('sha256');
  for (const path of files) {
    signal.throwIfAborted();
    const { size, mtimeMs } = await stat(path);
    hash.update(JSON.stringify([relative(place, path), size, mtimeMs]));
  }
  return hash.digest('hex');
}
