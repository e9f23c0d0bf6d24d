/**
 * `vidette harvest`: takes a drive's footage into a library, each file once, byte for byte, in the order of what matters most.
 */
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../base/errors.ts';
import { type Log, silentLog } from '../../../base/log.ts';
import { type Milliseconds, milliseconds, monotonicMs } from '../../../base/units.ts';
import { type Disk, diskErrorCode, systemDisk } from '../../../blobs/disk.ts';
import type { KeyRing } from '../encrypted/key-ring.ts';
import type { Likeness } from '../salvage/plan.ts';
import { decryptStored } from './decrypt-stored.ts';
import { type DriveFile, type Gathered, type GatherOptions, gather } from './gather.ts';
import { hasRoom, Intake } from './intake.ts';
import { type LibraryFolder, lockSource } from './library-folder.ts';
import { inOrder } from './order.ts';
import { parkedClips, type RecentClip } from './parked.ts';
import { fillEvents, recordEvents } from './record-events.ts';
import { motionOf, type Survey, survey, Times } from './survey.ts';
import { TakeIn } from './take-in.ts';
import { Unreadable } from './unreadable.ts';

export interface HarvestOptions {
  readonly library: LibraryFolder;
  /** Folder of the car in the library. */
  readonly source: string;
  /** Nobody writes to the image: one look is enough, and what is cut or without a name is taken too. True of every folder. */
  readonly notInUse?: boolean;
  /** Leave out minutes of RecentClips in which the car stood parked. */
  readonly dropParked?: boolean;
  /** Take also what was deleted from the library on purpose. */
  readonly again?: boolean;
  /** Opens encrypted clips, also those of earlier harvests: what is in them is stored beside them. */
  readonly keys?: KeyRing;
  /** Between two looks at a drive in use. 60 s by default. */
  readonly apart?: Milliseconds;
  readonly likeness?: Likeness;
  readonly log?: Log;
  readonly signal?: AbortSignal;
  /** @param done 0 to 1 */
  readonly progress?: (done: number, stage: string) => void;
  /** For tests: the disk of the library, the time, the room that is left in bytes, and the lines of a batch. */
  readonly disk?: Disk;
  readonly now?: () => Date;
  readonly wait?: GatherOptions['wait'];
  readonly monotonic?: GatherOptions['monotonic'];
  readonly room?: () => Promise<number>;
  readonly batch?: number;
}

export interface HarvestReport {
  readonly drive: string;
  readonly library: string;
  readonly source: string;
  /** Files that are new in the library, and their bytes. */
  readonly stored: number;
  readonly bytes: number;
  /** Files with contents that are stored already. */
  readonly copies: number;
  /** Files that an earlier harvest has taken. */
  readonly known: number;
  /** Of the stored: not whole. */
  readonly cut: number;
  readonly encrypted: number;
  /** Encrypted clips that the keys have opened, and those that none of them opens; 0 without keys. */
  readonly decrypted: number;
  readonly closed: number;
  /** Clips left out by the rule. */
  readonly dropped: number;
  /** Events that are new, or of which more is known. */
  readonly events: number;
  /** Events whose lost video was filled from other clips. */
  readonly filled: number;
  /** Files that are none of the car's footage. */
  readonly leftAlone: number;
  /** Names whose contents are lost. */
  readonly lost: readonly string[];
  /** What a car that uses the drive has not finished. */
  readonly held: readonly { readonly path: string; readonly why: string }[];
  /** What could not be taken, and why. */
  readonly failed: readonly { readonly path: string; readonly why: string }[];
  /** Files of a harvest that was broken off, completed now. */
  readonly recovered: number;
  /** The library's disk is full: what came last in the order is missing. */
  readonly full: boolean;
  /** SHA-256 of the manifest's last line, and how many lines there are. */
  readonly manifest: { readonly head: string; readonly lines: number };
}

const APART = milliseconds(60_000);

/**
 * Takes what is new. Running it again, after whatever, takes what is missing and nothing twice.
 * @param path an image, a block device, or a folder
 * @throws UserError when drive or library cannot be used; InputError when the manifest is damaged
 */
export async function harvest(path: string, options: HarvestOptions): Promise<HarvestReport> {
  using _lock = await lockSource(options.library.root, options.source);
  try {
    return await harvestInto(path, options);
  } catch (error) {
    throw ofLibrary(error, options.library.root);
  }
}

/** The same, for who holds the source's lock. */
export async function harvestInto(path: string, options: HarvestOptions): Promise<HarvestReport> {
  const { library, source, signal, disk = systemDisk, now = () => new Date(), log = silentLog } = options;
  const { batch, again = false } = options;
  const intake = await Intake.open(
    { disk, root: library.root, source, library: library.id, now, again, ...(batch === undefined ? {} : { batch }) },
    signal,
  );
  await using gathered = await gather(path, {
    notInUse: options.notInUse === true,
    isKnown: async (from, bytes) => {
      const sha256 = intake.known.takenFrom(from, bytes);
      if (sha256 === undefined) return false;
      return sha256 === '' || (!again && intake.known.gone.has(sha256)) || (await intake.isThere(sha256));
    },
    ...(options.likeness ? { likeness: options.likeness } : {}),
    apart: options.apart ?? APART,
    monotonic: options.monotonic ?? (() => monotonicMs(performance.now())),
    wait: options.wait ?? (async (time, until) => void (await sleep(time, undefined, until ? { signal: until } : {}))),
    log,
    ...(signal ? { signal } : {}),
    ...(options.progress ? { progress: options.progress } : {}),
  });
  return await takeGathered(options, intake, gathered);
}

/** Takes what was gathered. For who holds the source's lock and keeps its intake open. */
export function takeGathered(
  options: Omit<HarvestOptions, 'notInUse' | 'apart' | 'likeness' | 'wait' | 'monotonic'>,
  intake: Intake,
  gathered: Gathered,
): Promise<HarvestReport> {
  return new Run(options, intake, gathered, options.now ?? (() => new Date())).run();
}

class Run {
  readonly #options: HarvestOptions;
  readonly #intake: Intake;
  readonly #gathered: Gathered;
  readonly #now: () => Date;
  readonly #failed: { readonly path: string; readonly why: string }[] = [];

  constructor(options: HarvestOptions, intake: Intake, gathered: Gathered, now: () => Date) {
    this.#options = options;
    this.#intake = intake;
    this.#gathered = gathered;
    this.#now = now;
  }

  async run(): Promise<HarvestReport> {
    const { signal, progress, source, library, log = silentLog } = this.#options;
    const { files } = this.#gathered;
    const found = await survey(files, this.#now().getTime(), {
      ...(signal ? { signal } : {}),
      progress: (done) => progress?.(done, 'reading clips'),
    });
    this.#failed.push(...found.failed);
    const times = this.#times(found);
    const events = recordEvents(this.#intake, found, times, this.#now);
    const dropped = this.#options.dropParked ? await this.#drop(found) : new Set<DriveFile>();
    const wanted = inOrder(
      files.filter((file) => found.facts.has(file) && !dropped.has(file)),
      found.events,
    );
    const takeIn = new TakeIn({ intake: this.#intake, source, now: this.#now, survey: found, times });
    const full = await this.#takeAll(wanted, takeIn);
    const { decrypted, closed } = await this.#decrypt();
    // They tell the time of those that are not.
    const more = decrypted === 0 ? 0 : recordEvents(this.#intake, found, this.#times(found), this.#now);
    const filled = fillEvents(this.#intake, this.#now, this.#gathered.inUse);
    const { stored, bytes, copies, cut, encrypted } = takeIn.counts;
    const drive = this.#gathered.name;
    if (stored + copies + dropped.size + events + more + filled + decrypted > 0)
      this.#intake.record({
        kind: 'harvest',
        at: this.#now().toISOString(),
        drive,
        stored,
        copies,
        bytes,
        failed: this.#failed.length,
      });
    await this.#intake.flush(true);
    const { hash, lines } = this.#intake.head;
    log.info('A drive was harvested.', { drive, source, stored, copies, bytes, failed: this.#failed.length });
    const { known, leftAlone, lost, held } = this.#gathered;
    return {
      drive,
      library: library.root,
      source,
      stored,
      bytes,
      copies,
      known,
      cut,
      encrypted,
      decrypted,
      closed,
      dropped: dropped.size,
      events: events + more,
      filled,
      leftAlone,
      lost,
      held,
      failed: this.#failed,
      recovered: this.#intake.recovered,
      full,
      manifest: { head: hash, lines },
    };
  }

  #times(found: Survey): Times {
    return new Times(this.#intake.known.timed, found);
  }

  async #decrypt(): Promise<{ readonly decrypted: number; readonly closed: number }> {
    const { keys, signal, progress, source, library, disk = systemDisk } = this.#options;
    if (!keys) return { decrypted: 0, closed: 0 };
    await this.#intake.flush(true);
    const { failed, ...counts } = await decryptStored({
      intake: this.#intake,
      disk,
      root: library.root,
      source,
      keys,
      now: this.#now,
      room: this.#options.room ?? (() => roomIn(library.root)),
      ...(signal ? { signal } : {}),
      progress: (done) => progress?.(done, 'decrypting'),
    });
    this.#failed.push(...failed);
    return counts;
  }

  /** @returns whether the library's disk became full */
  async #takeAll(files: readonly DriveFile[], takeIn: TakeIn): Promise<boolean> {
    const { signal, progress, library } = this.#options;
    const room = this.#options.room ?? (() => roomIn(library.root));
    const total = files.reduce((sum, { reader }) => sum + reader.size, 0);
    let done = 0;
    try {
      for (const file of files) {
        signal?.throwIfAborted();
        if (!(await hasRoom(room, file.reader.size))) return true;
        try {
          await takeIn.take(file, signal, (bytes) => progress?.((done + bytes) / total, 'storing'));
        } catch (error) {
          // The library's own failures end the harvest.
          if (!(error instanceof Unreadable)) throw error;
          this.#failed.push({ path: file.path, why: error.reason });
        }
        done += file.reader.size;
      }
    } finally {
      // Also of a harvest that is broken off: what is copied already is kept.
      this.#failed.push(...(await takeIn.settle()));
      await this.#intake.flush(true);
    }
    return false;
  }

  /** Clips of RecentClips that the rule leaves out, which is recorded. */
  async #drop({ facts, events }: Survey): Promise<Set<DriveFile>> {
    const { signal, progress } = this.#options;
    const clips: RecentClip[] = [];
    const byPath = new Map<string, DriveFile>();
    let read = 0;
    for (const [file, own] of facts) {
      progress?.(read / facts.size, 'reading telemetry');
      read += 1;
      const { place, path } = file;
      if (place.kind !== 'clip' || place.ring !== 'recent' || own.utc === undefined) continue;
      clips.push({ path, start: own.utc, motion: await motionOf(file, own, signal) });
      byPath.set(path, file);
    }
    const moments = [...this.#intake.known.events()].flatMap(({ time }) => (time === null ? [] : [Date.parse(time)]));
    // Without the time of an event nobody knows which minutes belong to it.
    const timeless = [...events.keys()].some((name) => this.#intake.known.event(name)?.time == null);
    const out = new Set<DriveFile>();
    if (timeless) return out;
    for (const path of parkedClips(clips, moments)) {
      const file = byPath.get(path);
      if (!file) continue;
      out.add(file);
      this.#intake.record({
        kind: 'dropped',
        at: this.#now().toISOString(),
        rule: 'parked',
        bytes: file.reader.size,
        from: file.from,
      });
      await this.#intake.flush();
    }
    return out;
  }
}

/** A failure of the disk that the library is on: everything of the drive's own is told file by file. */
export function ofLibrary(error: unknown, root: string): unknown {
  const code = diskErrorCode(error);
  if (code === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new UserError(
    full ? `There is no room left in ${root}.` : `The library ${root} cannot be written (${code}).`,
    full
      ? 'What was recorded is safe: make room, and run it again.'
      : 'Is its disk read-only, damaged or gone? What was recorded is safe: run it again when it is back.',
    { code: full ? 'full' : 'library', cause: error },
  );
}

async function roomIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
