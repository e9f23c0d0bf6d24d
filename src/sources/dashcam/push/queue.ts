/**
 * What the hub has not got yet, and what goes next: what the person saved and panic events, then Sentry, then the rest; inside an event its own small
 * files, then the minute and the camera that triggered it. Of the rest the newest minutes first, so that the hub is up to date, then the oldest, because
 * those are removed next. Pure, and small: lines stay in the manifest, only their places are here.
 */

import type { LineOf, ManifestLine } from '../harvest/manifest-line.ts';
import type { LinePlace } from '../harvest/memory.ts';
import { inOrder } from '../harvest/order.ts';
import type { Place } from '../harvest/place.ts';
import type { CarEvent } from '../layout/event-json.ts';
import type { LineListener } from '../role/spool-index.ts';

/** A file that goes, and every line that says where it belongs. */
export interface PendingFile {
  readonly sha256: string;
  readonly bytes: number;
  /** In the spool. */
  readonly key: string;
  readonly lines: readonly LinePlace[];
}

export interface Batch {
  readonly files: readonly PendingFile[];
  /** Lines without a file of their own. */
  readonly loose: readonly LinePlace[];
}

interface Waiting extends PendingFile {
  readonly lines: LinePlace[];
  place: Place;
  readonly path: string;
  /** End, UTC ms; of what has no time of its own 0. */
  readonly end: number;
}

interface Loose {
  readonly place: LinePlace;
  /** It means something only when the hub has these. */
  readonly after: readonly string[];
  /** Of which it tells. */
  readonly event?: string;
}

export interface BatchLimits {
  readonly lines: number;
  readonly files: number;
  readonly bytes: number;
}

/** A minute counts as new for so long, ms. */
const NEW = 5 * 60_000;

export class PushQueue implements LineListener {
  /** Lines before this one are at the hub. */
  #from: number;
  readonly #files = new Map<string, Waiting>();
  readonly #loose = new Map<number, Loose>();
  /** Numbers of lines that the hub has not got, in order. */
  readonly #open = new Map<number, true>();
  readonly #events = new Map<string, CarEvent>();
  #last = 0;
  #bytes = 0;
  #library: string | undefined;
  /** Of events, best first, and of the rest, oldest first; undefined: to be sorted. */
  #sorted: { readonly events: readonly Waiting[]; readonly rest: readonly Waiting[] } | undefined;

  /** @param from the first line that the hub may not have */
  constructor(from = 1) {
    this.#from = from;
  }

  get files(): number {
    return this.#files.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The first line that the hub may not have. */
  get from(): number {
    const [first] = this.#open.keys();
    return first ?? Math.max(this.#from, this.#last + 1);
  }

  /** Identity of the spool. */
  get library(): string | undefined {
    return this.#library;
  }

  /** Whether the hub lacks it, as far as is known here. */
  has(sha256: string): boolean {
    return this.#files.has(sha256);
  }

  add(line: ManifestLine | undefined, place: LinePlace): void {
    this.#last = place.number;
    if (!line) return;
    if (line.kind === 'manifest') this.#library = line.library;
    if (line.kind === 'event') this.#event(line);
    if (line.kind === 'deleted') for (const sha256 of line.files) this.#drop(sha256);
    if (place.number < this.#from) return;
    if (line.kind === 'file') this.#file(line, place);
    else if (line.kind === 'copy') this.#copy(line, place);
    else if (line.kind === 'event') this.#addLoose(place, [], line.event);
    else if (line.kind === 'fill') this.#addLoose(place, line.clips, line.event);
  }

  forgotten(event: string): void {
    this.#events.delete(event);
    for (const [number, loose] of this.#loose)
      if (loose.event === event) {
        this.#loose.delete(number);
        this.#open.delete(number);
      }
  }

  reset(): void {
    for (const map of [this.#files, this.#loose, this.#open, this.#events]) map.clear();
    [this.#last, this.#bytes, this.#sorted, this.#from] = [0, 0, undefined, 1];
  }

  /** What goes next; undefined: nothing. @param now UTC ms */
  next(now: number, limits: BatchLimits): Batch | undefined {
    const loose: LinePlace[] = [];
    for (const { place, after } of this.#loose.values()) {
      if (loose.length >= limits.lines) break;
      if (!after.some((sha256) => this.#files.has(sha256))) loose.push(place);
    }
    const files: Waiting[] = [];
    let [lines, bytes] = [loose.length, 0];
    for (const file of this.#inTurn(now)) {
      const fits = lines + file.lines.length <= limits.lines && bytes + file.bytes <= limits.bytes;
      if (files.length >= limits.files || (!fits && (files.length > 0 || lines + 1 > limits.lines))) break;
      files.push(file);
      lines += file.lines.length;
      bytes += file.bytes;
      // A file that belongs to more events than fit: the rest of its lines follow by themselves.
      if (!fits) break;
    }
    if (files.length + loose.length === 0) return undefined;
    const taken = files.map(({ sha256, bytes: size, key, lines: places }) => {
      const room = Math.max(1, limits.lines - loose.length);
      return { sha256, bytes: size, key, lines: places.slice(0, room) };
    });
    return { files: taken, loose };
  }

  /** The first files in turn, of which the hub may be asked together. */
  upcoming(now: number, most: number): PendingFile[] {
    const out: PendingFile[] = [];
    for (const file of this.#inTurn(now)) {
      if (out.length >= most) break;
      out.push(file);
    }
    return out;
  }

  /** The hub has it all, or will never want it. */
  done({ files, loose }: Batch): void {
    for (const { number } of loose) {
      this.#loose.delete(number);
      this.#open.delete(number);
    }
    for (const { sha256, lines } of files) {
      for (const { number } of lines) this.#open.delete(number);
      const file = this.#files.get(sha256);
      if (!file) continue;
      const left = file.lines.filter(({ number }) => this.#open.has(number));
      this.#remove(file);
      for (const place of left) this.#loose.set(place.number, { place, after: [] });
    }
  }

  *#inTurn(now: number): Generator<Waiting> {
    this.#sorted ??= this.#sort();
    const { events, rest } = this.#sorted;
    yield* events;
    const isNew = ({ end }: Waiting): boolean => end > now - NEW && end < now + NEW;
    for (const file of rest.toReversed()) if (isNew(file)) yield file;
    for (const file of rest) if (!isNew(file)) yield file;
  }

  #sort(): { readonly events: readonly Waiting[]; readonly rest: readonly Waiting[] } {
    const waiting = [...this.#files.values()];
    const ofEvent = ({ place }: Waiting): boolean => place.kind !== 'other' && place.event !== undefined;
    return {
      events: inOrder(waiting.filter(ofEvent), this.#events),
      rest: inOrder(
        waiting.filter((file) => !ofEvent(file)),
        this.#events,
      ),
    };
  }

  #file(line: LineOf<'file'>, place: LinePlace): void {
    this.#open.set(place.number, true);
    const known = this.#files.get(line.sha256);
    if (known) {
      known.lines.push(place);
      this.#better(known, line);
      return;
    }
    const start = line.start === null ? 0 : Date.parse(line.start);
    const { sha256, bytes, key } = line;
    const { path } = line.from;
    const end = start === 0 ? 0 : start + (line.seconds ?? 0) * 1000;
    this.#files.set(sha256, { sha256, bytes, key, lines: [place], place: placeIn(line, line), path, end });
    this.#bytes += bytes;
    this.#sorted = undefined;
  }

  #copy(line: LineOf<'copy'>, place: LinePlace): void {
    const known = this.#files.get(line.sha256);
    if (!known) {
      this.#addLoose(place, []);
      return;
    }
    this.#open.set(place.number, true);
    known.lines.push(place);
    this.#better(known, line);
  }

  /** What lies in RecentClips and in an event as well goes with the event. */
  #better(file: Waiting, line: LineOf<'file'> | LineOf<'copy'>): void {
    if (line.event === null || file.place.kind === 'other' || file.place.event !== undefined) return;
    const { local, track } = file.place.kind === 'clip' ? file.place : { local: undefined, track: 'unknown' };
    file.place = placeIn(line, {
      local: local === undefined ? null : new Date(local).toISOString().slice(0, 19),
      track,
    });
    this.#sorted = undefined;
  }

  #addLoose(place: LinePlace, after: readonly string[], event?: string): void {
    this.#open.set(place.number, true);
    this.#loose.set(place.number, { place, after, ...(event === undefined ? {} : { event }) });
  }

  #event(line: LineOf<'event'>): void {
    this.#events.set(line.event, {
      local: Date.parse(`${line.local}Z`),
      reason: undefined,
      kind: line.what ?? 'other',
      g: undefined,
      camera: line.camera ?? undefined,
      city: undefined,
      street: undefined,
      latitude: undefined,
      longitude: undefined,
      damaged: false,
    });
    this.#sorted = undefined;
  }

  /** It was deleted here before the hub had it. */
  #drop(sha256: string): void {
    const file = this.#files.get(sha256);
    if (!file) return;
    for (const { number } of file.lines) this.#open.delete(number);
    this.#remove(file);
  }

  #remove(file: Waiting): void {
    this.#files.delete(file.sha256);
    this.#bytes -= file.bytes;
    const gone = (one: Waiting): boolean => one !== file;
    if (this.#sorted) this.#sorted = { events: this.#sorted.events.filter(gone), rest: this.#sorted.rest.filter(gone) };
  }
}

function placeIn(
  { ring, event, role, from }: LineOf<'file'> | LineOf<'copy'>,
  { local, track }: { readonly local: string | null; readonly track: string },
): Place {
  const folder = event === null ? undefined : event.slice(event.indexOf('/') + 1);
  const rings = ['recent', 'saved', 'sentry', 'salvaged'] as const;
  const known = rings.find((one) => one === (event === null ? ring : event.slice(0, event.indexOf('/'))));
  const name = from.path.slice(from.path.lastIndexOf('/') + 1);
  if (role === 'clip' && known !== undefined)
    return {
      kind: 'clip',
      ring: known,
      event: folder,
      local: local === null ? undefined : Date.parse(`${local}Z`),
      track,
    };
  if ((known === 'saved' || known === 'sentry') && folder !== undefined)
    return { kind: 'event-file', ring: known, event: folder, role: role === 'clip' ? 'other' : role, name };
  return { kind: 'other', track, name };
}
