/**
 * Takes one file after the other into the library: which contents are there already, and which name the others get.
 */

import { hashBlock, hashOfReader } from '../volume/hash-of-reader.ts';
import type { DriveFile } from './gather.ts';
import type { Copied, Intake } from './intake.ts';
import { clipKey, eventFolderKey, namedKey, plain } from './key.ts';
import type { LineOf, Origin } from './manifest-line.ts';
import { eventName } from './order.ts';
import type { Survey, Times } from './survey.ts';
import { Unreadable } from './unreadable.ts';

export interface TakeInOptions {
  readonly intake: Intake;
  readonly source: string;
  readonly now: () => Date;
  readonly survey: Survey;
  readonly times: Times;
}

const MOST_NAMES = 100;

/** One file is copied while the one before it is made durable and read back. */
export class TakeIn {
  readonly counts = { stored: 0, bytes: 0, copies: 0, cut: 0, encrypted: 0 };
  readonly #options: TakeInOptions;
  readonly #failed: { readonly path: string; readonly why: string }[] = [];
  readonly #block = hashBlock();
  #finishing: Promise<void> = Promise.resolve();

  constructor(options: TakeInOptions) {
    this.#options = options;
  }

  /** @throws what went wrong with this file while it was copied; what went wrong later is in {@link settle} */
  async take(file: DriveFile, signal: AbortSignal | undefined, report: (bytes: number) => void): Promise<void> {
    const { intake } = this.#options;
    const alike = intake.known.like(file.reader.size, file.path);
    if (alike !== undefined && !(await intake.needs(alike, belongs(file).event))) {
      const sha256 = await hashOfReader(file.reader, signal, this.#block);
      if (sha256 === alike) {
        checkExpected(file, sha256);
        await this.#finishing;
        this.#copyOf(file, sha256);
        return intake.flush();
      }
    }
    const finish = await intake.copy(file.reader, signal, report);
    await this.#finishing;
    this.#finishing = this.#finish(file, finish);
    // A failure of the library's is thrown where it is awaited next.
    this.#finishing.catch(() => undefined);
  }

  /** Waits for the last file. @returns files that turned out to be unreadable or changed after they were copied */
  async settle(): Promise<readonly { readonly path: string; readonly why: string }[]> {
    await this.#finishing;
    return this.#failed;
  }

  async #finish(file: DriveFile, finish: () => Promise<Copied>): Promise<void> {
    const { intake } = this.#options;
    let copied: Copied;
    try {
      copied = await finish();
      if (file.expected !== undefined && copied.sha256 !== file.expected) await intake.discard(copied.part);
      checkExpected(file, copied.sha256);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#failed.push({ path: file.path, why: error.reason });
      return;
    }
    if (!(await intake.needs(copied.sha256, belongs(file).event))) {
      await intake.discard(copied.part);
      this.#copyOf(file, copied.sha256);
    } else await this.#store(file, copied);
    await intake.flush();
  }

  async #store(file: DriveFile, { part, sha256 }: Copied): Promise<void> {
    const { intake, now, survey } = this.#options;
    const facts = survey.facts.get(file);
    if (!facts) throw new TypeError(`${file.path} was not looked at`);
    const { times } = this.#options;
    const { place } = times.isMisnamed(file, facts.utc) ? nameless(file) : file;
    const { reader } = file;
    const time = times.ofClip({ ...file, place }, facts.utc);
    const { key, state } = await this.#keyFor({ ...file, place }, sha256, time?.utc, facts.encrypted);
    if (state === 'same') await intake.discard(part);
    const local = place.kind === 'clip' ? place.local : undefined;
    const line: LineOf<'file'> = {
      kind: 'file',
      at: now().toISOString(),
      key,
      sha256,
      bytes: reader.size,
      track: place.kind === 'event-file' ? 'events' : place.track,
      start: time === undefined ? null : new Date(time.utc).toISOString(),
      startBy: time?.by ?? null,
      local: local === undefined ? null : new Date(local).toISOString().slice(0, 19),
      zone: time?.zone ?? null,
      seconds: facts.seconds > 0 ? facts.seconds : null,
      complete: facts.complete && file.from.state !== 'cut',
      encrypted: facts.encrypted,
      ...belongs(file),
      from: originOf(file.from, sha256),
    };
    intake.store(line, state === 'same' ? undefined : part);
    this.counts.stored += 1;
    this.counts.bytes += reader.size;
    // A container that ends early is what the car has made of it: not damaged, and opened up to there.
    if (line.encrypted) this.counts.encrypted += 1;
    else if (!line.complete) this.counts.cut += 1;
  }

  #copyOf(file: DriveFile, sha256: string): void {
    const { intake, now } = this.#options;
    const from = originOf(file.from, sha256);
    // Found by a salvage once more: the manifest has it.
    if (intake.known.takenFrom(from, file.reader.size) === sha256) return;
    intake.record({ kind: 'copy', at: now().toISOString(), sha256, ...belongs(file), from });
    this.counts.copies += 1;
  }

  /** A name that nobody has, or that a file with these contents has. */
  async #keyFor(
    file: DriveFile,
    sha256: string,
    utc: number | undefined,
    encrypted: boolean,
  ): Promise<{ readonly key: string; readonly state: 'free' | 'same' }> {
    for (let number = 1; number <= MOST_NAMES; number += 1) {
      const key = this.#key(file, sha256, utc, encrypted, number);
      const state = await this.#options.intake.nameState(key, sha256);
      if (state !== 'taken') return { key, state };
    }
    throw new Unreadable(file.path, 'every name for it is taken in the library');
  }

  /** @param number 1 first, then others while names are taken */
  #key(file: DriveFile, sha256: string, utc: number | undefined, encrypted: boolean, number: number): string {
    const { source, times } = this.#options;
    const { place } = file;
    const again = number <= 2 ? '' : `${number}-`;
    if (place.kind === 'clip') {
      const key = clipKey({ source, track: place.track, utc, local: place.local, sha256, encrypted });
      return number === 1 ? key : key.replace(/(\.encrypted)?\.mp4$/, `.${number}$&`);
    }
    if (place.kind === 'other') return namedKey(`${source}/${plain(place.track)}`, again + place.name, sha256, true);
    const name = eventName(place.ring, place.event);
    // By the folder's name, which stays the same whatever else of the event is there.
    const { local, time } = times.ofEvent(name, undefined);
    return namedKey(eventFolderKey(source, place.ring, time?.utc, local), again + place.name, sha256, number > 1);
  }
}

/** What the entry says is not of this video: when it was is in it, and which camera it was nobody knows. */
function nameless(file: DriveFile): DriveFile {
  if (file.place.kind !== 'clip') return file;
  return { ...file, place: { ...file.place, local: undefined, track: 'unknown' } };
}

function belongs({ place }: DriveFile): Pick<LineOf<'file'>, 'ring' | 'event' | 'role'> {
  if (place.kind === 'other') return { ring: 'other', event: null, role: 'other' };
  const event = place.event === undefined ? null : eventName(place.ring, place.event);
  return { ring: place.ring, event, role: place.kind === 'clip' ? 'clip' : place.role };
}

/** What has no entry that tells whether it is the same is known by its contents. */
function originOf(from: Origin, sha256: string): Origin {
  return from.print === '' ? { ...from, print: sha256 } : from;
}

/** @throws Unreadable when the car has written to it since it was looked at */
function checkExpected(file: DriveFile, sha256: string): void {
  if (file.expected !== undefined && file.expected !== sha256)
    throw new Unreadable(file.path, 'the car has changed it while it was copied');
}
