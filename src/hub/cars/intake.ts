/**
 * What a drive in a car sends: files in parts, and lines of its manifest, which become lines of the hub's.
 */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { InputError, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { systemDisk } from '../../blobs/disk.ts';
import { MANIFEST } from '../../blobs/folder.ts';
import type { SourceRow } from '../../catalog/tables.ts';
import type {
  CarDriveHello,
  CarDriveLine,
  CarDriveMissing,
  CarDriveRecorded,
  CarDriveWelcome,
} from '../../contract/car-drive.ts';
import { Intake } from '../../sources/dashcam/harvest/intake.ts';
import { Unreadable } from '../../sources/dashcam/harvest/unreadable.ts';
import type { DriveStates } from './drive-states.ts';
import type { CarLibrary } from './found-cars.ts';
import type { Incoming } from './incoming.ts';
import { keyOfLine } from './line-key.ts';
import { CarSettingsRow } from './settings-row.ts';
import type { WriteTurns } from './write-turns.ts';

export interface CarIntakeOptions {
  /** By id. @throws UserError `not-found` */
  readonly car: (idOrName: string) => Promise<SourceRow>;
  /** By name, made when it is new. @throws UserError */
  readonly carCalled: (name: string) => Promise<SourceRow>;
  /** Folder and identity of the library; undefined: it is in a bucket. */
  readonly library: CarLibrary | undefined;
  /** Whether its marker is there and ours, and there is room. */
  readonly accepts: () => Promise<boolean>;
  readonly incoming: Incoming | undefined;
  readonly turns: WriteTurns;
  readonly states: DriveStates;
  /** Its manifest says something new. */
  readonly onStored: (carId: string) => void;
  /** UTC ms. */
  readonly now: () => number;
  readonly log: Log;
}

const PART_BYTES = 8 << 20;
/** More of a part is refused; a client may know a larger one of a hub of before. */
const MOST_PART = 64 << 20;
const MOST_LINES = 64;
const RETRY_MS = 60_000;
const MOST_NAMES = 100;

export class CarIntake {
  readonly #options: CarIntakeOptions;
  /** What was read of each car's manifest: read again when somebody else has written to it. */
  readonly #open = new Map<string, Intake>();

  constructor(options: CarIntakeOptions) {
    this.#options = options;
  }

  async hello({ car: name, state }: CarDriveHello): Promise<CarDriveWelcome> {
    const { carCalled, states, accepts, incoming, now } = this.#options;
    if (!incoming) throw inBucket();
    const row = await carCalled(name);
    await incoming.tidy(row.folder, now());
    await states.seen(row.id, state);
    return { car: row.id, name: row.name, partBytes: PART_BYTES, lines: MOST_LINES, accepts: await accepts() };
  }

  /** What is deleted on purpose is not missing. */
  async missing(
    car: string,
    files: readonly { readonly sha256: string; readonly bytes: number }[],
  ): Promise<CarDriveMissing> {
    const { row, incoming } = await this.#of(car);
    const missing = await this.#writing(row, async (intake) => {
      const lacking = [];
      for (const { sha256 } of files)
        if (!intake.known.gone.has(sha256) && !(await intake.isThere(sha256))) lacking.push(sha256);
      return lacking;
    });
    return {
      missing: await Promise.all(
        missing.map(async (sha256) => ({ sha256, received: await incoming.received(row.folder, sha256) })),
      ),
    };
  }

  async part(
    car: string,
    sha256: string,
    at: { readonly offset: number; readonly bytes: number },
    body: Readable,
  ): Promise<{ received: number }> {
    const { row, incoming } = await this.#of(car);
    if (!(await this.#options.accepts())) throw new Unavailable('The library is full, or not there.', RETRY_MS);
    return { received: await incoming.append(row.folder, sha256, { ...at, most: MOST_PART }, body) };
  }

  async record(car: string, lines: readonly CarDriveLine[]): Promise<CarDriveRecorded> {
    const { row, incoming } = await this.#of(car);
    if (!(await this.#options.accepts())) throw new Unavailable('The library is full, or not there.', RETRY_MS);
    const taken: string[] = [];
    const told = await this.#writing(row, async (intake) => {
      let recorded = 0;
      const refused: CarDriveRecorded['refused'] = [];
      try {
        for (const [index, line] of lines.entries()) {
          const outcome = await this.#take(intake, row, line, incoming, taken);
          if (outcome === 'recorded') recorded += 1;
          else if (outcome !== 'known') refused.push({ line: index, why: outcome });
        }
      } finally {
        await intake.flush(true);
      }
      return { recorded, refused };
    });
    for (const sha256 of taken) await incoming.remove(row.folder, sha256);
    if (told.recorded > 0) {
      this.#options.log.info('a drive has sent footage', { car: row.id, lines: told.recorded, files: taken.length });
      this.#options.onStored(row.id);
    }
    return told;
  }

  async #take(
    intake: Intake,
    row: SourceRow,
    line: CarDriveLine,
    incoming: Incoming,
    taken: string[],
  ): Promise<'recorded' | 'known' | 'missing' | 'other-contents' | 'unknown'> {
    const { known } = intake;
    switch (line.kind) {
      case 'event': {
        const before = known.event(line.event);
        if (before && JSON.stringify({ ...before, at: '' }) === JSON.stringify({ ...line, at: '' })) return 'known';
        intake.record(line);
        return 'recorded';
      }
      case 'fill': {
        const clips = line.clips.filter((sha256) => known.files.has(sha256));
        if (clips.length === 0) return 'unknown';
        if (known.fill(line.event).join() === clips.join()) return 'known';
        intake.record({ ...line, clips });
        return 'recorded';
      }
      case 'copy':
        return this.#copy(intake, line);
      case 'file': {
        if (!(await intake.needs(line.sha256, line.event))) {
          const { kind: _, bytes: _b, track: _t, start: _s, startBy: _sb, local: _l, zone: _z, ...rest } = line;
          const { seconds: _se, complete: _c, encrypted: _e, ...copy } = rest;
          await incoming.remove(row.folder, line.sha256);
          return known.files.has(line.sha256) ? this.#copy(intake, { kind: 'copy', ...copy }) : 'known';
        }
        return this.#file(intake, row, line, incoming, taken);
      }
      default:
        return line satisfies never;
    }
  }

  #copy(intake: Intake, line: CarDriveLine & { kind: 'copy' }): 'recorded' | 'known' | 'unknown' {
    const file = intake.known.files.get(line.sha256);
    if (!file) return intake.known.gone.has(line.sha256) ? 'known' : 'unknown';
    if (intake.known.takenFrom(line.from, file.bytes) === line.sha256) return 'known';
    intake.record(line);
    return 'recorded';
  }

  async #file(
    intake: Intake,
    row: SourceRow,
    line: CarDriveLine & { kind: 'file' },
    incoming: Incoming,
    taken: string[],
  ): Promise<'recorded' | 'missing' | 'other-contents'> {
    const { sha256 } = line;
    if ((await incoming.received(row.folder, sha256)) !== line.bytes) return 'missing';
    let part: string;
    try {
      ({ part } = await intake.adopt(incoming.path(row.folder, sha256), sha256));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      // It cannot become right by more of it.
      await incoming.remove(row.folder, sha256);
      return 'other-contents';
    }
    for (let number = 1; number <= MOST_NAMES; number += 1) {
      const key = keyOfLine(row.folder, line, intake.known.event(line.event ?? ''), number);
      const state = await intake.nameState(key, sha256);
      if (state === 'taken') continue;
      if (state === 'same') await intake.discard(part);
      intake.store({ ...line, key }, state === 'same' ? undefined : part);
      taken.push(sha256);
      return 'recorded';
    }
    await intake.discard(part);
    throw new Unavailable('Every name for a file is taken in the library.', RETRY_MS);
  }

  /** With the car's manifest, while nobody else writes to it. */
  async #writing<T>(row: SourceRow, act: (intake: Intake) => Promise<T>): Promise<T> {
    const { library, turns, now } = this.#options;
    if (!library) throw inBucket();
    const { root, id } = library;
    return turns.run(root, row.folder, async () => {
      const there = (await systemDisk.stat(join(root, row.folder, MANIFEST)))?.size ?? 0;
      let intake = this.#open.get(row.id);
      if (!intake || intake.bytes !== there || there === 0) {
        intake = await openIntake({ root, source: row.folder, library: id, now: () => new Date(now()) });
        this.#open.set(row.id, intake);
      }
      try {
        return await act(intake);
      } catch (error) {
        // What it holds may be half of something.
        this.#open.delete(row.id);
        throw error;
      }
    });
  }

  async #of(car: string): Promise<{ row: SourceRow; incoming: Incoming }> {
    const { incoming } = this.#options;
    const row = await this.#options.car(car);
    if (!incoming || CarSettingsRow.parse(row.settings).from.type !== 'library') throw inBucket();
    return { row, incoming };
  }
}

async function openIntake(place: {
  readonly root: string;
  readonly source: string;
  readonly library: string;
  readonly now: () => Date;
}): Promise<Intake> {
  try {
    return await Intake.open({ disk: systemDisk, ...place, again: false });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new UserError(
      `The manifest of ${place.source} is damaged: ${error.reason}.`,
      'Restore manifest.jsonl from a backup, or move the car’s folder away.',
      { code: 'conflict', cause: error },
    );
  }
}

function inBucket(): UserError {
  return new UserError(
    'This car has no folder in the library.',
    'Footage of cars needs a library in a folder; see docs/dashcam.md.',
    { code: 'conflict' },
  );
}
