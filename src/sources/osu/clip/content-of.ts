/** What a set or a skin consists of, as a sum: of an archive its bytes; of a folder the names, sizes and times of its files. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { hashFile } from '../../../media/render-inputs.ts';
import { filesIn } from './set-files.ts';

/** @param place an archive or a folder */
export async function contentOf(place: string, signal: AbortSignal): Promise<string> {
  if (!(await stat(place)).isDirectory()) return await hashFile(place, signal);
  const hash = createHash('sha256');
  for (const { name, bytes, changed } of filesIn(place)) {
    signal.throwIfAborted();
    hash.update(JSON.stringify([name, bytes, changed]));
  }
  return hash.digest('hex');
}
