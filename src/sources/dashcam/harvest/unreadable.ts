/** A file of the drive that could not be taken; the harvest goes on without it. Failures of the library are something else, and end it. */
import { InputError, messageOf } from '../../../base/errors.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';

export class Unreadable extends InputError {}

/** A reader of the drive whose every failure is `Unreadable`. */
export function ofDrive(reader: RandomReader): RandomReader {
  const { name, size } = reader;
  return {
    name,
    size,
    async read(offset, length) {
      try {
        return await reader.read(offset, length);
      } catch (cause) {
        const gone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
        throw new Unreadable(name, gone ? 'it has been removed from the drive' : messageOf(cause), { offset, cause });
      }
    },
  };
}
