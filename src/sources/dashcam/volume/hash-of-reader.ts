/** SHA-256 of a file of any size, in constant memory. */
import { createHash } from 'node:crypto';
import { type RandomReader, readInto } from '../../../media/mp4/random-reader.ts';

const BLOCK = 1 << 18;

/** For who hashes many files: what is allocated for each waits for the collector. */
export const hashBlock = (): Buffer => Buffer.allocUnsafeSlow(BLOCK);

/** @param block to read into, see {@link hashBlock}. @returns hex */
export async function hashOfReader(
  reader: Pick<RandomReader, 'size' | 'read' | 'readInto'>,
  signal?: AbortSignal,
  block: Buffer = hashBlock(),
): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < reader.size; ) {
    signal?.throwIfAborted();
    const bytes = await readInto(reader, block.subarray(0, Math.min(block.length, reader.size - at)), at);
    if (bytes === 0) break;
    hash.update(block.subarray(0, bytes));
    at += bytes;
  }
  return hash.digest('hex');
}
