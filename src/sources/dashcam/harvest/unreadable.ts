/** A file of the drive that could not be taken; the harvest goes on without it. Failures of the library are something else, and end it. */
import { InputError, messageOf } from '../../../base/errors.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';

export class Unreadable extends InputError {}

/** Fills `target` from `offset` on. @returns bytes, fewer only at the end */
export async function readInto(
  reader: Pick<RandomReader, 'read' | 'readInto'>,
  target: Uint8Array,
  offset: number,
): Promise<number> {
  let done = 0;
  while (done < target.length) {
    let bytes: number;
    if (reader.readInto) bytes = await reader.readInto(target.subarray(done), offset + done);
    else {
      const read = await reader.read(offset + done, target.length - done);
      target.set(read, done);
      bytes = read.length;
    }
    if (bytes === 0) break;
    done += bytes;
  }
  return done;
}

/** A reader of the drive whose every failure is `Unreadable`. */
export function ofDrive(reader: RandomReader): RandomReader {
  const { name, size } = reader;
  const told = (offset: number) => (cause: unknown) => {
    const gone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new Unreadable(name, gone ? 'it has been removed from the drive' : messageOf(cause), { offset, cause });
  };
  return {
    name,
    size,
    read: (offset, length) => reader.read(offset, length).catch(told(offset)),
    readInto: (target, offset) => readInto(reader, target, offset).catch(told(offset)),
  };
}
