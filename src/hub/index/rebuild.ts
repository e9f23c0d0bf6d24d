/**
 * Makes the catalog's rows from the files: the file is the truth. Adds what is missing and changes nothing that is there,
 * so it can run any number of times, also while recorders record.
 */
import type { Kysely } from 'kysely';
import { systemClock } from '../../base/clock.ts';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { CameraLeases } from '../../catalog/leases.ts';
import { deleteRows, markDeleting } from '../../catalog/leaving.ts';
import { recountDays } from '../../catalog/segment-days.ts';
import { highestToken, insertReports, knownKeys } from '../../catalog/segments.ts';
import { adoptSource } from '../../catalog/sources.ts';
import type { Database } from '../../catalog/tables.ts';
import type { SegmentReport } from '../../contract/recorder.ts';
import type { SegmentIdentity } from '../../media/mp4/identity.ts';
import { CameraSettings } from '../camera-settings.ts';
import { findSegments, type LibraryPlace } from './found.ts';

export interface RebuildOptions extends LibraryPlace {
  readonly db: Kysely<Database>;
  /** Identity of the library in the catalog. */
  readonly library: string;
  readonly log: Log;
  /** The second library, where there is one. */
  readonly archive?: LibraryPlace & { readonly id: string };
  /** Only days from this one on (`2026-11-21`, UTC). */
  readonly fromDay?: string;
  /** Sources that only the files know are made again, disabled and without address. False: their files are left alone. */
  readonly createSources?: boolean;
  /** Rows whose files are gone are removed too. */
  readonly checkRows?: boolean;
  readonly onProgress?: (progress: IndexCounts) => void;
  readonly signal?: AbortSignal;
}

export interface IndexCounts {
  /** Segments that had no row. */
  readonly added: number;
  /** Files whose row was there. */
  readonly known: number;
  /** Sources made again. */
  readonly sources: number;
  /** Files that are no segments of this library; left alone. */
  readonly unknown: number;
  /** Rows whose files are gone. */
  readonly missing: number;
}

const BATCH = 200;
const DAY_MS = 86_400_000;

/**
 * @returns what was found and done
 * @throws UserError when the library's marker is missing or names another library
 */
export async function rebuildIndex(options: RebuildOptions): Promise<IndexCounts> {
  const { db, blobs, library } = options;
  const marker = await blobs.readMarker();
  if (marker !== library)
    throw new UserError(
      marker === undefined
        ? 'The library has no marker file. Is its disk mounted?'
        : 'This is another library than the one in the catalog.',
      'Check where the library is (VIDETTE_DATA, VIDETTE_BLOBS).',
      { code: 'library' },
    );
  const { archive } = options;
  if (archive && (await archive.blobs.readMarker()) !== archive.id)
    throw new UserError('The archive is not there, or is another one.', 'Is its disk mounted? See GET /api/storage.', {
      code: 'library',
    });
  const counts = { added: 0, known: 0, sources: 0, unknown: 0, missing: 0 };
  await takeIn(options, 0, options, counts);
  // After the first: what lay in both when a move was cut off is moved again.
  if (archive) await takeIn(archive, 1, options, counts);
  if (counts.added > 0)
    await new CameraLeases({ db, clock: systemClock, leaseMs: 2000 }).raiseTokens(await highestToken(db));
  if (options.checkRows) {
    counts.missing = await dropMissing(options);
    await recountDays(db);
  }
  return counts;
}

/** Rows for the files of one library. */
async function takeIn(
  place: LibraryPlace,
  store: number,
  options: RebuildOptions,
  counts: { -readonly [K in keyof IndexCounts]: IndexCounts[K] },
): Promise<void> {
  const { db, log, library, signal, onProgress } = options;
  const rows = new KnownRows(db);
  const sources = new Map<string, boolean>();
  let batch: SegmentReport[] = [];
  const flush = async (): Promise<void> => {
    const receipts = await insertReports(db, batch, store);
    for (const receipt of receipts) counts[receipt.state === 'gone' ? 'unknown' : 'added']++;
    batch = [];
    onProgress?.({ ...counts });
  };
  const isKnown = async (key: string): Promise<boolean> => {
    const known = await rows.has(key);
    if (known) counts.known++;
    return known;
  };
  const wish = {
    known: isKnown,
    ...(options.fromDay === undefined ? {} : { fromDay: options.fromDay }),
    ...(signal ? { signal } : {}),
  };
  for await (const found of findSegments(place, wish)) {
    const reason = found.kind === 'unknown' ? found.reason : misplaced(found.key, found.identity, library);
    if (found.kind === 'unknown' || found.report.sha256 === null || reason !== undefined) {
      counts.unknown++;
      log.debug('A file is left alone.', { key: found.key, reason });
      continue;
    }
    if (!(await ensureSource(options, found.identity, sources, counts))) {
      counts.unknown++;
      continue;
    }
    batch.push({ ...found.report, sha256: found.report.sha256 });
    if (batch.length >= BATCH) await flush();
  }
  if (batch.length > 0) await flush();
}

/** Why a segment does not belong where it lies. */
function misplaced(key: string, identity: SegmentIdentity, library: string): string | undefined {
  if (identity.library !== null && identity.library !== library) return 'it was recorded for another library';
  return key.startsWith(`${identity.folder}/${identity.track}/`)
    ? undefined
    : 'it lies in the folder of another camera';
}

/** Whether the segment's source is in the catalog, or is now. */
async function ensureSource(
  { db, createSources = true, log }: RebuildOptions,
  identity: SegmentIdentity,
  known: Map<string, boolean>,
  counts: { sources: number },
): Promise<boolean> {
  const { sourceId: id, folder } = identity;
  const before = known.get(id);
  if (before !== undefined) return before;
  let there = true;
  if (createSources) {
    try {
      const settings = CameraSettings.parse({ url: '' });
      if (await adoptSource(db, { id, kind: 'camera', name: nameOf(folder), folder, settings, enabled: false }))
        counts.sources++;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      log.warn('Footage of an unknown camera lies in the folder of another one; it is left alone.', { folder });
      there = false;
    }
  } else there = (await db.selectFrom('sources').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
  known.set(id, there);
  return there;
}

/** `front-door` → `Front door`. */
function nameOf(folder: string): string {
  const words = folder.replace(/[-_]+/g, ' ').trim();
  return words === '' ? 'Camera' : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Which keys have rows, asked for a source and day at a time. */
class KnownRows {
  readonly #db: Kysely<Database>;
  #folders: Map<string, string> | undefined;
  #at = '';
  #keys: ReadonlySet<string> = new Set();

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async has(key: string): Promise<boolean> {
    const [folder = '', , day = ''] = key.split('/');
    const at = `${folder}/${day}`;
    if (at !== this.#at) {
      this.#keys = await this.#load(folder, Date.parse(`${day}T00:00:00Z`));
      this.#at = at;
    }
    return this.#keys.has(key);
  }

  async #load(folder: string, day: number): Promise<ReadonlySet<string>> {
    this.#folders ??= new Map(
      (await this.#db.selectFrom('sources').select(['id', 'folder']).execute()).map((row) => [row.folder, row.id]),
    );
    const id = this.#folders.get(folder);
    return id === undefined || !Number.isFinite(day) ? new Set() : await knownKeys(this.#db, id, day, day + DAY_MS);
  }
}

/** @throws UserError when a library is not there any more: then every file seems to be gone. */
async function stillThere({ blobs, library, archive }: RebuildOptions): Promise<void> {
  const gone = (await blobs.readMarker()) !== library || (archive && (await archive.blobs.readMarker()) !== archive.id);
  if (gone)
    throw new UserError('The library went away meanwhile.', 'When its disk is there again, do it again.', {
      code: 'library',
    });
}

/** Rows without a file go, and not by way of retention: a file that shows again (a folder that was not mounted) must not be removed then. */
async function dropMissing(options: RebuildOptions): Promise<number> {
  const { db, blobs, archive, log, signal } = options;
  let missing = 0;
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const rows = await db
      .selectFrom('segments')
      .select(['id', 'key', 'store'])
      .where('id', '>', after)
      .where('state', '!=', 'deleting')
      .orderBy('id')
      .limit(500)
      .execute();
    if (rows.length === 0) return missing;
    const gone: (typeof rows)[number][] = [];
    for (const row of rows) {
      const store = row.store === 0 ? blobs : archive?.blobs;
      // Of an archive that was not looked at nothing is known. A move that was cut off may have left the file in the other one.
      if (
        store === undefined ||
        (await store.stat(row.key)) ||
        (await (row.store === 0 ? archive?.blobs : blobs)?.stat(row.key))
      )
        continue;
      gone.push(row);
    }
    if (gone.length > 0) await stillThere(options);
    for (const { key } of gone) log.warn('A segment’s file is gone; its row is removed.', { key });
    const ids = gone.map((row) => row.id);
    await markDeleting(db, ids);
    await deleteRows(db, ids);
    missing += gone.length;
    after = rows.at(-1)?.id ?? after;
  }
}
