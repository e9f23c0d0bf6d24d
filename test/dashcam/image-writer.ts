/** Writes into a sparse file anywhere: what a test image is made with, and damaged. */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

export class ImageWriter implements Disposable {
  readonly path: string;
  readonly #file: number;

  /** A new file of `bytes` zeros; without a length an existing one. */
  constructor(path: string, bytes?: number) {
    this.path = path;
    this.#file = openSync(path, bytes === undefined ? 'r+' : 'w+');
    if (bytes !== undefined) ftruncateSync(this.#file, bytes);
  }

  put(offset: number, bytes: Uint8Array): void {
    writeSync(this.#file, bytes, 0, bytes.length, offset);
  }

  get(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, offset);
    return bytes;
  }

  putU32(offset: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    this.put(offset, bytes);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** A file or folder of a test image, with everything that a damage has to know of it. */
export interface ImageItem {
  readonly path: string;
  readonly bytes: number;
  readonly clusters: readonly number[];
  /** Bytes in the image of its directory slots, in their order; the last one of FAT32 is the short entry. */
  readonly slots: readonly number[];
}

/** What tests need of either file system. */
export interface TestImage extends Disposable {
  readonly kind: 'fat32' | 'exfat';
  readonly writer: ImageWriter;
  readonly clusterBytes: number;
  readonly items: ReadonlyMap<string, ImageItem>;
  folder(path: string): void;
  /** @param clusters where it lies; by default the next free ones */
  file(path: string, bytes: Uint8Array, clusters?: readonly number[]): void;
  /** An entry for a file whose contents are not written: its clusters stay as they are. */
  sparse(path: string, bytes: number, clusters: readonly number[]): void;
  /** Makes clusters that nothing else will get. */
  reserve(count: number): number[];
  placeOf(cluster: number): number;
  item(path: string): ImageItem;
}

export const DOS_DATE = ((2026 - 1980) << 9) | (3 << 5) | 1;
export const DOS_TIME = (17 << 11) | (5 << 5);
