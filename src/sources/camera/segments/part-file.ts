/**
 * One open segment on the disk: a head, fragments, and at last the index. Every step may fail and be tried again:
 * what a failed write has left behind is cut off first.
 */
import { createHash, type Hash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { type Disk, type DiskFile, diskErrorCode } from '../../../blobs/disk.ts';
import { type FragmentSpec, fragmentPieces } from '../../../media/mp4/fragment.ts';
import { type FragmentEntry, type FragmentTable, indexBox } from '../../../media/mp4/fragment-table.ts';
import { Gone } from './gone.ts';

/** What a segment's end says of it. */
export type PartEnd = Pick<FragmentTable, 'ended' | 'durationTicks' | 'stretchMs'>;

export class PartFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #hash: Hash = createHash('sha256');
  readonly #fragments: FragmentEntry[] = [];
  #bytes = 0;
  #frames = 0;
  /** A write has failed: there may be more in the file than `#bytes`. */
  #torn = false;
  /** The folder that names this file is synced. */
  #named = false;
  #indexed = false;

  private constructor(disk: Disk, path: string, file: DiskFile) {
    this.#disk = disk;
    this.path = path;
    this.#file = file;
  }

  /** Makes the file and writes its head. When that fails nothing of it stays, as far as the disk lets us. */
  static async create(disk: Disk, path: string, head: Uint8Array): Promise<PartFile> {
    const file = await disk.openAppend(path, 'new');
    const part = new PartFile(disk, path, file);
    try {
      await part.#write([head]);
    } catch (error) {
      await Promise.allSettled([file.close(), disk.unlink(path)]);
      throw error;
    }
    return part;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get frames(): number {
    return this.#frames;
  }

  get fragments(): readonly FragmentEntry[] {
    return this.#fragments;
  }

  /** Where the media of the last fragment ends, in ticks after the first picture. */
  get durationTicks(): number {
    const last = this.#fragments.at(-1);
    return last ? last.time + last.durationTicks : 0;
  }

  /** Appends a fragment. One without an entry is sound that belongs to the fragment before it. */
  async append(spec: FragmentSpec, entry: Omit<FragmentEntry, 'offset' | 'bytes'> | undefined): Promise<void> {
    const offset = this.#bytes;
    await this.#write(fragmentPieces(spec));
    const bytes = this.#bytes - offset;
    if (entry) {
      this.#fragments.push({ ...entry, offset, bytes });
      this.#frames += entry.frames;
      return;
    }
    const last = this.#fragments.pop();
    if (last) this.#fragments.push({ ...last, bytes: last.bytes + bytes });
  }

  /** What was written outlives a power loss afterwards. */
  async sync(): Promise<void> {
    await this.#file.datasync();
    if (this.#named) return;
    try {
      await this.#disk.syncFolder(dirname(this.path));
    } catch (cause) {
      throw diskErrorCode(cause) === 'ENOENT' && (await this.#isRemoved())
        ? new Gone(basename(this.path), { cause })
        : cause;
    }
    this.#named = true;
  }

  /** Writes the index and syncs. May be called again when it failed. @returns the SHA-256 of the whole file, in hex. */
  async finish(end: PartEnd): Promise<string> {
    if (!this.#indexed) await this.#write([indexBox({ ...end, frames: this.#frames, fragments: this.#fragments })]);
    this.#indexed = true;
    await this.sync();
    return this.#hash.copy().digest('hex');
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** It and its folder were taken away, and not the whole volume. */
  async #isRemoved(): Promise<boolean> {
    const spool = dirname(dirname(dirname(dirname(this.path))));
    return (await this.#disk.stat(this.path)) === undefined && (await this.#disk.stat(spool)) !== undefined;
  }

  /** @throws Gone */
  async #cut(): Promise<void> {
    try {
      await this.#disk.truncate(this.path, this.#bytes);
    } catch (cause) {
      throw diskErrorCode(cause) === 'ENOENT' ? new Gone(basename(this.path), { cause }) : cause;
    }
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    if (this.#torn) {
      await this.#cut();
      this.#torn = false;
    }
    try {
      await this.#file.writev(pieces);
    } catch (error) {
      this.#torn = true;
      throw error;
    }
    for (const piece of pieces) {
      this.#hash.update(piece);
      this.#bytes += piece.length;
    }
  }
}
