/**
 * `.osz` and `.osk`: zip archives. Nothing is unpacked to disk, and no more is read than was asked for, whatever the archive claims.
 */
import type { Readable } from 'node:stream';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { InputError, messageOf } from '../../../base/errors.ts';

/** Files in one archive. */
const MOST_ENTRIES = 20_000;
/** Of one file, and of all that is read of one archive, unpacked. */
const MOST_FILE = 256 << 20;
const MOST_ALL = 1 << 30;

export interface ArchiveEntry {
  /** As the archive says it, with `/`. */
  readonly path: string;
  /** Unpacked, as the archive says. */
  readonly bytes: number;
}

export class Archive implements AsyncDisposable {
  readonly #name: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  #left = MOST_ALL;

  private constructor(name: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#name = name;
    this.#zip = zip;
    this.#entries = entries;
  }

  /** @param name for errors. @throws InputError where it is no archive */
  static async open(path: string, name: string): Promise<Archive> {
    let zip: ZipFile | undefined;
    try {
      zip = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: false });
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        if (entries.size >= MOST_ENTRIES) throw new InputError(name, `holds more than ${MOST_ENTRIES} files`);
        if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
      }
      return new Archive(name, zip, entries);
    } catch (error) {
      zip?.close();
      throw asInputError(error, name);
    }
  }

  get entries(): readonly ArchiveEntry[] {
    return [...this.#entries.values()].map(({ fileName, uncompressedSize }) => ({
      path: fileName,
      bytes: uncompressedSize,
    }));
  }

  /**
   * @param most bytes
   * @throws InputError where the file is not there, is longer, or is damaged
   */
  async read(path: string, most = MOST_FILE): Promise<Buffer> {
    const entry = this.#entries.get(path);
    const place = `${this.#name}, ${path}`;
    if (!entry) throw new InputError(place, 'is not in the archive');
    if (entry.uncompressedSize > most)
      throw new InputError(place, `has ${entry.uncompressedSize} bytes; ${most} are the most`);
    if (entry.uncompressedSize > this.#left)
      throw new InputError(place, `the archive unpacks to more than ${MOST_ALL} bytes`);
    this.#left -= entry.uncompressedSize;
    try {
      return await contentOf(await this.#zip.openReadStreamPromise(entry), entry.uncompressedSize);
    } catch (error) {
      throw asInputError(error, place);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#zip.close();
  }
}

/** The stream ends with an error where there is more or less than it should be. */
async function contentOf(stream: Readable, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read > length) throw new Error(`unpacks to more than its ${length} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, read);
}

/** What is wrong with a file is told; what is wrong with the disk is not its fault. */
function asInputError(error: unknown, name: string): unknown {
  if (error instanceof InputError || (error as NodeJS.ErrnoException).syscall !== undefined) return error;
  return new InputError(name, `cannot be read as a zip archive: ${messageOf(error)}`, { cause: error });
}
