/** The bytes of a damaged file, read in blocks; synchronous, because it is used in a process of its own. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes read at once. A picture that is longer is read for itself. */
const BLOCK = 1 << 20;

export interface Bytes {
  readonly size: number;
  /** The bytes from `at` on: `length` of them, fewer only at the end. Holds until the next call. */
  read(at: number, length: number): Buffer;
}

export function bytesOf(buffer: Buffer): Bytes {
  return { size: buffer.length, read: (at, length) => buffer.subarray(at, at + length) };
}

export class FileBytes implements Bytes, Disposable {
  readonly size: number;
  readonly #file: number;
  #start = 0;
  #block: Buffer = Buffer.alloc(0);

  /** @throws the system's error when it cannot be opened */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.size = fstatSync(this.#file).size;
  }

  read(at: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.size - at));
    const inside = at - this.#start;
    if (inside >= 0 && inside + wanted <= this.#block.length) return this.#block.subarray(inside, inside + wanted);
    const room = Math.min(Math.max(wanted, BLOCK), this.size - at);
    const block = Buffer.allocUnsafe(Math.max(0, room));
    let done = 0;
    while (done < block.length) {
      const got = readSync(this.#file, block, done, block.length - done, at + done);
      if (got === 0) break;
      done += got;
    }
    this.#start = at;
    this.#block = block.subarray(0, done);
    return this.#block.subarray(0, wanted);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** Nothing but zeros. */
export function isBlank(bytes: Bytes): boolean {
  const zeros = Buffer.alloc(BLOCK);
  for (let at = 0; at < bytes.size; at += BLOCK) {
    const block = bytes.read(at, BLOCK);
    if (!block.equals(zeros.subarray(0, block.length))) return false;
  }
  return true;
}
