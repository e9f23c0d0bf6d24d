/**
 * Contents that were stored and were deleted on purpose: so that they are not taken again while a drive, or what is left between its files, still has
 * them. Some sixty bytes each, and at most so many: a drive has room for only so many.
 */
export class Gone {
  /** The first 96 bits of the SHA-256 → bytes. In the order in which they went. */
  readonly #bytes = new Map<string, number>();
  readonly #most: number;

  /** @param most the oldest are forgotten beyond it */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  get size(): number {
    return this.#bytes.size;
  }

  /** @param sha256 hex */
  has(sha256: string): boolean {
    return this.#bytes.has(short(sha256));
  }

  /** Bytes that they had; undefined when nothing is known of them. */
  bytesOf(sha256: string): number | undefined {
    return this.#bytes.get(short(sha256));
  }

  add(sha256: string, bytes: number): void {
    const key = short(sha256);
    this.#bytes.delete(key);
    this.#bytes.set(key, bytes);
    for (const oldest of this.#bytes.keys()) {
      if (this.#bytes.size <= this.#most) break;
      this.#bytes.delete(oldest);
    }
  }

  /** They are stored again. */
  delete(sha256: string): void {
    this.#bytes.delete(short(sha256));
  }

  /** The first 24 digits of each, and its bytes: `add` takes them back. */
  *entries(): Generator<readonly [string, number]> {
    for (const [key, bytes] of this.#bytes) yield [Buffer.from(key, 'latin1').toString('hex'), bytes];
  }
}

const DIGITS = 24;

/** A string of its own: a slice would hold the whole one in memory. */
const short = (sha256: string): string => Buffer.from(sha256.slice(0, DIGITS), 'hex').toString('latin1');
