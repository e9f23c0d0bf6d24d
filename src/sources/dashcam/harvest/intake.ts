/**
 * Takes files in: copied, made durable, read back and compared, and only then recorded.
 */
import { createHash, randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../../base/errors.ts';
import type { Disk } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import { Folders } from '../../../blobs/folders.ts';
import { type RandomReader, readInto } from '../../../media/mp4/random-reader.ts';
import { hashOfReader } from '../volume/hash-of-reader.ts';
import { type BatchPlace, commit, INTAKE, linkOrRename, recover } from './batch.ts';
import type { DeletionReason } from './deletion.ts';
import { type Digest, openDigest, writeDigest } from './digest.ts';
import { type Held, Known } from './known.ts';
import { readManifest } from './manifest.ts';
import type { ManifestLine } from './manifest-line.ts';
import { Unreadable } from './unreadable.ts';

const BLOCK = 1 << 20;
/** A batch ends when it has so many lines or bytes, or is so old: what a crash costs is to be read again, nothing more. */
const MOST_LINES = 64;
const MOST_BYTES = 512 << 20;
const MOST_MS = 10_000;
/** Files of one line `deleted`. */
const MOST_REMOVED = 1000;

/** A copy in the intake folder, the same as its source, byte by byte. */
export interface Copied {
  readonly part: string;
  readonly sha256: string;
}

export interface IntakeOptions {
  readonly disk: Disk;
  /** The library; it is there. */
  readonly root: string;
  /** Folder of the source. */
  readonly source: string;
  /** Identity of the library. */
  readonly library: string;
  /** UTC, for the manifest. */
  readonly now: () => Date;
  /** Take also what was deleted from the library on purpose. */
  readonly again: boolean;
  /** Lines of a batch; 64 by default. */
  readonly batch?: number;
  /** Bytes of each of the four blocks that files are copied by; 1 MiB by default. */
  readonly block?: number;
  /** Called with lines as soon as they are durable. */
  readonly recorded?: (lines: readonly ManifestLine[]) => void;
  /** Remember only what is stored, or what drives still hold, and begin with a digest: neither memory nor the start grows with the years. */
  readonly remember?: {
    /** What drives hold now. */
    readonly census: () => Promise<Held>;
    /** Lines between two digests; 2000 by default. */
    readonly every?: number;
  };
}

const DIGEST_EVERY = 2000;
/** A manifest that is smaller than this is read without asking what drives hold, bytes. */
const SMALL = 4 << 20;
/** Contents that are gone, and places on drives: more than a drive has room for. */
const MOST_REMEMBERED = 32_768;

export class Intake {
  readonly known: Known;
  /** Files of a harvest before this one that had not got their names. */
  readonly recovered: number;
  readonly #options: IntakeOptions;
  readonly #place: BatchPlace;
  #end: { readonly head: string; readonly bytes: number };
  #files: { readonly part: string; readonly key: string }[] = [];
  #lines: ManifestLine[] = [];
  #bytes = 0;
  #since = 0;
  /** Two for copying in turn, two for comparing: a file is copied while the one before it is compared. */
  readonly #blocks: readonly Buffer[];
  #failed = false;
  #digest: Digest | undefined;

  private constructor(
    options: IntakeOptions,
    place: BatchPlace,
    known: Known,
    end: { readonly head: string; readonly bytes: number },
    recovered: number,
    digest: Digest | undefined,
  ) {
    this.#digest = digest;
    this.#blocks = Array.from({ length: 4 }, () => Buffer.allocUnsafeSlow(options.block ?? BLOCK));
    this.#options = options;
    this.#place = place;
    this.known = known;
    this.#end = end;
    this.recovered = recovered;
  }

  /**
   * Finishes what a crash has left, and reads the manifest. The caller holds the source's lock.
   * @throws InputError when the manifest is damaged: nothing is added to such a one
   */
  static async open(options: IntakeOptions, signal?: AbortSignal): Promise<Intake> {
    const { disk, root, source, remember } = options;
    const place: BatchPlace = { disk, folders: new Folders(disk, root), root, source };
    await place.folders.ensure(join(root, source, INTAKE));
    const digest = remember ? await openDigest(place) : undefined;
    const recovered = await recover(place, digest?.end);
    const known = new Known(remember ? { most: MOST_REMEMBERED } : {});
    await digest?.memories((memory) => known.restore(memory));
    known.lines = digest?.end.lines ?? 0;
    const path = join(root, source, MANIFEST);
    const ahead = ((await disk.stat(path))?.size ?? 0) - (digest?.end.bytes ?? 0);
    const held = remember && ahead > SMALL ? await remember.census() : undefined;
    const read = await readManifest(
      disk,
      path,
      (line) => {
        known.add(line);
        if (held && known.lines % DIGEST_EVERY === 0) known.forget(held);
      },
      { ...(signal ? { signal } : {}), ...(digest ? { from: digest.end } : {}) },
    );
    if (read.broken)
      throw new InputError(MANIFEST, `line ${read.broken.line} breaks the chain: ${read.broken.reason}`, {
        offset: read.bytes,
      });
    // Without the list of its batch a torn line is not ours to explain, and holds no whole record.
    if (read.torn > 0) await disk.truncate(path, read.bytes);
    const intake = new Intake(options, place, known, read, recovered, digest);
    if (read.lines === 0)
      intake.record({
        kind: 'manifest',
        version: 1,
        library: options.library,
        source,
        at: options.now().toISOString(),
      });
    return intake;
  }

  /** Bytes of the manifest, as far as it is written. */
  get bytes(): number {
    return this.#end.bytes;
  }

  /** Hash of the manifest's last line, and how many lines there are. */
  get head(): { readonly hash: string; readonly lines: number } {
    return { hash: this.#end.head, lines: this.known.lines };
  }

  /**
   * Copies a file into the intake folder. @param report bytes so far
   * @throws Unreadable when the source ends early, or the copy is not the same
   */
  async copy(
    reader: RandomReader,
    signal?: AbortSignal,
    report?: (bytes: number) => void,
  ): Promise<() => Promise<Copied>> {
    const { disk } = this.#options;
    const part = `${randomUUID()}.part`;
    const path = this.#path(part);
    const file = await disk.openAppend(path, 'new');
    try {
      let writing: Promise<void> = Promise.resolve();
      for (let at = 0, turn = 0; at < reader.size; turn ^= 1) {
        signal?.throwIfAborted();
        const block = this.#block(turn, reader.size - at);
        const bytes = await readInto(reader, block, at).catch(async (error: unknown) => {
          await writing;
          throw error;
        });
        await writing;
        if (bytes === 0) throw new Unreadable(reader.name, 'it ends early', { offset: at });
        writing = file.writev([block.subarray(0, bytes)]);
        // Awaited above or below; until then nobody may call it unhandled.
        writing.catch(() => undefined);
        at += bytes;
        report?.(at);
      }
      await writing;
    } catch (error) {
      await file.close();
      await this.discard(part);
      throw error;
    }
    return async () => {
      try {
        await file.datasync();
      } finally {
        await file.close();
      }
      return { part, sha256: await this.#readBack(part, reader) };
    };
  }

  /**
   * Takes a file that lies on the library's file system already, such as one that was sent: made durable, and read back for its hash. The file keeps
   * its own name too until the caller removes it.
   * @param path of the file. @throws Unreadable when it is not what it should be
   */
  async adopt(path: string, expected: string, signal?: AbortSignal): Promise<Copied> {
    const { disk } = this.#options;
    const file = await disk.openAppend(path, 'existing');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    const sha256 = await hashOf(disk, path, signal);
    if (sha256 !== expected) throw new Unreadable(basename(path), 'its contents are others than were announced');
    const part = `${randomUUID()}.part`;
    await linkOrRename(disk, path, this.#path(part));
    return { part, sha256 };
  }

  /** A copy that is not needed. */
  async discard(part: string): Promise<void> {
    await this.#options.disk.unlink(this.#path(part));
  }

  /**
   * Whether a name of the library is free for these contents. `same`: a file that nobody has recorded has it, and the same contents.
   */
  async nameState(key: string, sha256: string): Promise<'free' | 'same' | 'taken'> {
    const { disk, root } = this.#options;
    if (this.#files.some((file) => file.key === key)) return 'taken';
    const path = join(root, key);
    if (!(await disk.stat(path))) return 'free';
    if ((await hashOf(disk, path)) !== sha256) return 'taken';
    const file = await disk.openAppend(path, 'existing');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    await disk.syncFolder(dirname(path));
    return 'same';
  }

  /** Whether what the manifest calls stored is still there, by its length. */
  async isThere(sha256: string): Promise<boolean> {
    const file = this.known.files.get(sha256);
    if (!file) return false;
    if (this.#files.some(({ key }) => key === file.key)) return true;
    return (await this.#options.disk.stat(join(this.#options.root, file.key)))?.size === file.bytes;
  }

  /** Whether contents are neither stored nor deleted for good. @param event that they come in now */
  async needs(sha256: string, event: string | null): Promise<boolean> {
    if (!this.#options.again && this.known.staysDeleted(sha256, event)) return false;
    return !(await this.isThere(sha256));
  }

  /** Adds to the batch. @param part undefined when the file has its name already */
  store(line: ManifestLine & { kind: 'file' }, part: string | undefined): void {
    if (part !== undefined) this.#files.push({ part, key: line.key });
    this.#bytes += line.bytes;
    this.record(line);
  }

  record(line: ManifestLine): void {
    if (this.#lines.length === 0) this.#since = performance.now();
    this.#lines.push(line);
    this.known.add(line);
  }

  /** Carries the batch out when it is large or old enough. @param now it is, whatever it holds */
  async flush(now = false): Promise<void> {
    if (this.#lines.length === 0 || this.#failed) return;
    const due =
      now ||
      this.#lines.length >= (this.#options.batch ?? MOST_LINES) ||
      this.#bytes >= MOST_BYTES ||
      performance.now() - this.#since > MOST_MS;
    if (!due) return;
    const batch = { files: this.#files, lines: this.#lines };
    [this.#files, this.#lines, this.#bytes] = [[], [], 0];
    // Until it is through nothing may follow: its list may be there already, and the next harvest carries it out.
    this.#failed = true;
    this.#end = await commit(this.#place, this.#end, batch);
    this.#failed = false;
    this.#options.recorded?.(batch.lines);
  }

  /**
   * Takes files out of the library on purpose: recorded first, durably. What is not stored is passed over.
   * @returns how many are gone
   */
  async remove(sha256s: readonly string[], why: DeletionReason): Promise<number> {
    await this.flush(true);
    if (this.#failed) return 0;
    const there = sha256s.filter((sha256) => this.known.files.has(sha256));
    for (let at = 0; at < there.length; at += MOST_REMOVED) {
      const files = there.slice(at, at + MOST_REMOVED);
      const line: ManifestLine = { kind: 'deleted', at: this.#options.now().toISOString(), why, files };
      const removes = files.flatMap((sha256) => this.known.files.get(sha256)?.key ?? []);
      this.#failed = true;
      this.#end = await commit(this.#place, this.#end, { files: [], lines: [line], removes });
      this.#failed = false;
      this.known.add(line);
      this.#options.recorded?.([line]);
    }
    return there.length;
  }

  /** Whether so much was recorded since the last digest that it is time for the next. */
  get digestDue(): boolean {
    const { remember } = this.#options;
    const since = this.known.lines - (this.#digest?.end.lines ?? 0);
    return remember !== undefined && since >= (remember.every ?? DIGEST_EVERY);
  }

  /** Forgets what is neither stored nor on a drive, and makes the next start begin here. Nothing depends on it. */
  async digest(): Promise<void> {
    const { remember } = this.#options;
    await this.flush(true);
    if (!remember || this.#failed) return;
    this.known.forget(await remember.census());
    await writeDigest(this.#place, this.known, this.#digest);
    this.#digest = await openDigest(this.#place);
  }

  /** A batch has failed: nothing more is taken, until the source is opened anew. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Against the source, which is read once more: what was copied is what is there. */
  async #readBack(part: string, reader: RandomReader): Promise<string> {
    const hash = createHash('sha256');
    const file = await this.#options.disk.openRead(this.#path(part));
    let same = file.size === reader.size;
    try {
      for (let at = 0; same && at < reader.size; ) {
        const [mine, theirs] = [this.#block(2, reader.size - at), this.#block(3, reader.size - at)];
        const [bytes] = await Promise.all([readInto(file, mine, at), readInto(reader, theirs, at)]);
        same = bytes === mine.length && mine.equals(theirs);
        hash.update(mine);
        at += mine.length;
      }
    } finally {
      await file.close();
    }
    if (same) return hash.digest('hex');
    await this.discard(part);
    throw new Unreadable(reader.name, 'its copy in the library is not the same when it is read back');
  }

  #block(index: number, left: number): Buffer {
    const block = this.#blocks[index] ?? Buffer.allocUnsafeSlow(BLOCK);
    return block.subarray(0, Math.min(block.length, left));
  }

  #path(part: string): string {
    return join(this.#options.root, this.#options.source, INTAKE, basename(part));
  }
}

/** Of the library's disk nothing below this is used, bytes. */
const SPARE = 64 << 20;

/** @param room bytes that are free @param bytes that are wanted */
export async function hasRoom(room: () => Promise<number>, bytes: number): Promise<boolean> {
  return (await room()) >= bytes + SPARE;
}

/** @returns hex */
export async function hashOf(disk: Disk, path: string, signal?: AbortSignal, block?: Buffer): Promise<string> {
  const file = await disk.openRead(path);
  try {
    return await hashOfReader(file, signal, block);
  } finally {
    await file.close();
  }
}
