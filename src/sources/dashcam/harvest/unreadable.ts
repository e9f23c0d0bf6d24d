/** A file of the drive that could not be taken; the harvest goes on without it. Failures of the library are something else, and end it. */
import { InputError, messageOf } from '../../../base/errors.ts';
import { type RandomReader, readInto } from '../../../media/mp4/random-reader.ts';

export class Unreadable extends InputError {}

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
