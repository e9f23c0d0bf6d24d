/**
 * Bytes that can be read anywhere: a file, an object in a bucket, a buffer.
 */

export interface RandomReader {
  /** What it is called in an error; never a path with a secret in it. */
  readonly name: string;
  /** Bytes that can be read; of a growing file, as many as were there when it was opened. */
  readonly size: number;
  /** The bytes from `offset` on: `length` of them, fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same into memory of the caller's, where a reader can: large files cost no garbage. @returns bytes */
  readInto?(target: Uint8Array, offset: number): Promise<number>;
}

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

/** A reader of bytes in memory. */
export function bytesReader(bytes: Uint8Array, name: string): RandomReader {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Reads in blocks, so that walking small boxes costs few reads. Never reads beyond `limit`. */
export class ReadWindow {
  readonly #reader: RandomReader;
  readonly #block: number;
  readonly limit: number;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(reader: RandomReader, limit: number, block: number) {
    this.#reader = reader;
    this.limit = Math.min(limit, reader.size);
    this.#block = block;
  }

  get name(): string {
    return this.#reader.name;
  }

  /** Exactly `length` bytes at `offset`, or undefined when not so many are there. The view holds until the next call. */
  async view(offset: number, length: number): Promise<Buffer | undefined> {
    if (offset < 0 || length < 0 || offset + length > this.limit) return undefined;
    const inside = offset - this.#start;
    if (inside < 0 || inside + length > this.#bytes.length) {
      const wanted = Math.min(Math.max(length, this.#block), this.limit - offset);
      const read = await this.#reader.read(offset, wanted);
      this.#bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
      this.#start = offset;
      if (this.#bytes.length < length) return undefined;
      return this.#bytes.subarray(0, length);
    }
    return this.#bytes.subarray(inside, inside + length);
  }
}
