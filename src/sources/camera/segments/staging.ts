/**
 * Buffers in which fragments are put together before they are written. Shared by all writers of a process. Sockets are read together a few
 * times a second, so the fragments of many cameras end at the same moment: as many buffers as that takes are kept. Thrown away and made
 * anew, they are what the garbage collector runs for (64 cameras: 48 MB a second).
 */
const KEEP_BYTES = 16 << 20;
const STEP = 256 << 10;

export class Staging {
  readonly #free: Buffer[] = [];
  #freeBytes = 0;

  /** A buffer of at least so many bytes; to be given back after the write. */
  acquire(bytes: number): Buffer {
    const at = this.#free.findIndex((buffer) => buffer.length >= bytes);
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    if (found === undefined) return Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP) * STEP);
    this.#freeBytes -= found.length;
    return found;
  }

  release(buffer: Buffer): void {
    if (this.#freeBytes + buffer.length > KEEP_BYTES) return;
    this.#freeBytes += buffer.length;
    this.#free.push(buffer);
  }
}
