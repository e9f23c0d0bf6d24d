/**
 * What of a car is deleted, and what is protected. A file is deleted from the library by way of its manifest, which says so before it goes.
 */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { onlyOfCarEvent } from '../../catalog/car-events.ts';
import { clipsOfCarEvent, getCarClip, withEncrypted } from '../../catalog/car-files.ts';
import { addProtection, protectionsOf, removeProtection } from '../../catalog/protections.ts';
import type { Database, ProtectionRow, SourceRow } from '../../catalog/tables.ts';
import type { CarEvent } from '../../contract/car.ts';
import type { Protection } from '../../contract/kept.ts';
import { resolveMoment } from '../../contract/time.ts';
import { type DeletionReason, deleteHeld } from '../../sources/dashcam/harvest/deletion.ts';
import type { CarEvents } from './events.ts';
import { CarSettingsRow } from './settings-row.ts';
import { eventOf } from './shown.ts';
import type { WriteTurns } from './write-turns.ts';

export interface CarKeepingOptions {
  readonly db: Kysely<Database>;
  readonly car: (idOrName: string) => Promise<SourceRow>;
  readonly events: Pick<CarEvents, 'row'>;
  /** Folder of the library. */
  readonly root: string | undefined;
  /** Whether its marker is there and ours: nothing is deleted without. */
  readonly isThere: () => Promise<boolean>;
  readonly turns: WriteTurns;
  /** Its manifest says something new: the catalog follows. */
  readonly follow: (car: SourceRow) => Promise<void>;
  /** UTC ms. */
  readonly now: () => number;
  readonly log: Log;
}

const MOST_PROTECTIONS = 5000;

export class CarKeeping {
  readonly #options: CarKeepingOptions;

  constructor(options: CarKeepingOptions) {
    this.#options = options;
  }

  /** @throws UserError `conflict` while the event, or a clip that would go, is protected */
  async deleteEvent(car: string, event: string): Promise<{ files: number; bytes: number }> {
    const { db } = this.#options;
    const row = await this.#options.car(car);
    const { id, name } = await this.#options.events.row(car, event);
    const files = await onlyOfCarEvent(db, id);
    const going = new Set(files.map((file) => file.id));
    const clips = (await clipsOfCarEvent(db, id)).filter((clip) => going.has(clip.id));
    if ((await this.#options.events.row(car, event)).protected || clips.some((clip) => clip.protected))
      throw isProtected('The event');
    const gone = await this.remove(row, files, 'asked');
    this.#options.log.info('an event of a car was deleted', { car: row.id, event: name, ...gone });
    return gone;
  }

  /** @throws UserError `conflict` while it is protected */
  async deleteClip(car: string, clip: string): Promise<{ files: number; bytes: number }> {
    const row = await this.#options.car(car);
    const file = await getCarClip(this.#options.db, row.id, clip);
    if (!file) throw new UserError('The car has no such clip.', 'It may have been deleted.', { code: 'not-found' });
    if (file.protected) throw isProtected('The clip');
    const gone = await this.remove(row, await withEncrypted(this.#options.db, file.id), 'asked');
    this.#options.log.info('a clip of a car was deleted', { car: row.id, clip, ...gone });
    return gone;
  }

  /** Also for retention. @throws UserError, Unavailable */
  async remove(
    car: SourceRow,
    files: readonly { readonly sha256: Buffer | null; readonly bytes: number }[],
    why: DeletionReason,
  ): Promise<{ files: number; bytes: number }> {
    const { root, turns, isThere, follow } = this.#options;
    if (CarSettingsRow.parse(car.settings).from.type !== 'library' || root === undefined)
      throw new UserError('This drive is only read.', 'Delete it in the car, or on the drive itself.', {
        code: 'conflict',
      });
    if (!(await isThere()))
      throw new UserError('The library is not there.', 'Is its disk mounted?', { code: 'library' });
    const hashes = files.flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256.toString('hex')]));
    if (hashes.length === 0) return { files: 0, bytes: 0 };
    const { deleted } = await turns.run(root, car.folder, () => deleteHeld(root, car.folder, hashes, { why }));
    await follow(car);
    return { files: deleted.length, bytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** The range of its clips, and the event itself. */
  async protectEvent(car: string, event: string, by: string | null): Promise<CarEvent> {
    const row = await this.#options.events.row(car, event);
    if (!row.protected) {
      const start = Math.min(row.from_at ?? row.at, row.at);
      const end = Math.max(row.to_at ?? row.at, row.at + 1);
      const range = { id: row.id, source_id: row.source_id, track: null, start_at: start, end_at: end };
      await this.#add({ ...range, note: row.name, created_by: by });
    }
    return eventOf(await this.#options.events.row(car, event));
  }

  async unprotectEvent(car: string, event: string): Promise<CarEvent> {
    const row = await this.#options.events.row(car, event);
    await removeProtection(this.#options.db, row.source_id, row.id);
    return eventOf(await this.#options.events.row(car, event));
  }

  async protections(car: string): Promise<Protection[]> {
    const { id } = await this.#options.car(car);
    return (await protectionsOf(this.#options.db, id)).map(protectionOf);
  }

  /** @throws UserError */
  async protect(
    car: string,
    given: { readonly start: string; readonly end: string; readonly track: string | null; readonly note: string },
    by: string | null,
  ): Promise<Protection> {
    const { id } = await this.#options.car(car);
    const now = this.#options.now();
    const [start, end] = [resolveMoment(given.start, now), resolveMoment(given.end, now)];
    if (!Number.isFinite(start) || !Number.isFinite(end) || start < 0)
      throw new UserError('A time cannot be read.', 'Write it like 2026-11-21T18:05:00Z.', { code: 'invalid' });
    if (end <= start)
      throw new UserError('The range ends before it begins.', 'Its end must be later than its start.', {
        code: 'invalid',
      });
    const range = { start_at: Math.floor(start), end_at: Math.ceil(end), track: given.track, note: given.note };
    return protectionOf(await this.#add({ id: randomUUID(), source_id: id, ...range, created_by: by }));
  }

  /** @throws UserError `not-found` */
  async unprotect(car: string, protection: string): Promise<void> {
    const { id } = await this.#options.car(car);
    if (!(await removeProtection(this.#options.db, id, protection)))
      throw new UserError('This car has no such protected range.', 'See the list.', { code: 'not-found' });
  }

  async #add(range: Omit<ProtectionRow, 'created_at'>): Promise<ProtectionRow> {
    const row = await addProtection(this.#options.db, range, MOST_PROTECTIONS);
    if (row) return row;
    throw new UserError(
      `This car has ${MOST_PROTECTIONS} protected ranges already.`,
      'Remove some, or protect one long range.',
      { code: 'conflict' },
    );
  }
}

function isProtected(what: string): UserError {
  return new UserError(`${what} is protected.`, 'Remove the protection first.', { code: 'conflict' });
}

function protectionOf(row: ProtectionRow): Protection {
  return {
    id: row.id,
    source: row.source_id,
    track: row.track,
    start: new Date(row.start_at).toISOString(),
    end: new Date(row.end_at).toISOString(),
    note: row.note,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
  };
}
