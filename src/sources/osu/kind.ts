/**
 * What the rest of Vidette knows of the kind `osu` without loading any of it.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const HEAD = 7;
/** Of a text in a replay; then the length of an MD5 in hex. */
const TEXT = 0x0b;
const MD5_LENGTH = 32;
const LAST_MODE = 3;

export const osu = {
  name: 'osu',

  /** Whether a file begins like a replay: a mode, a version, an MD5. @returns false when it cannot be read */
  isReplay(path: string): boolean {
    const head = Buffer.alloc(HEAD);
    try {
      const file = openSync(path, 'r');
      try {
        readSync(file, head, 0, HEAD, 0);
      } finally {
        closeSync(file);
      }
    } catch {
      return false;
    }
    return head.readUInt8(0) <= LAST_MODE && head.readUInt32LE(1) > 0 && head[5] === TEXT && head[6] === MD5_LENGTH;
  },
} as const;
