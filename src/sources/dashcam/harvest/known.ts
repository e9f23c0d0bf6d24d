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

export class Known {
  /** SHA-256 → file. */
  readonly files = new Map<string, StoredFile>();
  /** Event → what the newest line says of it. */
  readonly events = new Map<string, LineOf<'event'>>();
  /** Event → SHA-256 of its clips. */
  readonly clipsOf = new Map<string, Set<string>>();
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
        this.#origin(line.from, this.files.get(line.sha256)?.bytes ?? 0, line.sha256);
        this.#alike.set(alike(this.files.get(line.sha256)?.bytes ?? 0, line.from.path), line.sha256);
        if (line.role === 'clip') this.#belongs(line.event, line.sha256);
        return;
      case 'event':
        this.events.set(line.event, line);
        return;
      case 'fill':
        this.fills.set(line.event, line.clips);
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
    this.#alike.set(alike(line.bytes, line.from.path), line.sha256);
    this.#origin(line.from, line.bytes, line.sha256);
    if (line.role !== 'clip') return;
    this.#belongs(line.event, line.sha256);
    if (line.startBy === 'video' && start !== undefined && line.local !== null)
      this.timed.push({ local: Date.parse(`${line.local}Z`), utc: start });
  }

  #belongs(event: string | null, sha256: string): void {
    if (event === null) return;
    const clips = this.clipsOf.get(event) ?? new Set();
    clips.add(sha256);
    this.clipsOf.set(event, clips);
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
