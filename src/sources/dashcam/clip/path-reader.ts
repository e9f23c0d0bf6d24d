/** A clip on disk, for what reads its boxes and its telemetry. */
import { type FileHandle, open } from 'node:fs/promises';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';

export interface PathReader extends RandomReader, AsyncDisposable {}

/** @param name how errors call it */
export async function openPath(path: string, name: string): Promise<PathReader> {
  const file: FileHandle = await open(path, 'r');
  const { size } = await file.stat();
  const readInto = async (target: Uint8Array, offset: number): Promise<number> =>
    (await file.read(target, 0, Math.max(0, Math.min(target.length, size - offset)), offset)).bytesRead;
  return {
    name,
    size,
    readInto,
    async read(offset, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      return bytes.subarray(0, await readInto(bytes, offset));
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
