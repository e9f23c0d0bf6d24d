/**
 * The thread that unpacks bzip2, so that nobody else waits for it. It is given a whole file, and answers each `next` with one block.
 */
import { parentPort, workerData } from 'node:worker_threads';
import Bzip2 from '@foxglove/wasm-bz2';
import { messageOf } from '../../../base/errors.ts';
import { bz2Blocks, endsWhole } from './bz2-blocks.ts';

export type Bz2Answer =
  | { readonly block: Uint8Array }
  /** The end; the reason is null when all was there. */
  | { readonly end: true; readonly reason: string | null };

/** A block holds at most 900,000 bytes, in which each five may stand for 259; those of a log unpack to less than two million. */
const FIRST_GUESS = 4 << 20;
const LARGEST_BLOCK = 64 << 20;

const bytes = workerData as Uint8Array;
const decoder = await Bzip2.init();
const answers = unpack();
parentPort?.on('message', () => {
  const { value } = answers.next();
  if (!value) return;
  if ('block' in value) parentPort?.postMessage(value, [value.block.buffer as ArrayBuffer]);
  else parentPort?.postMessage(value);
});

function* unpack(): Generator<Bz2Answer> {
  for (const { at, file, whole } of bz2Blocks(bytes)) {
    let block: Uint8Array;
    try {
      block = decode(file);
    } catch (error) {
      const what = whole ? `is damaged (${messageOf(error)})` : 'is not whole';
      yield { end: true, reason: `the bzip2 block at byte ${at} of the file ${what}` };
      return;
    }
    yield { block };
  }
  yield { end: true, reason: endsWhole(bytes) ? null : 'the bzip2 file has no end' };
}

function decode(file: Uint8Array): Uint8Array {
  for (let size = FIRST_GUESS; ; size *= 4) {
    try {
      return decoder.decompress(file, size);
    } catch (error) {
      if (size >= LARGEST_BLOCK || !messageOf(error).includes('BZ_OUTBUFF_FULL')) throw error;
    }
  }
}
