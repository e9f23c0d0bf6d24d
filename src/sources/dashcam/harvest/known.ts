/**
 * What a manifest says, in memory: which contents are stored, and where each came from.
 */
import { createHash } from 'node:crypto';
import type { TimedClip } from './clip-time.ts';
import type { LineOf, ManifestLine } from './manifest-line.ts';

/** A stored file, as far as later harvests need it. */
export interface StoredFile {
  readonly key: string;
  readonly bytes: number;
  readonly track: string;
  /** UTC ms; undefined when it is not known. */
  readonly start: number | undefined;
  /** Seconds; 0 when it is not known. */
  readonly seconds: number;
  readonly isClip: boolean;
  readonly complete: boolean;
}

/** A file that was stored, and was deleted on purpose. */
export interface DeletedFile {
  readonly key: string;
  readonly bytes: number;
}

export class Known {
  /** SHA-256 → file. */
  readonly files = new Map<string, StoredFile>();
  /** Encrypted files that are stored, and nothing of what is in them: SHA-256 → its line. */
  readonly closed = new Map<string, LineOf<'file'>>();
  /** SHA-256 of encrypted files → that of what was in them. */
  readonly plainOf = new Map<string, string>();
  /** SHA-256 → file that is deleted now. */
  readonly deleted = new Map<string, DeletedFile>();
  /** Event → what the newest line says of it. */
  readonly events = new Map<string, LineOf<'event'>>();
  /** Event → SHA-256 of its files. */
  readonly filesOf = new Map<string, Set<string>>();
  readonly fills = new Map<string, readonly string[]>();
  /** Clips whose name and video both tell the time. */
  readonly timed: TimedClip[] = [];
  /** SHA-256 of files by length and name: what may have the same contents. */
  readonly #alike = new Map<string, string>();
  /** What came from where: SHA-256, or empty when it was dropped. */
  readonly #origins = new Map<string, string>();
  lines = 0;

  add(line: ManifestLine | undefined): void {
    this.lines += 1;
    if (!line) return;
    switch (line.kind) {
      case 'file':
        this.#file(line);
        return;
      case 'copy':
        this.#copy(line);
        if (line.role === 'clip') this.#belongs(line.event, line.sha256);
        return;
      case 'event':
        this.events.set(line.event, line);
        return;
      case 'fill':
        this.fills.set(line.event, line.clips);
        return;
      case 'decrypted':
        this.plainOf.set(line.sha256, line.plain);
        this.closed.delete(line.sha256);
        return;
      case 'deleted':
        for (const sha256 of line.files) this.#delete(sha256);
        return;
      case 'dropped':
        this.#origin(line.from, line.bytes, '');
        return;
      case 'manifest':
      case 'harvest':
        return;
      default:
        line satisfies never;
    }
  }

  /** SHA-256 of what was taken from there, as it is now; empty when it was left out by rule; undefined when it is new. */
  takenFrom(from: { readonly path: string; readonly print: string }, bytes: number): string | undefined {
    return from.print === '' ? undefined : this.#origins.get(originId(from, bytes));
  }

  /**
   * Whether contents were deleted and stay so: what the car has kept in another event since, for a new reason, is wanted again.
   * @param event that it comes in now
   */
  staysDeleted(sha256: string, event: string | null): boolean {
    if (!this.deleted.has(sha256)) return false;
    return event === null || this.filesOf.get(event)?.has(sha256) === true;
  }

  /** SHA-256 of a file that may have the same contents. */
  like(bytes: number, path: string): string | undefined {
    return this.#alike.get(alike(bytes, path));
  }

  #file(line: LineOf<'file'>): void {
    const start = line.start === null ? undefined : Date.parse(line.start);
    this.files.set(line.sha256, {
      key: line.key,
      bytes: line.bytes,
      track: line.track,
      start,
      seconds: line.seconds ?? 0,
      isClip: line.role === 'clip',
      complete: line.complete,
    });
    this.deleted.delete(line.sha256);
    if (line.encrypted && !this.plainOf.has(line.sha256)) this.closed.set(line.sha256, line);
    this.#alike.set(alike(line.bytes, line.from.path), line.sha256);
    this.#origin(line.from, line.bytes, line.sha256);
    this.#belongs(line.event, line.sha256);
    if (line.role !== 'clip') return;
    if (line.startBy === 'video' && start !== undefined && line.local !== null)
      this.timed.push({ local: Date.parse(`${line.local}Z`), utc: start });
  }

  #copy(line: LineOf<'copy'>): void {
    const bytes = (this.files.get(line.sha256) ?? this.deleted.get(line.sha256))?.bytes ?? 0;
    this.#origin(line.from, bytes, line.sha256);
    this.#alike.set(alike(bytes, line.from.path), line.sha256);
    this.#belongs(line.event, line.sha256);
  }

  #delete(sha256: string): void {
    const file = this.files.get(sha256);
    if (!file) return;
    this.files.delete(sha256);
    this.closed.delete(sha256);
    this.deleted.set(sha256, { key: file.key, bytes: file.bytes });
  }

  #belongs(event: string | null, sha256: string): void {
    if (event === null) return;
    const files = this.filesOf.get(event) ?? new Set();
    files.add(sha256);
    this.filesOf.set(event, files);
  }

  #origin(from: LineOf<'file'>['from'], bytes: number, sha256: string): void {
    if (from.print !== '') this.#origins.set(originId(from, bytes), sha256);
  }
}

const alike = (bytes: number, path: string): string => `${bytes}/${path.slice(path.lastIndexOf('/') + 1)}`;

/** Short, because there may be many. */
function originId({ path, print }: { readonly path: string; readonly print: string }, bytes: number): string {
  return createHash('sha256').update(`${path}\0${bytes}\0${print}`).digest('base64url').slice(0, 22);
}
