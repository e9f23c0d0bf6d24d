/**
 * Buffers in which fragments are put together before they are written. Shared by all writers of a process, so that there are as many
 * as writes under way at once, which is one or two.
 */
const KEEP = 2;
const STEP = 256 << 10;

export class Staging {
  readonly #free: Buffer[] = [];

  /** A buffer of at least so many bytes; to be given back after the write. */
  acquire(bytes: number): Buffer {
    const at = this.#free.findIndex((buffer) => buffer.length >= bytes);
    const [found] = at < 0 ? [] : this.#free.splice(at, 1);
    return found ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP) * STEP);
  }

  release(buffer: Buffer): void {
    this.#free.push(buffer);
    if (this.#free.length <= KEEP) return;
    this.#free.sort((a, b) => b.length - a.length).length = KEEP;
  }
}
