/**
 * Has the logs of drives read, one drive at a time: those of folders by themselves, those of accounts when somebody opens the drive.
 */
import type { Kysely } from 'kysely';
import { InputError, messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type DriveReading, noteProblem, putReading, unreadDrives } from '../../catalog/drives.ts';
import { listSources } from '../../catalog/sources.ts';
import { stableId } from '../../catalog/stable-id.ts';
import type { Database, DriveRow } from '../../catalog/tables.ts';
import type { DriveSummary } from '../../sources/openpilot/reader/messages.ts';
import type { DriveReader } from './reader.ts';
import { DriveSettingsRow } from './source-settings.ts';
import type { DriveStore, WantedFile } from './store.ts';

export interface ReadingsOptions {
  readonly db: Kysely<Database>;
  readonly store: DriveStore;
  readonly reader: Pick<DriveReader, 'ask'>;
  readonly log: Log;
  /** Something new is known of a drive, or it is being read. */
  readonly onChange: (driveId: string) => void;
  /** What happened in a drive of this source is known now. */
  readonly onRead: (sourceId: string) => void;
}

const RETRY_MS = 60_000;
/** How the severity of an alert lies in the score of its moment. */
const SCORES = { normal: 0.25, userPrompt: 0.5, critical: 1 } as const;

export class DriveReadings {
  readonly #options: ReadingsOptions;
  readonly #stopping = new AbortController();
  /** Asked for by somebody, newest last. */
  readonly #wanted = new Map<string, DriveRow>();
  /** Why what somebody asked for could not be read just now, by drive. */
  readonly #problems = new Map<string, string>();
  #reading: string | undefined;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again = false;

  constructor(options: ReadingsOptions) {
    this.#options = options;
  }

  isReading(driveId: string): boolean {
    return this.#reading === driveId || this.#wanted.has(driveId);
  }

  /** What kept its logs from being read, and may be gone when somebody opens it again. */
  problemOf(driveId: string): string | undefined {
    return this.#problems.get(driveId);
  }

  /** Somebody looks at it. */
  want(drive: DriveRow): void {
    this.#problems.delete(drive.id);
    if (drive.logs_of === '' || drive.summary_of === drive.logs_of || this.isReading(drive.id)) return;
    this.#wanted.set(drive.id, drive);
    this.soon();
  }

  /** There may be drives that have not been read. */
  soon(): void {
    this.#again = true;
    if (this.#running || this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the hub stops'));
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      try {
        for (let drive = await this.#next(); drive && !signal.aborted; drive = await this.#next())
          await this.#read(drive);
      } catch (error) {
        if (signal.aborted) return;
        const level = error instanceof Unavailable || error instanceof UserError ? 'warn' : 'error';
        this.#options.log[level]('Logs of drives could not be read; trying again.', { error: messageOf(error) });
        this.#timer = setTimeout(() => this.soon(), RETRY_MS).unref();
        return;
      }
    }
  }

  async #next(): Promise<DriveRow | undefined> {
    const [wanted] = [...this.#wanted.values()].slice(-1);
    if (wanted) return wanted;
    const { db } = this.#options;
    const folders = (await listSources(db, 'openpilot')).filter(
      (row) => row.enabled && DriveSettingsRow.parse(row.settings).from.type === 'folder',
    );
    const [drive] = await unreadDrives(
      db,
      folders.map((row) => row.id),
      1,
    );
    return drive;
  }

  async #read(drive: DriveRow): Promise<void> {
    const { db, store, reader, log, onChange, onRead } = this.#options;
    const urgent = this.#wanted.has(drive.id);
    this.#reading = drive.id;
    this.#wanted.delete(drive.id);
    onChange(drive.id);
    try {
      const files: WantedFile[] = drive.minutes.flatMap((minute) =>
        minute.files.qlog || minute.files.rlog
          ? [{ drive, minute: minute.minute, file: minute.files.qlog ? 'qlog' : 'rlog' }]
          : [],
      );
      const read = (paths: string[]): Promise<DriveSummary> =>
        reader.ask(
          {
            do: 'summary',
            files: files.map(({ minute, file }, at) => ({
              minute,
              path: paths[at] ?? '',
              name: `${file} of minute ${minute}`,
            })),
          },
          urgent,
        );
      const summary = await store.withFiles(files, read, this.#stopping.signal);
      for (const note of summary.notes) log.info('A log of a drive cannot be read.', { drive: drive.id, reason: note });
      await putReading(db, drive.id, readingOf(drive, summary));
      onRead(drive.source_id);
    } catch (error) {
      const gone = error instanceof UserError && error.code === 'not-found';
      if (urgent && (error instanceof Unavailable || (error instanceof UserError && !gone))) {
        if (this.#problems.size > 1000) this.#problems.clear();
        const remedy = error instanceof UserError ? ` ${error.remedy}` : '';
        this.#problems.set(drive.id, `${error.message}${remedy}`);
        log.warn('The logs of a drive cannot be had just now.', { drive: drive.id, error: messageOf(error) });
        return;
      }
      if (!(error instanceof InputError) && !gone) throw error;
      log.warn('The logs of a drive cannot be read.', { drive: drive.id, error: messageOf(error) });
      await noteProblem(db, drive.id, messageOf(error), drive.logs_of);
    } finally {
      this.#reading = undefined;
      onChange(drive.id);
    }
  }
}

function readingOf(drive: DriveRow, summary: DriveSummary): DriveReading {
  const { startAt, car, device, version, engaged, distance, track, moments } = summary;
  return {
    summary: { engaged: engaged.map(({ start, end }) => ({ start, end })), distance },
    track,
    facts: {
      ...(car === null ? {} : { car }),
      ...(device === null ? {} : { device }),
      ...(version === null ? {} : { version }),
    },
    startAt,
    logsOf: drive.logs_of,
    moments: unlike(
      moments.map(({ kind, start, end, label, severity }) => ({
        id: idOf(drive.id, kind, start, label),
        kind,
        start,
        end,
        label,
        score: severity === null ? null : SCORES[severity],
      })),
    ),
  };
}

/** The same moment has the same id whenever the logs are read, so that what became of it is not forgotten. */
function idOf(driveId: string, kind: string, start: number, label: string | null): string {
  return stableId([driveId, kind, Math.round(start * 10), label]);
}

function unlike<T extends { readonly id: string }>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [one.id, one])).values()];
}
