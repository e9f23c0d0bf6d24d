/**
 * What a manifest says, in memory: which contents are stored, where each came from, and what is gone. What nothing can ask for any more is forgotten when
 * the caller says what drives still hold; who never says it keeps all of it.
 */
import type { TimedClip } from './clip-time.ts';
import { Gone } from './gone.ts';
import type { LineOf, ManifestLine } from './manifest-line.ts';
import type { Memory } from './memory.ts';
import { originId } from './origin-id.ts';
import { Words } from './words.ts';

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
  /** By its name; undefined unless its video tells UTC as well. */
  readonly local: number | undefined;
  /** Number of its line. */
  readonly line: number;
}

/** What drives hold now. */
export interface Held {
  /** @param drive its name. @param id of a file on it, see `originId` */
  has(drive: string, id: string): boolean;
  /** @param event `sentry/2026-03-01_17-02-44` */
  shows(event: string): boolean;
}

/** Of who asks only for what is stored. */
export const NOTHING_HELD: Held = { has: () => false, shows: () => false };

interface Told<Kind extends 'event' | 'fill'> {
  readonly line: LineOf<Kind>;
  readonly number: number;
}

/** Where contents were found; without a drive they are known by themselves, wherever they are. */
interface Found {
  /** Empty when they were left out by rule. */
  readonly sha256: string;
  readonly drive: string | null;
}

export interface KnownLimits {
  /** Contents that are gone, and places on drives, beyond which the oldest are forgotten. */
  readonly most?: number;
}

export class Known {
  /** SHA-256 → file. */
  readonly files = new Map<string, StoredFile>();
  /** Encrypted files that are stored, and nothing of what is in them: SHA-256 → its line. */
  readonly closed = new Map<string, LineOf<'file'>>();
  /** SHA-256 of encrypted files → that of what was in them. */
  readonly plainOf = new Map<string, string>();
  /** What was deleted, and is not stored now. */
  readonly gone: Gone;
  /** Event → SHA-256 of its files. */
  readonly filesOf = new Map<string, Set<string>>();
  readonly #events = new Map<string, Told<'event'>>();
  readonly #fills = new Map<string, Told<'fill'>>();
  /** SHA-256 of files by length and name: what may have the same contents. */
  readonly #alike = new Map<number, string>();
  /** What came from where. */
  readonly #origins = new Map<string, Found>();
  readonly #words = new Words();
  readonly #most: number;
  lines = 0;

  constructor({ most = Number.POSITIVE_INFINITY }: KnownLimits = {}) {
    this.#most = most;
    this.gone = new Gone(most);
  }

  /** Event → what the newest line says of it. */
  event(name: string): LineOf<'event'> | undefined {
    return this.#events.get(name)?.line;
  }

  *events(): Generator<LineOf<'event'>> {
    for (const { line } of this.#events.values()) yield line;
  }

  /** Event → SHA-256 of clips that show what it has lost. */
  fill(event: string): readonly string[] {
    return this.#fills.get(event)?.line.clips ?? [];
  }

  *fills(): Generator<LineOf<'fill'>> {
    for (const { line } of this.#fills.values()) yield line;
  }

  /** Clips whose name and video both tell the time, of those that are stored. */
  get timed(): readonly TimedClip[] {
    const clips: TimedClip[] = [];
    for (const { local, start } of this.files.values())
      if (local !== undefined && start !== undefined) clips.push({ local, utc: start });
    return clips;
  }

  /** The next line of the manifest. */
  add(line: ManifestLine | undefined): void {
    this.lines += 1;
    if (line) this.#add(line, this.lines);
  }

  /** What an earlier process remembered. */
  restore(memory: Memory): void {
    switch (memory.kind) {
      case 'line':
        this.#add(memory.line, memory.place.number);
        return;
      case 'gone':
        for (const [sha256, bytes] of memory.files) this.gone.add(sha256, bytes);
        return;
      case 'origins':
        for (const [id, sha256, drive] of memory.places)
          this.#origins.set(id, { sha256, drive: drive === null ? null : this.#words.of(drive) });
        return;
      case 'members':
        for (const sha256 of memory.files) this.#belongs(memory.event, sha256);
        return;
      case 'plain':
        this.plainOf.set(memory.sealed, memory.plain);
        return;
      default:
        memory satisfies never;
    }
  }

  /**
   * What a line of the manifest still says. `shown`: something of what is stored; `quiet`: something of what drives hold and the library does not;
   * undefined: nothing.
   * @param number of the line
   */
  weightOf(line: ManifestLine, number: number): 'shown' | 'quiet' | undefined {
    const shown = (is: boolean): 'shown' | undefined => (is ? 'shown' : undefined);
    switch (line.kind) {
      case 'manifest':
        return 'shown';
      case 'file':
        return shown(this.files.get(line.sha256)?.line === number);
      case 'copy':
        return shown(number > (this.files.get(line.sha256)?.line ?? Number.POSITIVE_INFINITY));
      case 'event':
      case 'fill': {
        const told = line.kind === 'event' ? this.#events : this.#fills;
        if (told.get(line.event)?.number !== number) return undefined;
        return this.#isShown(line.event) ? 'shown' : 'quiet';
      }
      case 'decrypted':
        return shown(this.files.has(line.sha256) || this.files.has(line.plain));
      case 'deleted':
      case 'dropped':
      case 'harvest':
        return undefined;
      default:
        return line satisfies never;
    }
  }

  /** What it remembers beside the lines that have a weight. */
  *memories(): Generator<Memory> {
    for (const files of inParts(this.gone.entries())) yield { kind: 'gone', files };
    const places = this.#origins.entries().map(([id, { sha256, drive }]) => [id, sha256, drive] as const);
    for (const part of inParts(places)) yield { kind: 'origins', places: part };
    for (const [event, all] of this.filesOf)
      for (const files of inParts(all.values().filter((sha256) => !this.files.has(sha256))))
        yield { kind: 'members', event, files };
    for (const [sealed, plain] of this.plainOf)
      if (!this.files.has(sealed) && !this.files.has(plain)) yield { kind: 'plain', sealed, plain };
  }

  /**
   * Forgets what is neither stored nor on a drive: contents that are gone are known for a while still, but not where they were; an event, when nothing of it
   * is anywhere.
   */
  forget(held: Held): void {
    for (const [id, { sha256, drive }] of this.#origins) {
      const stays = drive === null ? this.files.has(sha256) || this.gone.has(sha256) : held.has(drive, id);
      if (!stays) this.#origins.delete(id);
    }
    for (const oldest of this.#origins.keys()) {
      if (this.#origins.size <= this.#most) break;
      this.#origins.delete(oldest);
    }
    const onDrives = new Set<string>();
    for (const { sha256 } of this.#origins.values()) onDrives.add(sha256);
    const isWanted = (sha256: string): boolean => this.files.has(sha256) || onDrives.has(sha256);
    for (const event of new Set([...this.#events.keys(), ...this.filesOf.keys()])) {
      const files = this.filesOf.get(event) ?? new Set();
      if (held.shows(event) || this.#isShown(event) || [...files].some(isWanted)) continue;
      for (const map of [this.#events, this.#fills, this.filesOf]) map.delete(event);
    }
    for (const [name, sha256] of this.#alike) if (!isWanted(sha256)) this.#alike.delete(name);
    for (const [sealed, plain] of this.plainOf) if (!isWanted(sealed) && !isWanted(plain)) this.plainOf.delete(sealed);
  }

  /** SHA-256 of what was taken from there, as it is now; empty when it was left out by rule; undefined when it is new. */
  takenFrom(from: { readonly path: string; readonly print: string }, bytes: number): string | undefined {
    return from.print === '' ? undefined : this.#origins.get(originId(from, bytes))?.sha256;
  }

  /**
   * Whether contents were deleted and stay so: what the car has kept in another event since, for a new reason, is wanted again.
   * @param event that it comes in now
   */
  staysDeleted(sha256: string, event: string | null): boolean {
    if (!this.gone.has(sha256)) return false;
    return event === null || this.filesOf.get(event)?.has(sha256) === true;
  }

  /** SHA-256 of a file that may have the same contents. */
  like(bytes: number, path: string): string | undefined {
    return this.#alike.get(alike(bytes, path));
  }

  #add(line: ManifestLine, number: number): void {
    switch (line.kind) {
      case 'file':
        this.#file(line, number);
        return;
      case 'copy':
        this.#copy(line);
        return;
      case 'event':
        this.#events.set(line.event, { line, number });
        return;
      case 'fill':
        this.#fills.set(line.event, { line, number });
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

  #file(line: LineOf<'file'>, number: number): void {
    const start = line.start === null ? undefined : Date.parse(line.start);
    const isTimed = line.role === 'clip' && line.startBy === 'video' && line.local !== null;
    this.files.set(line.sha256, {
      key: line.key,
      bytes: line.bytes,
      track: this.#words.of(line.track),
      start,
      seconds: line.seconds ?? 0,
      isClip: line.role === 'clip',
      complete: line.complete,
      local: isTimed ? Date.parse(`${line.local}Z`) : undefined,
      line: number,
    });
    this.gone.delete(line.sha256);
    if (line.encrypted && !this.plainOf.has(line.sha256)) this.closed.set(line.sha256, line);
    this.#alike.set(alike(line.bytes, line.from.path), line.sha256);
    this.#origin(line.from, line.bytes, line.sha256);
    this.#belongs(line.event, line.sha256);
  }

  #copy(line: LineOf<'copy'>): void {
    const bytes = this.files.get(line.sha256)?.bytes ?? this.gone.bytesOf(line.sha256) ?? 0;
    this.#origin(line.from, bytes, line.sha256);
    this.#alike.set(alike(bytes, line.from.path), line.sha256);
    this.#belongs(line.event, line.sha256);
  }

  #delete(sha256: string): void {
    const file = this.files.get(sha256);
    if (!file) return;
    this.files.delete(sha256);
    this.closed.delete(sha256);
    this.gone.add(sha256, file.bytes);
  }

  #belongs(event: string | null, sha256: string): void {
    if (event === null) return;
    const files = this.filesOf.get(event) ?? new Set();
    files.add(sha256);
    this.filesOf.set(event, files);
  }

  /** Something of it is in the library. */
  #isShown(event: string): boolean {
    const files = this.filesOf.get(event);
    return (
      (files?.values().some((sha256) => this.files.has(sha256)) ?? false) ||
      this.fill(event).some((sha256) => this.files.has(sha256))
    );
  }

  #origin(from: LineOf<'file'>['from'], bytes: number, sha256: string): void {
    if (from.print === '') return;
    const drive = from.print === sha256 ? null : this.#words.of(from.drive);
    this.#origins.set(originId(from, bytes), { sha256, drive });
  }
}

/** A number of 53 bits for a length and a name (FNV-1a): two that share one cost a comparison, nothing else. */
function alike(bytes: number, path: string): number {
  let hash = 0x811c9dc5;
  for (let at = path.lastIndexOf('/') + 1; at < path.length; at += 1)
    hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193);
  return (bytes % 2 ** 21) * 2 ** 32 + (hash >>> 0);
}

const PART = 500;

function* inParts<T>(all: Iterable<T>): Generator<readonly T[]> {
  let part: T[] = [];
  for (const one of all) {
    part.push(one);
    if (part.length < PART) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
