/** An image as it is given to the kernel: opened and looked at, so that what was looked at is what the kernel opens. */
import fs from 'node:fs';
import { messageOf } from '../../../base/errors.ts';
import { Refused } from './refused.ts';

export interface BackingFile extends Disposable {
  /** Names the open file itself, whatever its name is by then: nobody can put another file in its place. */
  readonly path: string;
  /** Where it lies, without links. */
  readonly real: string;
}

/**
 * @param uid whose file it must be
 * @throws Refused `image`
 */
export function openBackingFile(path: string, uid: number): BackingFile {
  let file: number;
  try {
    file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    throw new Refused('image', `The image ${path} cannot be opened: ${messageOf(error)}`, error);
  }
  const own = `/proc/${process.pid}/fd/${file}`;
  try {
    const seen = fs.fstatSync(file);
    if (!seen.isFile()) throw new Refused('image', `${path} is no file.`);
    if (seen.uid !== uid) throw new Refused('image', `${path} belongs to another user.`);
    if (seen.size < 512) throw new Refused('image', `${path} is empty.`);
    return { path: own, real: fs.readlinkSync(own), [Symbol.dispose]: () => fs.closeSync(file) };
  } catch (error) {
    fs.closeSync(file);
    throw error;
  }
}
