/**
 * Where the drive keeps what it has harvested: a library folder with its manifest, held open for as long as the drive runs, and what goes from it.
 */
import type { Log } from '../../../base/log.ts';
import { type Disk, diskErrorCode, systemDisk } from '../../../blobs/disk.ts';
import type { Gathered } from '../harvest/gather.ts';
import { type HarvestReport, takeGathered } from '../harvest/harvest.ts';
import { Intake, type IntakeOptions } from '../harvest/intake.ts';
import type { Known } from '../harvest/known.ts';
import type { LibraryFolder } from '../harvest/library-folder.ts';
import type { ManifestLine, Origin } from '../harvest/manifest-line.ts';
import { planRetention, type SpoolFile } from './retention.ts';

export interface SpoolOptions {
  readonly library: LibraryFolder;
  /** Folder of the car in it; the caller holds its lock. */
  readonly source: string;
  /** Bytes that are free for footage: negative when room has to be made. */
  readonly room: () => Promise<number>;
  /** Age at which clips of RecentClips go, ms. */
  readonly recentMs: number;
  /** Bytes that are made free beyond what is missing, so that not each minute makes room for itself. */
  readonly slack: number;
  /** Whether the hub has it. None: there is no hub. */
  readonly isPushed?: (sha256: string) => boolean;
  readonly dropParked?: boolean;
  readonly recorded: (lines: readonly ManifestLine[]) => void;
  /** See `IntakeOptions`. */
  readonly remember: Required<IntakeOptions>['remember'];
  readonly log: Log;
  readonly now: () => Date;
  readonly disk?: Disk;
  readonly signal?: AbortSignal;
}

/** What retention has done. */
export interface Tidied {
  readonly age: number;
  readonly space: number;
  /** Of those for room: what the hub does not have. */
  readonly unpushed: number;
  /** Bytes of room that are missing still. */
  readonly short: number;
}

export class Spool {
  readonly #options: SpoolOptions;
  readonly #disk: Disk;
  #intake: Intake | undefined;
  /** Camera → UTC ms of the newest whole clip. */
  readonly #last = new Map<string, number>();
  #bytes = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#disk = options.disk ?? systemDisk;
  }

  /** Finishes what a crash has left. Anew after a failure of the disk. @throws InputError when the manifest is damaged */
  async open(): Promise<Intake> {
    if (this.#intake && !this.#intake.failed) return this.#intake;
    const { library, source, now, remember, signal } = this.#options;
    this.#intake = undefined;
    const intake = await Intake.open(
      {
        disk: this.#disk,
        root: library.root,
        source,
        library: library.id,
        now,
        again: false,
        remember,
        block: BLOCK,
        recorded: (lines) => {
          this.#count(lines);
          this.#options.recorded(lines);
        },
      },
      signal,
    );
    this.#bytes = 0;
    for (const { bytes, isClip, complete, track, start } of intake.known.files.values()) {
      this.#bytes += bytes;
      if (isClip && complete && start !== undefined) this.#isLast(track, start);
    }
    this.#intake = intake;
    return intake;
  }

  /** Undefined before it was opened. */
  get known(): Known | undefined {
    return this.#intake?.known;
  }

  get files(): number {
    return this.#intake?.known.files.size ?? 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lastMinute(): ReadonlyMap<string, string> {
    return new Map([...this.#last].map(([track, start]) => [track, new Date(start).toISOString()]));
  }

  /** Whether what lies there was taken, is whole here or was deleted on purpose. */
  async isKnown(from: Pick<Origin, 'path' | 'print'>, bytes: number): Promise<boolean> {
    const intake = await this.open();
    const sha256 = intake.known.takenFrom(from, bytes);
    if (sha256 === undefined) return false;
    return sha256 === '' || intake.known.gone.has(sha256) || (await intake.isThere(sha256));
  }

  async take(gathered: Gathered): Promise<HarvestReport> {
    const { library, source, now, log, signal, room, dropParked } = this.#options;
    const intake = await this.open();
    const options = { library, source, now, log, room, disk: this.#disk };
    return await takeGathered(
      { ...options, ...(signal ? { signal } : {}), ...(dropParked === undefined ? {} : { dropParked }) },
      intake,
      gathered,
    );
  }

  /** Deletes what is old enough, and, where the floor is reached, what matters least. */
  async tidy(): Promise<Tidied> {
    const { recentMs, slack, now, room } = this.#options;
    const intake = await this.open();
    const free = await room();
    const plan = planRetention(this.#worths(intake.known), {
      recentMs,
      needed: free < 0 ? slack - free : 0,
      now: now().getTime(),
    });
    const hashes = (files: readonly SpoolFile[]): string[] => files.map(({ sha256 }) => sha256);
    const age = plan.age.length > 0 ? await intake.remove(hashes(plan.age), 'age') : 0;
    const space = plan.space.length > 0 ? await intake.remove(hashes(plan.space), 'space') : 0;
    return { age, space, unpushed: plan.unpushed, short: plan.short };
  }

  /** Forgets what is neither here nor on an image any more, when it is time for that. */
  async forget(): Promise<void> {
    const intake = await this.open();
    if (!intake.digestDue) return;
    try {
      await intake.digest();
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      // The manifest says all of it: only the next start takes longer.
      this.#options.log.warn('The digest of the manifest could not be written.', { error });
    }
  }

  #worths(known: Known): SpoolFile[] {
    const { isPushed = () => true } = this.#options;
    const worth = new Map<string, 'sentry' | 'saved'>();
    const raise = (event: string, files: Iterable<string>): void => {
      const saved = event.startsWith('saved/') || WANTED.has(known.event(event)?.what ?? '');
      for (const sha256 of files) if (saved || !worth.has(sha256)) worth.set(sha256, saved ? 'saved' : 'sentry');
    };
    for (const [event, files] of known.filesOf) raise(event, files);
    for (const { event, clips } of known.fills()) raise(event, clips);
    return [...known.files].map(([sha256, { bytes, start, isClip }]) => ({
      sha256,
      bytes,
      start,
      worth: worth.get(sha256) ?? (isClip ? 'recent' : 'other'),
      pushed: isPushed(sha256),
    }));
  }

  #count(lines: readonly ManifestLine[]): void {
    for (const line of lines)
      if (line.kind === 'file') {
        this.#bytes += line.bytes;
        if (line.role === 'clip' && line.complete && line.start !== null)
          this.#isLast(line.track, Date.parse(line.start));
      } else if (line.kind === 'deleted')
        for (const sha256 of line.files) this.#bytes -= this.#intake?.known.gone.bytesOf(sha256) ?? 0;
  }

  #isLast(track: string, start: number): void {
    this.#last.set(track, Math.max(start, this.#last.get(track) ?? 0));
  }
}

/** Of four blocks that files are copied by: small, as the machine is, and its card no faster with larger ones. */
const BLOCK = 1 << 18;

/** Sentry events that a person, or a collision, has made. */
const WANTED = new Set<string>(['panic', 'honk', 'saved', 'crash-avoidance']);
