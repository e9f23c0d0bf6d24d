/**
 * Clips of bookmarks: of the newest when somebody asks, and of every new one where a source is set so.
 */
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { bookmarksToClip, getDrive, latestBookmark, markClipped } from '../../catalog/drives.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database, DriveRow, MomentRow, SourceRow } from '../../catalog/tables.ts';
import { type Clip, ClipRequest } from '../../contract/clip.ts';
import { type BookmarkClipRequest, DriveSource } from '../../contract/drive.ts';
import { type Asker, hiddenFrom } from './privacy.ts';
import { DriveSettingsRow } from './source-settings.ts';

export interface BookmarksOptions {
  readonly db: Kysely<Database>;
  readonly sourceOf: (id: string) => Promise<SourceRow | undefined>;
  /** By id or name. @throws UserError `not-found` */
  readonly findSource: (idOrName: string, asker: Asker) => Promise<SourceRow>;
  readonly create: (request: ClipRequest, createdBy: string | null, owner: string | null) => Promise<Clip>;
  /** UTC ms. */
  readonly now: () => number;
  readonly log: Log;
  /** How often what had to wait is looked at again, ms. */
  readonly againMs?: number;
}

type BookmarkClips = NonNullable<DriveSource['bookmarkClips']>;

const USUAL: BookmarkClips = DriveSource.shape.bookmarkClips.unwrap().parse({});
/** When no minute has come for so long, the drive is over. */
const OVER_MS = 150_000;
const AGAIN_MS = 30_000;
const MOST_AT_ONCE = 50;

export class Bookmarks {
  readonly #options: BookmarksOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: BookmarksOptions) {
    this.#options = options;
  }

  /** @throws UserError when none is known, or no clip can be made of it */
  async clipLatest(asked: BookmarkClipRequest, createdBy: string | null, owner: string | null): Promise<Clip> {
    const { db, findSource, create } = this.#options;
    const source = asked.source === undefined ? undefined : await findSource(asked.source, owner);
    const bookmark = await latestBookmark(db, source?.id, await hiddenFrom(db, owner));
    const drive = bookmark?.drive_id ? await getDrive(db, bookmark.drive_id) : undefined;
    if (!bookmark || !drive)
      throw new UserError(
        `No bookmark is known${source ? ` of “${source.name}”` : ''}.`,
        'A drive of an account tells its bookmarks once it has been opened; one of a folder by itself.',
        { code: 'not-found' },
      );
    const { before, after, layout, maxBytes } = { ...USUAL, ...(await this.#settingsOf(drive)).bookmarkClips };
    const wanted = {
      before: asked.before ?? before,
      after: asked.after ?? after,
      layout: asked.layout ?? layout,
      maxBytes: asked.maxBytes ?? maxBytes,
    };
    return create(requestFor(drive, bookmark, wanted), createdBy, owner);
  }

  /** There may be new ones. */
  soon(): void {
    this.#again = true;
    if (this.#running || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    let waits = false;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        waits = await this.#clipNew();
      } catch (error) {
        const level = error instanceof Unavailable || error instanceof UserError ? 'warn' : 'error';
        this.#options.log[level]('Clips of bookmarks could not be made; trying again.', { error: messageOf(error) });
        waits = true;
      }
    }
    if (waits && !this.#stopped) this.#timer = setTimeout(() => this.soon(), this.#options.againMs ?? AGAIN_MS).unref();
  }

  /** @returns whether something has to wait */
  async #clipNew(): Promise<boolean> {
    const { db } = this.#options;
    let waits = false;
    for (const row of await listSources(db, 'openpilot')) {
      const { bookmarkClips, clipsSince, owner } = DriveSettingsRow.parse(row.settings);
      if (bookmarkClips === null || !row.enabled) continue;
      for (const bookmark of await bookmarksToClip(db, row.id, clipsSince, MOST_AT_ONCE))
        if (!(await this.#clipOne(bookmark, bookmarkClips, owner))) waits = true;
    }
    return waits;
  }

  /** @returns false: what belongs to it may still come */
  async #clipOne(bookmark: MomentRow, wanted: BookmarkClips, owner: string | null): Promise<boolean> {
    const { db, create, log, now } = this.#options;
    const drive = bookmark.drive_id === null ? undefined : await getDrive(db, bookmark.drive_id);
    if (!drive) return true;
    const end = (bookmark.start_at - drive.start_at) / 1000 + wanted.after;
    if (end * 1000 > drive.duration_ms && now() - newestFile(drive) < OVER_MS) return false;
    try {
      const clip = await create(requestFor(drive, bookmark, wanted), null, owner);
      log.info('A clip of a bookmark is being made.', { drive: drive.id, clip: clip.id });
    } catch (error) {
      if (!(error instanceof UserError) || error.code === 'too-many') throw error;
      log.warn('No clip can be made of a bookmark.', { drive: drive.id, error: messageOf(error) });
    }
    // Twice is better than never: where this fails, the clip is made once more.
    await markClipped(db, bookmark.id);
    return true;
  }

  async #settingsOf(drive: DriveRow): Promise<Partial<DriveSettingsRow>> {
    const row = await this.#options.sourceOf(drive.source_id);
    if (!row) return {};
    const settings = DriveSettingsRow.parse(row.settings);
    return settings.bookmarkClips === null ? {} : settings;
  }
}

function requestFor(drive: DriveRow, bookmark: MomentRow, wanted: BookmarkClips): ClipRequest {
  const at = (bookmark.start_at - drive.start_at) / 1000;
  const start = Math.max(0, at - wanted.before);
  const end = Math.min(drive.duration_ms / 1000, Math.max(at + wanted.after, start + 1));
  return ClipRequest.parse({
    sources: [drive.id],
    ranges: [{ start: tenth(start), end: tenth(end) }],
    layout: wanted.layout,
    overlays: { marker: true },
    limits: wanted.maxBytes === null ? {} : { maxBytes: wanted.maxBytes },
  });
}

const tenth = (seconds: number): number => Math.round(seconds * 10) / 10;

/** When the newest of its files was written, UTC ms; 0 where nobody tells. */
function newestFile(drive: DriveRow): number {
  return Math.max(0, ...drive.minutes.flatMap(({ files }) => Object.values(files).map((file) => file.changed)));
}
