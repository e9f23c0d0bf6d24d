/**
 * Segments opened for reading: their parsed indexes, kept for the most recently used, and their bytes.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import type { BlobRange, BlobStore } from '../../blobs/store.ts';
import type { RandomReader } from '../../media/mp4/random-reader.ts';
import { readSegmentIndex, type SegmentIndex } from '../../media/mp4/segment-index.ts';

export interface OpenedSegment {
  readonly index: SegmentIndex;
  /** `ftyp` and `moov`. */
  readonly init: Buffer;
  /** Equal for segments that one player can play one after the other. */
  readonly config: string;
}

/** Most fragments of all kept indexes together: about 60 MB. */
const KEPT_FRAGMENTS = 400_000;
/** No file counts as less, so that many small ones are bounded too. */
const LEAST_WEIGHT = 200;

export class SegmentShelf {
  readonly #blobs: Pick<BlobStore, 'get' | 'stat'>;
  readonly #kept = new Map<string, OpenedSegment>();
  #weight = 0;

  constructor(blobs: Pick<BlobStore, 'get' | 'stat'>) {
    this.#blobs = blobs;
  }

  /**
   * @param upTo bytes that may be read of a file that is still written; absent: it is finished
   * @throws UserError `not-found` when the file is gone, InputError when it is no segment
   */
  async open(key: string, upTo?: number, signal?: AbortSignal): Promise<OpenedSegment> {
    const known = this.#kept.get(key);
    if (known && (upTo === undefined ? known.index.complete : known.index.validBytes >= upTo)) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const size = upTo ?? (await this.#sizeOf(key));
    const reader: RandomReader = {
      name: key,
      size,
      read: (offset, length) => this.read(key, { start: offset, end: Math.min(offset + length, size) - 1 }, signal),
    };
    const growing = upTo !== undefined;
    const index = await readSegmentIndex(reader, growing ? { upTo, ...(known ? { after: known.index } : {}) } : {});
    const init = known?.init ?? alone(await this.read(key, { start: 0, end: index.config.initBytes - 1 }, signal));
    const opened: OpenedSegment = {
      index,
      init,
      config: known?.config ?? createHash('sha256').update(init).digest('base64url'),
    };
    this.#keep(key, opened);
    return opened;
  }

  /** Exactly these bytes. @throws UserError `not-found` when they are not there */
  async read(key: string, range: Required<BlobRange>, signal?: AbortSignal): Promise<Buffer> {
    const wanted = range.end - range.start + 1;
    if (wanted <= 0) return Buffer.alloc(0);
    const { body } = await this.#blobs.get(key, range, signal ? { signal } : {});
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > wanted) break;
    }
    if (bytes < wanted)
      throw new UserError(`${key} is shorter than it should be.`, 'Run “vidette index”.', { code: 'not-found' });
    // Patched in place by the caller: never a view into somebody else's buffer.
    const whole = Buffer.concat(chunks);
    return whole.length === wanted ? whole : whole.subarray(0, wanted);
  }

  async #sizeOf(key: string): Promise<number> {
    const info = await this.#blobs.stat(key);
    if (!info)
      throw new UserError(`${key} is not in the library.`, 'It may have been removed by retention.', {
        code: 'not-found',
      });
    return info.bytes;
  }

  #keep(key: string, opened: OpenedSegment): void {
    const before = this.#kept.get(key);
    if (before) {
      this.#kept.delete(key);
      this.#weight -= weightOf(before);
    }
    this.#kept.set(key, opened);
    this.#weight += weightOf(opened);
    for (const [name, old] of this.#kept) {
      if (this.#weight <= KEPT_FRAGMENTS || name === key) break;
      this.#kept.delete(name);
      this.#weight -= weightOf(old);
    }
  }
}

/** A copy with memory of its own: a kilobyte that is kept would keep the 64 of the pool which Node cuts small buffers from. */
function alone(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

function weightOf(opened: OpenedSegment): number {
  return Math.max(LEAST_WEIGHT, opened.index.fragments.length);
}
