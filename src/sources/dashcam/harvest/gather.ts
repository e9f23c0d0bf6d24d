/**
 * Which files of a drive may be taken now: of a drive at rest everything that is left of it, of one that a car may be writing to what it has finished.
 */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Milliseconds, MonotonicMs } from '../../../base/units.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { ImageVolume } from '../image/image-drive.ts';
import { Breath } from '../image/image-file.ts';
import { type Likeness, planSalvage } from '../salvage/plan.ts';
import type { Drive, DriveEntry, DriveVolume } from '../volume/drive-volume.ts';
import { lookAt } from '../volume/look.ts';
import { openDrive } from '../volume/open-drive.ts';
import { takeSnapshot } from '../volume/snapshot.ts';
import { emptyGate, type Gate, judge } from '../volume/stability.ts';
import type { Origin } from './manifest-line.ts';
import { type Place, placeOf } from './place.ts';
import { ofDrive } from './unreadable.ts';

/** A file on the drive that is to be taken. */
export interface DriveFile {
  readonly place: Place;
  readonly path: string;
  readonly from: Origin;
  readonly reader: RandomReader;
  /** SHA-256 that it must still have: of a drive in use. */
  readonly expected: string | undefined;
}

export interface Gathered extends AsyncDisposable {
  /** Of the image or folder. */
  readonly name: string;
  /** The car may be writing to it. */
  readonly inUse: boolean;
  readonly files: readonly DriveFile[];
  /** Files that are stored already. */
  readonly known: number;
  /** Files that are none of the car's footage. */
  readonly leftAlone: number;
  /** Entries without any contents. */
  readonly lost: readonly string[];
  /** Files that the car has not finished, and why they were not taken. */
  readonly held: readonly { readonly path: string; readonly why: string }[];
}

export interface GatherOptions {
  /** Nobody writes to it: true of every folder. */
  readonly notInUse: boolean;
  /** Of an image at rest: look also for what has lost its entry. True by default; it reads a little of every cluster that nobody has. */
  readonly orphans?: boolean;
  /** What the drive is called, when `path` is a snapshot of it. */
  readonly called?: string;
  /** Whether a file is stored already. */
  readonly isKnown: (from: Origin, bytes: number) => Promise<boolean>;
  readonly likeness?: Likeness;
  /** Between two looks at a drive in use. */
  readonly apart: Milliseconds;
  readonly monotonic: () => MonotonicMs;
  readonly wait: (time: Milliseconds, signal: AbortSignal | undefined) => Promise<void>;
  readonly log: Log;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, stage: string) => void;
}

/** @throws UserError `not-found`, `no-volume` */
export async function gather(path: string, options: GatherOptions): Promise<Gathered> {
  const seen = await stat(path).catch(() => undefined);
  if (seen?.isDirectory() || options.notInUse) return atRest(path, seen?.isDirectory() === true, options);
  return inUse(path, seen?.isFile() === true, options);
}

type CollectionOptions = Pick<GatherOptions, 'isKnown' | 'called'>;

/** Collects one drive's files. */
export class Collection {
  readonly files: DriveFile[] = [];
  readonly lost: string[] = [];
  known = 0;
  leftAlone = 0;
  held: { readonly path: string; readonly why: string }[] = [];
  readonly name: string;
  readonly #above: readonly string[];
  readonly #options: CollectionOptions;

  constructor(path: string, isFolder: boolean, options: CollectionOptions) {
    this.name = options.called ?? basename(resolve(path));
    // A folder may itself be a part of a drive.
    this.#above = isFolder ? resolve(path).split('/').slice(-3) : [];
    this.#options = options;
  }

  place(path: string): Place | undefined {
    return placeOf(path, this.#above);
  }

  origin(path: string, print: string, state: Origin['state'], found: Origin['found']): Origin {
    return { drive: this.name, path, print, state, found };
  }

  async add(from: Origin, reader: RandomReader, expected?: string): Promise<void> {
    const place = this.place(from.path);
    if (!place) this.leftAlone += 1;
    else if (await this.#options.isKnown(from, reader.size)) this.known += 1;
    else this.files.push({ place, path: from.path, from, reader: ofDrive(reader), expected });
  }
}

/** Whether two looks at a file see the same one. Of a folder the inode says nothing: a drive that is mounted again numbers anew. */
function printOf(volume: DriveVolume, entry: DriveEntry): string {
  return volume.kind === 'folder' ? `modified ${entry.modified}` : entry.print;
}

async function atRest(path: string, isFolder: boolean, options: GatherOptions): Promise<Gathered> {
  const { signal } = options;
  const drive = await openDrive(path);
  try {
    options.progress?.(0, 'reading directories');
    const { volumes } = await drive.scan(signal ? { signal } : {});
    needVolume(drive, volumes);
    const found = new Collection(path, isFolder, options);
    for (const [index, volume] of volumes.entries()) {
      // Two volumes may hold the same path.
      const prefix = index === 0 ? '' : `volume-${index + 1}/`;
      if (volume instanceof ImageVolume) await salvaged(volume, prefix, found, options);
      else
        for (const entry of volume.entries) {
          signal?.throwIfAborted();
          if (entry.bytes === 0) found.lost.push(entry.path);
          else
            await found.add(found.origin(entry.path, printOf(volume, entry), 'whole', 'entry'), volume.reader(entry));
        }
    }
    return gathered(found, false, async () => {
      await drive[Symbol.asyncDispose]();
    });
  } catch (error) {
    await drive[Symbol.asyncDispose]();
    throw error;
  }
}

async function salvaged(volume: ImageVolume, prefix: string, found: Collection, options: GatherOptions): Promise<void> {
  const entries = new Map(volume.entries.map((entry) => [entry.path, entry]));
  const plan = await planSalvage(volume, {
    breath: new Breath(options.signal),
    deleted: false,
    orphans: options.orphans !== false,
    ...(options.likeness ? { likeness: options.likeness } : {}),
    progress: (done) => options.progress?.(done, 'looking for lost clips'),
  });
  found.lost.push(...plan.lost);
  for (const item of plan.items) {
    options.signal?.throwIfAborted();
    if (item.bytes === 0) continue;
    const entry = item.origin === 'entry' ? entries.get(item.path) : undefined;
    // What is not whole may have been flushed late: it is read again.
    const print = entry && item.state !== 'cut' ? entry.print : '';
    await found.add(found.origin(prefix + item.path, print, item.state, item.origin), item.reader);
  }
}

/** Two looks, some time apart, at an image that the car may be writing to; from a snapshot where there can be one. */
async function inUse(path: string, isFile: boolean, options: GatherOptions): Promise<Gathered> {
  const { signal } = options;
  let gate: Gate = emptyGate;
  for (let look = 1; ; look += 1) {
    await using stack = new AsyncDisposableStack();
    const frozen = isFile ? stack.use(await takeSnapshot(path, options.log)).path : path;
    const drive = stack.use(await openDrive(frozen));
    const began = options.monotonic();
    options.progress?.(0, look === 1 ? 'first look' : 'second look');
    const { volumes } = await drive.scan({ mend: false, ...(signal ? { signal } : {}) });
    needVolume(drive, volumes);
    const found = new Collection(path, false, options);
    for (const volume of volumes) {
      const wanted = new Map<string, DriveEntry>();
      for (const entry of volume.entries) {
        const from = found.origin(entry.path, entry.print, 'whole', 'entry');
        if (!found.place(entry.path)) found.leftAlone += 1;
        else if (await options.isKnown(from, entry.bytes)) found.known += 1;
        else wanted.set(entry.path, entry);
      }
      const sightings = await lookAt(volume, {
        wanted: (entry) => wanted.get(entry.path) === entry,
        ...(signal ? { signal } : {}),
      });
      const judged = judge(gate, sightings, began, { apart: options.apart, notInUse: false });
      gate = volumes.length === 1 ? judged.gate : merged(gate, judged.gate);
      const contents = new Map(sightings.map((sighting) => [sighting.path, sighting.contents]));
      for (const accepted of judged.accepted) {
        const entry = wanted.get(accepted);
        if (!entry) continue;
        const from = found.origin(entry.path, entry.print, entry.state === 'mended' ? 'mended' : 'whole', 'entry');
        await found.add(from, volume.reader(entry), contents.get(accepted));
      }
      found.held.push(...[...judged.held].map(([file, why]) => ({ path: file, why: WHY[why] })));
    }
    if (look === 2) {
      const open = stack.move();
      return gathered(found, true, async () => {
        await open.disposeAsync();
      });
    }
    await stack.disposeAsync();
    options.progress?.(0, 'waiting for the second look');
    await options.wait(options.apart, signal);
  }
}

const merged = (one: Gate, other: Gate): Gate => ({ waiting: new Map([...one.waiting, ...other.waiting]) });

export const WHY = {
  new: 'it appeared meanwhile',
  changed: 'it changed meanwhile',
  'too-soon': 'the two looks were too close',
  'not-whole': 'it is not whole yet',
} as const;

export function needVolume(drive: Drive, volumes: readonly DriveVolume[]): void {
  if (volumes.length > 0) return;
  throw new UserError(
    `There is no FAT32 or exFAT volume in ${drive.name}.`,
    'Name the image or the device of a drive, or a folder.',
    { code: 'no-volume' },
  );
}

export function gathered(found: Collection, inUse: boolean, close: () => Promise<void>): Gathered {
  const { name, files, known, leftAlone, lost, held } = found;
  return { name, inUse, files, known, leftAlone, lost, held, [Symbol.asyncDispose]: close };
}
