/**
 * Deletes what a harvest has stored, on purpose: first it is recorded in the manifest, durably, then the files go. After a crash at any place a file is
 * there and not recorded as deleted, or recorded, and whoever opens the source next removes what is left of it.
 */
import { join } from 'node:path';
import { InputError, UserError } from '../../../base/errors.ts';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import { Folders } from '../../../blobs/folders.ts';
import { type BatchPlace, commit, recover } from './batch.ts';
import { Known, NOTHING_HELD } from './known.ts';
import { lockSource, openLibrary } from './library-folder.ts';
import { readManifest } from './manifest.ts';
import type { ManifestLine } from './manifest-line.ts';

/** `age`: older than it is to be kept; `space`: room was needed; `asked`: a person wanted it. */
export type DeletionReason = 'age' | 'space' | 'asked';

export interface DeletionOptions {
  readonly why: DeletionReason;
  readonly disk?: Disk;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

export interface Deletion {
  /** What is gone now. */
  readonly deleted: readonly { readonly sha256: string; readonly key: string; readonly bytes: number }[];
  /** SHA-256 of what no line records as stored, or what was deleted before. */
  readonly unknown: readonly string[];
  /** SHA-256 of the manifest's last line. */
  readonly head: string;
}

/** Files of one line: a crash costs at most that these are deleted later. */
const MOST_FILES = 1000;

/**
 * Deletes files of a source. A harvest into it must not be running.
 * @param library its folder
 * @param source folder of the source in it
 * @param sha256s of the files, hex
 * @throws UserError `locked` while a harvest is running, `not-found` when it is no library or holds no such source; InputError when the manifest is
 *   damaged: then nothing is deleted
 */
export async function deleteRecorded(
  library: string,
  source: string,
  sha256s: readonly string[],
  options: DeletionOptions,
): Promise<Deletion> {
  const { root } = await openLibrary(library);
  if (!(await (options.disk ?? systemDisk).stat(join(root, source, MANIFEST))))
    throw new UserError(`The library ${root} holds no footage of “${source}”.`, 'Name a car that was harvested.', {
      code: 'not-found',
    });
  using _lock = await lockSource(root, source);
  return await deleteHeld(root, source, sha256s, options);
}

/** The same, for who holds the source's lock. */
export async function deleteHeld(
  root: string,
  source: string,
  sha256s: readonly string[],
  { why, signal, disk = systemDisk, now = () => new Date() }: DeletionOptions,
): Promise<Deletion> {
  const place: BatchPlace = { disk, folders: new Folders(disk, root), root, source };
  await recover(place);
  const known = new Known();
  const path = join(root, source, MANIFEST);
  const read = await readManifest(disk, path, (line) => addStored(known, line), signal ? { signal } : {});
  if (read.broken)
    throw new InputError(MANIFEST, `line ${read.broken.line} breaks the chain: ${read.broken.reason}`, {
      offset: read.bytes,
    });
  if (read.torn > 0) await disk.truncate(path, read.bytes);
  const deleted = [...withPartners(new Set(sha256s), known)].flatMap((sha256) => {
    const file = known.files.get(sha256);
    return file ? [{ sha256, key: file.key, bytes: file.bytes }] : [];
  });
  let end: { readonly head: string; readonly bytes: number } = read;
  for (let at = 0; at < deleted.length; at += MOST_FILES) {
    signal?.throwIfAborted();
    const part = deleted.slice(at, at + MOST_FILES);
    end = await commit(place, end, {
      files: [],
      lines: [{ kind: 'deleted', at: now().toISOString(), why, files: part.map(({ sha256 }) => sha256) }],
      removes: part.map(({ key }) => key),
    });
  }
  const unknown = [...new Set(sha256s)].filter((sha256) => !known.files.has(sha256));
  return { deleted, unknown, head: end.head };
}

const FORGET_EVERY = 10_000;

/** Only what is stored counts here. */
function addStored(known: Known, line: ManifestLine | undefined): void {
  known.add(line);
  if (known.lines % FORGET_EVERY === 0) known.forget(NOTHING_HELD);
}

/** An encrypted clip and what was in it go together. */
function withPartners(wanted: ReadonlySet<string>, { plainOf }: Known): ReadonlySet<string> {
  const all = new Set(wanted);
  for (const [sealed, plain] of plainOf) {
    if (wanted.has(sealed)) all.add(plain);
    if (wanted.has(plain)) all.add(sealed);
  }
  return all;
}
