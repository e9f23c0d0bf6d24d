/** A file by itself, or in pieces of an image, as everybody reads files. */
import { type FileHandle, open } from 'node:fs/promises';
import { InputError, messageOf } from '../../../base/errors.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { FilePlace } from './messages.ts';

/** Pieces of an image that hold [offset, offset + length) of a file. */
export function* piecesOf(
  { bytes, pieces }: Pick<FilePlace, 'bytes' | 'pieces'>,
  offset: number,
  length: number,
): Generator<{ readonly at: number; readonly length: number }> {
  let skip = offset;
  let left = Math.max(0, Math.min(length, bytes - offset));
  for (const [at, size] of pieces ?? [[0, bytes]]) {
    if (left <= 0) return;
    if (skip >= size) {
      skip -= size;
      continue;
    }
    const take = Math.min(size - skip, left);
    yield { at: at + skip, length: take };
    left -= take;
    skip = 0;
  }
}

/** Open until it is disposed of. @throws InputError when it cannot be opened */
export async function openPlace(place: FilePlace): Promise<RandomReader & AsyncDisposable> {
  let file: FileHandle;
  try {
    file = await open(place.path, 'r');
  } catch (cause) {
    throw new InputError(place.name, messageOf(cause), { cause });
  }
  const readInto = async (target: Uint8Array, offset: number): Promise<number> => {
    let done = 0;
    for (const piece of piecesOf(place, offset, target.length)) {
      const { bytesRead } = await file.read(target, done, piece.length, piece.at);
      done += bytesRead;
      if (bytesRead < piece.length) break;
    }
    return done;
  };
  return {
    name: place.name,
    size: place.bytes,
    readInto,
    async read(offset, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, place.bytes - offset)));
      return bytes.subarray(0, await readInto(bytes, offset));
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
