/**
 * The drives as people see them.
 */
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { isUuid } from '../../catalog/connection.ts';
import { type DriveSeen, driveAt, driveOfRoute, getDrive, listDrives, momentsOfDrive } from '../../catalog/drives.ts';
import type { Database, DriveRow, MomentRow } from '../../catalog/tables.ts';
import { Drive, type DriveDetail, type DriveFile, type DriveMoment } from '../../contract/drive.ts';
import { looksLikeRoute, parseRoute } from '../../sources/openpilot/names/parse-route.ts';
import type { RouteRequest } from '../../sources/openpilot/names/route-request.ts';
import { type Asker, hiddenFrom } from './privacy.ts';

export interface DrivesOptions {
  readonly db: Kysely<Database>;
  /** Whether its logs are being read just now. */
  readonly isReading: (driveId: string) => boolean;
  /** What keeps its logs from being read just now. */
  readonly problemOf: (driveId: string) => string | undefined;
  /** Somebody opens it: what is not known of it is asked for. @returns the row, where it has changed */
  readonly opened: (drive: DriveRow) => Promise<DriveRow | undefined>;
}

/** What a name stands for, and the part of the drive that it tells. */
export interface NamedDrive {
  readonly drive: DriveSeen;
  readonly request: RouteRequest | undefined;
}

const FILES = Drive.shape.minutes.element.shape.files.element.options;

export class Drives {
  readonly #options: DrivesOptions;

  constructor(options: DrivesOptions) {
    this.#options = options;
  }

  /** Newest first. @param which of one source; `before` UTC ms */
  async list(which: { sourceId?: string; before?: number; limit: number }, asker: Asker): Promise<Drive[]> {
    const { db } = this.#options;
    return (await listDrives(db, { ...which, hidden: await hiddenFrom(db, asker) })).map((row) => this.describe(row));
  }

  /** By id, route or address; undefined: it is none of these, or not known to this person. @throws UserError when a route is written wrongly */
  async find(name: string, asker: Asker): Promise<NamedDrive | undefined> {
    const { db } = this.#options;
    const hidden = await hiddenFrom(db, asker);
    if (isUuid(name)) {
      const drive = await getDrive(db, name);
      return drive && !hidden.includes(drive.source_id) ? { drive, request: undefined } : undefined;
    }
    if (!looksLikeRoute(name)) return undefined;
    const request = parseRoute(name);
    const drive =
      request.kind === 'route' ? await driveOfRoute(db, request, hidden) : await driveAt(db, request, hidden);
    if (!drive)
      throw new UserError(
        'That drive is not known here.',
        'Add the account or the folder that has it, or look for new drives there.',
        { code: 'not-found' },
      );
    return { drive, request };
  }

  /** @throws UserError `not-found` */
  async row(name: string, asker: Asker): Promise<DriveSeen> {
    const found = await this.find(name, asker);
    if (!found) throw new UserError('There is no such drive.', 'See the list of drives.', { code: 'not-found' });
    return found.drive;
  }

  /** With its files, which are asked for where they are not known. @throws UserError, Unavailable */
  async known(name: string, asker: Asker): Promise<DriveSeen> {
    const row = await this.row(name, asker);
    return { ...row, ...(await this.#options.opened(row)) };
  }

  describe(row: DriveSeen): Drive {
    const { summary } = row;
    const read = summary !== null;
    const reading = this.#options.isReading(row.id);
    const problem = row.problem ?? this.#options.problemOf(row.id) ?? null;
    return {
      id: row.id,
      source: row.source_id,
      route: row.route,
      start: new Date(row.start_at).toISOString(),
      startKnown: row.start_known,
      length: row.duration_ms / 1000,
      minutes: row.minutes.map(({ minute, files }) => ({ minute, files: FILES.filter((kind) => files[kind]) })),
      filesKnown: row.files_known,
      car: row.facts.car ?? null,
      distance: summary?.distance ?? row.facts.distance ?? null,
      engaged: summary ? summary.engaged.reduce((sum, { start, end }) => sum + end - start, 0) : null,
      events: read ? { alerts: row.alerts, bookmarks: row.bookmarks, disengaged: row.disengaged } : null,
      hasPicture: has(row, 'qcamera'),
      details: reading ? 'reading' : problem !== null ? 'failed' : read ? 'ready' : waits(row) ? 'waiting' : 'none',
      problem,
    };
  }

  /** @throws UserError, Unavailable where nothing is known of its files and they cannot be asked for */
  async detail(name: string, asker: Asker): Promise<DriveDetail> {
    const row = await this.known(name, asker);
    const moments = await momentsOfDrive(this.#options.db, row.id);
    return {
      drive: this.describe(row),
      moments: moments.flatMap((moment) => momentOf(row, moment)),
      track: row.track ?? [],
    };
  }
}

function has(row: DriveSeen, file: DriveFile): boolean {
  return !row.files_known || row.minutes.some(({ files }) => files[file]);
}

/** Whether there are logs that may be read. */
function waits(row: DriveSeen): boolean {
  return !row.files_known || row.logs_of !== '';
}

const KINDS = ['engaged', 'disengaged', 'alert', 'bookmark'] as const;
function momentOf(drive: DriveSeen, row: MomentRow): DriveMoment[] {
  const kind = KINDS.find((one) => one === row.kind);
  if (!kind) return [];
  const score = row.score ?? 0;
  const severity = score > 0.75 ? 'critical' : score > 0.4 ? 'userPrompt' : 'normal';
  return [
    {
      id: row.id,
      kind,
      start: (row.start_at - drive.start_at) / 1000,
      end: (row.end_at - drive.start_at) / 1000,
      label: row.label,
      severity: kind === 'alert' ? severity : null,
    },
  ];
}
