/**
 * What is in the spool, by its manifest: read once, then followed as it grows. Holds a few hundred bytes for each file, and nothing of files that are gone.
 */
import { join } from 'node:path';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import { openDigest } from '../harvest/digest.ts';
import { readManifest } from '../harvest/manifest.ts';
import { LineBody, type LineOf, type ManifestLine, NOTHING_BEFORE } from '../harvest/manifest-line.ts';
import type { LinePlace } from '../harvest/memory.ts';
import { Words } from '../harvest/words.ts';

export interface SpoolFile {
  readonly sha256: string;
  /** In the spool. */
  readonly key: string;
  readonly bytes: number;
  readonly track: string;
  /** UTC ms of its first picture; undefined when it is not known. */
  readonly start: number | undefined;
  /** 0 when it is not known. */
  readonly seconds: number;
  /** When it was stored, UTC ms. */
  readonly at: number;
  readonly role: LineOf<'file'>['role'];
  readonly complete: boolean;
  readonly encrypted: boolean;
  /** By its name: `2026-03-01T17:03:05`. */
  readonly local: string | null;
  /** `recent`, `saved`, … of where it was seen first. */
  readonly ring: string;
  /** Its name on the drive. */
  readonly name: string;
}

/** Who follows the manifest as well. */
export interface LineListener {
  /** @param line undefined: of a kind that this version does not know */
  add(line: ManifestLine | undefined, place: LinePlace): void;
  /** Nothing of an event is here any more. */
  forgotten(event: string): void;
  /** The manifest was cut off: all lines come again. */
  reset(): void;
}

export interface SpoolOptions {
  readonly root: string;
  readonly source: string;
  readonly disk?: Disk;
}

export class SpoolIndex {
  readonly root: string;
  readonly #disk: Disk;
  readonly #source: string;
  readonly #path: string;
  readonly #files = new Map<string, SpoolFile>();
  readonly #events = new Map<string, LineOf<'event'>>();
  /** Event → SHA-256 of what belongs to it; of clips of other minutes too, where its own are lost. */
  readonly #members = new Map<string, Set<string>>();
  readonly #words = new Words();
  #head = NOTHING_BEFORE;
  #at = 0;
  #lines = 0;
  #bytes = 0;
  #broken: string | undefined;
  #reading: Promise<number> = Promise.resolve(0);
  readonly #listeners: LineListener[] = [];

  constructor({ root, source, disk = systemDisk }: SpoolOptions) {
    this.root = root;
    this.#disk = disk;
    this.#source = source;
    this.#path = join(root, source, MANIFEST);
  }

  get files(): ReadonlyMap<string, SpoolFile> {
    return this.#files;
  }

  get events(): ReadonlyMap<string, LineOf<'event'>> {
    return this.#events;
  }

  /** Of all files, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the manifest. */
  get lines(): number {
    return this.#lines;
  }

  /** Why the manifest cannot be followed any further. */
  get broken(): string | undefined {
    return this.#broken;
  }

  /** Before the first refresh: it is told every line. */
  listen(listener: LineListener): void {
    this.#listeners.push(listener);
  }

  /** A line as it stands there; undefined when it is not there any more. */
  async lineAt({ offset, length }: LinePlace): Promise<ManifestLine | undefined> {
    const file = await this.#disk.openRead(this.#path);
    try {
      const bytes = Buffer.from(await file.read(offset, length));
      return bytes.length < length ? undefined : LineBody.safeParse(JSON.parse(bytes.toString('utf8'))).data;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    } finally {
      await file.close();
    }
  }

  /** What belongs to an event and is there. */
  members(event: string): SpoolFile[] {
    return [...(this.#members.get(event) ?? [])].flatMap((sha256) => this.#files.get(sha256) ?? []);
  }

  /** Reads what has been appended. @returns lines */
  refresh(): Promise<number> {
    // One after the other, whoever asks; a failure is the one's who asked.
    this.#reading = this.#reading.then(
      () => this.#read(),
      () => this.#read(),
    );
    return this.#reading;
  }

  /** Reads all of it once more, for its listeners. */
  async again(): Promise<void> {
    this.#reset();
    await this.refresh();
  }

  /** Forgets what is not there any more. @returns files */
  async sweep(): Promise<number> {
    let gone = 0;
    for (const file of [...this.#files.values()]) {
      if (await this.#disk.stat(join(this.root, file.key))) continue;
      this.forget(file.sha256);
      gone += 1;
    }
    return gone;
  }

  forget(sha256: string): void {
    const file = this.#files.get(sha256);
    if (!file || !this.#files.delete(sha256)) return;
    this.#bytes -= file.bytes;
    for (const [event, members] of this.#members)
      if (members.delete(sha256) && members.size === 0) {
        this.#members.delete(event);
        this.#events.delete(event);
        for (const listener of this.#listeners) listener.forgotten(event);
      }
  }

  async #read(): Promise<number> {
    const stat = await this.#disk.stat(this.#path);
    if (!stat) return 0;
    // Cut off by whoever recovers a broken harvest: what is in memory may not be there any more.
    if (stat.size < this.#at) this.#reset();
    if (stat.size === this.#at || this.#broken !== undefined) return 0;
    if (this.#at === 0) await this.#begin();
    const before = this.#lines;
    const from = { head: this.#head, bytes: this.#at, lines: this.#lines };
    const read = await readManifest(
      this.#disk,
      this.#path,
      (line, _hash, end) => {
        this.#take(line, { number: this.#lines + 1, offset: this.#at, length: end - this.#at - 1 });
        [this.#lines, this.#at] = [this.#lines + 1, end];
      },
      { from },
    );
    this.#head = read.head;
    if (read.broken) this.#broken = `line ${read.broken.line}: ${read.broken.reason}`;
    return this.#lines - before;
  }

  /** With what the digest says of the lines before its end, where there is one. */
  async #begin(): Promise<void> {
    const digest = await openDigest({ disk: this.#disk, root: this.root, source: this.#source });
    await digest?.memories((memory) => {
      if (memory.kind === 'line' && !memory.quiet) this.#take(memory.line, memory.place);
    });
    if (digest) ({ head: this.#head, bytes: this.#at, lines: this.#lines } = digest.end);
  }

  #take(line: ManifestLine | undefined, place: LinePlace): void {
    if (line) this.#add(line);
    for (const listener of this.#listeners) listener.add(line, place);
  }

  #add(line: ManifestLine): void {
    switch (line.kind) {
      case 'file': {
        if (!this.#files.has(line.sha256)) this.#bytes += line.bytes;
        this.#files.set(line.sha256, fileOf(line, this.#words));
        this.#belongs(line.event, line.sha256);
        return;
      }
      case 'copy':
        // Of what is gone nothing is held.
        if (this.#files.has(line.sha256)) this.#belongs(line.event, line.sha256);
        return;
      case 'event':
        this.#events.set(line.event, line);
        return;
      case 'fill':
        for (const sha256 of line.clips) this.#belongs(line.event, sha256);
        return;
      case 'deleted':
        for (const sha256 of line.files) this.forget(sha256);
        return;
      case 'manifest':
      case 'dropped':
      case 'decrypted':
      case 'harvest':
        return;
      default:
        line satisfies never;
    }
  }

  #belongs(event: string | null, sha256: string): void {
    if (event === null) return;
    const members = this.#members.get(event) ?? new Set();
    members.add(sha256);
    this.#members.set(event, members);
  }

  #reset(): void {
    for (const map of [this.#files, this.#events, this.#members]) map.clear();
    [this.#head, this.#at, this.#lines, this.#bytes, this.#broken] = [NOTHING_BEFORE, 0, 0, 0, undefined];
    for (const listener of this.#listeners) listener.reset();
  }
}

function fileOf(line: LineOf<'file'>, words: Words): SpoolFile {
  return {
    sha256: line.sha256,
    key: line.key,
    bytes: line.bytes,
    track: words.of(line.track),
    start: line.start === null ? undefined : Date.parse(line.start),
    seconds: line.seconds ?? 0,
    at: Date.parse(line.at),
    role: line.role,
    complete: line.complete,
    encrypted: line.encrypted,
    local: line.local,
    ring: words.of(line.ring),
    name: line.from.path.slice(line.from.path.lastIndexOf('/') + 1),
  };
}
