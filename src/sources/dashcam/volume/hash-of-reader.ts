/** SHA-256 of a file of any size, in constant memory. */
import { createHash } from 'node:crypto';
import { type RandomReader, readInto } from '../../../media/mp4/random-reader.ts';

const BLOCK = 1 << 20;

/** @returns hex */
export async function hashOfReader(
  reader: Pick<RandomReader, 'size' | 'read' | 'readInto'>,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafeSlow(Math.min(BLOCK, reader.size));
  for (let at = 0; at < reader.size; ) {
    signal?.throwIfAborted();
    const bytes = await readInto(reader, block.subarray(0, Math.min(block.length, reader.size - at)), at);
    if (bytes === 0) break;
    hash.update(block.subarray(0, bytes));
    at += bytes;
  }
  return hash.digest('hex');
}
