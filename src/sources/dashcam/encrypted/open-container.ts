/**
 * An encrypted clip as what is in it: read anywhere, page by page, in constant memory.
 */
import { fileBoxesOf } from '../../../media/mp4/file-boxes.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { type Container, DATA_AT, HEAD, PAGE, readHead } from './container.ts';
import { BLOCK, isBlank, PageCipher } from './page-cipher.ts';

export interface OpenedClip {
  /** The clip; of a cut container up to the cut. */
  readonly reader: RandomReader;
  readonly container: Container;
  /** Every page of it is there. */
  readonly whole: boolean;
  /** The first page shows that the key is right; false where that page is lost, so that only what follows can tell. */
  readonly proven: boolean;
}

/** @returns undefined when it is no container of the car's */
export async function containerOf(reader: RandomReader): Promise<Container | undefined> {
  return readHead(Buffer.from(await reader.read(0, Math.min(HEAD, reader.size))));
}

/**
 * @param keys to try, one after the other
 * @returns undefined when none of them opens it
 */
export async function openContainer(
  reader: RandomReader,
  container: Container,
  keys: Iterable<Buffer>,
): Promise<OpenedClip | undefined> {
  const first = Buffer.from(await reader.read(DATA_AT, PAGE));
  const found = cipherFor(first, keys);
  if (!found) return undefined;
  const { cipher, proven } = found;
  const there = Math.max(0, reader.size - DATA_AT);
  const pages = there - (there % BLOCK);
  const plain = decryptedReader(reader, cipher, Math.min(pages, container.plainBytes));
  const whole = reader.size >= container.bytes;
  // The head of a clip that was being written may have been flushed before the rest of it.
  if (reader.size > container.bytes) {
    const { state, end } = await fileBoxesOf(plain);
    if (state !== 'whole' || end !== plain.size)
      return { reader: decryptedReader(reader, cipher, pages), container, whole, proven };
  }
  return { reader: plain, container, whole, proven };
}

function cipherFor(first: Buffer, keys: Iterable<Buffer>): { cipher: PageCipher; proven: boolean } | undefined {
  if (first.length < BLOCK) return undefined;
  const lost = isBlank(first);
  let only: Buffer | undefined;
  let count = 0;
  for (const key of keys) {
    const cipher = lost ? undefined : PageCipher.fitting(key, first);
    if (cipher) return { cipher, proven: true };
    only ??= key;
    count += 1;
  }
  // Nothing tells which of several it is.
  return lost && only && count === 1 ? { cipher: PageCipher.untried(only), proven: false } : undefined;
}

/** @param size bytes of the clip */
function decryptedReader(reader: RandomReader, cipher: PageCipher, size: number): RandomReader {
  return {
    name: reader.name,
    size,
    async read(offset, length) {
      const end = Math.min(size, offset + length);
      if (offset >= end) return Buffer.alloc(0);
      const page = Math.floor(offset / PAGE);
      const from = page * PAGE;
      const to = Math.ceil(end / BLOCK) * BLOCK;
      const bytes = Buffer.from(await reader.read(DATA_AT + from, to - from));
      const parts: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += PAGE)
        parts.push(cipher.decrypt(bytes.subarray(at, at + PAGE), page + at / PAGE));
      return Buffer.concat(parts).subarray(offset - from, end - from);
    },
  };
}
