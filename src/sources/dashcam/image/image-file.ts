/**
 * The bytes of a drive image or block device, in constant memory.
 *
 * Reads are synchronous: a directory or a FAT is thousands of small reads that depend on each other, nearly all answered from a small cache, and
 * a promise for each would cost more than the read. Long loops hand the thread back with `Breath`.
 */
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, UserError } from '../../../base/errors.ts';

const readAsync = promisify(read);
const BLOCK = 32 * 1024;
const CACHED_BLOCKS = 128;
const BLANK: Buffer = Buffer.alloc(0);

interface Viewed {
  readonly index: number;
  readonly view: DataView;
}

const NONE: Viewed = { index: -1, view: new DataView(new ArrayBuffer(0)) };

export class ImageFile implements Disposable {
  /** What it is called in findings and errors: the last part of its path. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly #file: number;
  readonly #blocks = new Map<number, Buffer>();
  /** The blocks that were asked for last: tables are walked in order. */
  #last: Viewed = NONE;
  #before: Viewed = NONE;
  #scratch: Buffer = BLANK;
  #unreadable = 0;
  #firstUnreadable: number | undefined;

  /** @throws UserError `not-found` when it cannot be opened */
  constructor(path: string) {
    this.name = basename(path);
    try {
      this.#file = openSync(path, 'r');
    } catch (cause) {
      throw new UserError(`${this.name} cannot be read: ${messageOf(cause)}`, 'Name an image, a device or a folder.', {
        code: 'not-found',
        cause,
      });
    }
    const seen = fstatSync(this.#file);
    this.size = seen.isBlockDevice() ? sizeByReading(this.#file) : seen.size;
  }

  /** How many bytes could not be read (they count as zeros), and where the first of them is. */
  get unreadable(): { readonly bytes: number; readonly first: number } | undefined {
    return this.#firstUnreadable === undefined ? undefined : { bytes: this.#unreadable, first: this.#firstUnreadable };
  }

  /**
   * `length` bytes at `offset`, from the cache where possible: for tables and directories, which are read again. What lies outside the image or
   * cannot be read is zero.
   */
  cached(offset: number, length: number): Buffer {
    const out = Buffer.alloc(length);
    for (let at = 0; at < length; ) {
      const block = Math.floor((offset + at) / BLOCK);
      const from = offset + at - block * BLOCK;
      const take = Math.min(BLOCK - from, length - at);
      this.#block(block).copy(out, at, from, from + take);
      at += take;
    }
    return out;
  }

  /** 32 bits as a signed number, low byte first, from the cache; `offset` is a multiple of 4. Allocates nothing: it is asked for each cluster. */
  i32(offset: number): number {
    const index = Math.floor(offset / BLOCK);
    if (index !== this.#last.index) {
      // Two tables are read in turn.
      [this.#last, this.#before] = [this.#before, this.#last];
      if (index !== this.#last.index) {
        const block = this.#block(index);
        this.#last = { index, view: new DataView(block.buffer, block.byteOffset, block.length) };
      }
    }
    return this.#last.view.getInt32(offset - index * BLOCK, true);
  }

  /** A byte from the cache. */
  u8(offset: number): number {
    return (this.i32(offset - (offset % 4)) >>> ((offset % 4) * 8)) & 0xff;
  }

  /** The same without the cache, into memory of its own: for the contents of files, each of which is read once. */
  direct(offset: number, length: number): Buffer {
    const out = Buffer.alloc(length);
    this.#fill(out, offset);
    return out;
  }

  /** The same into memory that is used again: it holds until the next call. For looking at one cluster after the other. */
  view(offset: number, length: number): Buffer {
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafeSlow(length);
    const out = this.#scratch.subarray(0, length).fill(0);
    this.#fill(out, offset);
    return out;
  }

  /** The same, while others work: for copying. */
  async read(offset: number, length: number): Promise<Buffer> {
    const out = Buffer.alloc(length);
    await this.readInto(out, offset);
    return out;
  }

  /** The same into memory of the caller's, all of which is filled. */
  async readInto(out: Uint8Array, offset: number): Promise<void> {
    const wanted = Math.max(0, Math.min(out.length, this.size - offset));
    let done = 0;
    try {
      while (done < wanted) {
        const { bytesRead } = await readAsync(this.#file, out, done, wanted - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      out.fill(0, done);
    } catch {
      // A bad place: once more, sector by sector.
      out.fill(0);
      this.#fill(out, offset);
    }
  }

  /** Forgets what was read: another scan sees the image as it is then. */
  refresh(): void {
    this.#blocks.clear();
    [this.#last, this.#before] = [NONE, NONE];
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  #block(index: number): Buffer {
    const known = this.#blocks.get(index);
    if (known) {
      // The least recently used one stands first.
      this.#blocks.delete(index);
      this.#blocks.set(index, known);
      return known;
    }
    let block: Buffer = BLANK;
    if (this.#blocks.size >= CACHED_BLOCKS) {
      const [oldest = index] = this.#blocks.keys();
      block = this.#blocks.get(oldest) ?? BLANK;
      this.#blocks.delete(oldest);
      [this.#last, this.#before] = [NONE, NONE];
    }
    // Nobody holds a block: what is given out are copies.
    if (block === BLANK) block = Buffer.alloc(BLOCK);
    else block.fill(0);
    this.#fill(block, index * BLOCK);
    this.#blocks.set(index, block);
    return block;
  }

  #fill(out: Uint8Array, offset: number): void {
    if (offset < 0 || offset >= this.size) return;
    const wanted = Math.min(out.length, this.size - offset);
    let done = 0;
    while (done < wanted) {
      try {
        const read = readSync(this.#file, out, done, wanted - done, offset + done);
        if (read === 0) return;
        done += read;
      } catch {
        // A bad place of the medium: step over it, sector by sector, and say so at the end.
        this.#firstUnreadable ??= offset + done;
        const step = Math.min(512 - ((offset + done) % 512), wanted - done);
        this.#unreadable += step;
        out.fill(0, done, done + step);
        done += step;
      }
    }
  }
}

/** A block device says 0 in its inode: its end is where reading ends. */
function sizeByReading(file: number): number {
  const one = Buffer.alloc(1);
  const there = (at: number): boolean => {
    try {
      return readSync(file, one, 0, 1, at) === 1;
    } catch (error) {
      // EIO is a bad place inside, anything else is beyond the end.
      return (error as NodeJS.ErrnoException).code === 'EIO';
    }
  };
  let low = 0;
  let high = 512;
  while (high < 2 ** 52 && there(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (there(middle)) low = middle;
    else high = middle;
  }
  return low === 0 && !there(0) ? 0 : high;
}

/** Hands the thread back every 20 ms of a long loop, and ends it when the work is not wanted any more. */
export class Breath {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Cheap when nothing is due: undefined then, so that a loop waits only where there is something to wait for. */
  due(): Promise<void> | undefined {
    if (performance.now() - this.#last < 20) return undefined;
    this.#signal?.throwIfAborted();
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#last = performance.now();
        resolve();
      });
    });
  }
}
