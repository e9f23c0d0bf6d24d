/**
 * A batch of files goes into the library as one: first everything that is to be done is written down, then it is done, and whoever finds it written
 * down does it again. So after a crash at any place a file is stored and recorded, or neither.
 */
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../../base/errors.ts';
import { type Disk, diskErrorCode } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import type { Folders } from '../../../blobs/folders.ts';
import { checkKey } from '../../../blobs/key.ts';
import { appendAt, type ManifestEnd, readManifest } from './manifest.ts';
import { chain, LineBody, type ManifestLine } from './manifest-line.ts';

/** Where files lie until they have their name, below the source's folder. */
export const INTAKE = '.intake';
const JOURNAL = 'batch.json';
const DRAFT = 'batch.draft';
/** What file systems without hard links answer: exFAT and FAT, some network and FUSE ones; EMLINK: too many names. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
const MOST_JOURNAL = 64 << 20;

const Journal = z.object({
  /** Where in the manifest its lines begin, and the hash of the line before. */
  bytes: z.int().nonnegative(),
  previous: z.string(),
  /** Files that get their name. */
  files: z.array(z.object({ part: z.string().regex(/^[0-9a-z-]+\.part$/), key: z.string() })),
  lines: z.array(LineBody),
  /** Keys of files that go, after the lines are durable. */
  removes: z.array(z.string()).default([]),
});

export interface Batch {
  /** Verified and durable, in the intake folder. */
  readonly files: readonly { readonly part: string; readonly key: string }[];
  readonly lines: readonly ManifestLine[];
  /** Keys of files that go. */
  readonly removes?: readonly string[];
}

export interface BatchPlace {
  readonly disk: Disk;
  readonly folders: Folders;
  /** The library. */
  readonly root: string;
  /** Folder of the source in it. */
  readonly source: string;
}

const intakeOf = ({ root, source }: BatchPlace): string => join(root, source, INTAKE);
const manifestOf = ({ root, source }: BatchPlace): string => join(root, source, MANIFEST);

/** @param end of the manifest as it is. @returns its end afterwards */
export async function commit(
  place: BatchPlace,
  end: { readonly head: string; readonly bytes: number },
  batch: Batch,
): Promise<{ readonly head: string; readonly bytes: number }> {
  const { disk } = place;
  const intake = intakeOf(place);
  const journal: z.output<typeof Journal> = {
    bytes: end.bytes,
    previous: end.head,
    files: [...batch.files],
    lines: [...batch.lines],
    removes: [...(batch.removes ?? [])],
  };
  await removeIfThere(disk, join(intake, DRAFT));
  const file = await disk.openAppend(join(intake, DRAFT), 'new');
  try {
    await file.writev([Buffer.from(JSON.stringify(journal))]);
    await file.datasync();
  } finally {
    await file.close();
  }
  // The names of the parts last before that of the list that speaks of them, and the list before it is gone for good.
  await disk.syncFolder(intake);
  await disk.rename(join(intake, DRAFT), join(intake, JOURNAL));
  await disk.syncFolder(intake);
  return carryOut(place, journal);
}

/**
 * What a crash has left: a batch that was written down is carried out, parts that belong to none are removed.
 * @param from an end of the manifest that is known to be sound; its beginning by default
 * @returns how many files got their name now
 * @throws InputError when the manifest is not the one that the batch was written for
 */
export async function recover(place: BatchPlace, from?: ManifestEnd): Promise<number> {
  const { disk } = place;
  const intake = intakeOf(place);
  const names = (await disk.readdir(intake)).filter((entry) => !entry.folder).map((entry) => entry.name);
  let files = 0;
  if (names.includes(JOURNAL)) {
    const journal = await readJournal(disk, join(intake, JOURNAL));
    const before = await readManifest(disk, manifestOf(place), () => undefined, {
      upTo: journal.bytes,
      ...(from && from.bytes <= journal.bytes ? { from } : {}),
    });
    if (before.broken || before.bytes !== journal.bytes || before.head !== journal.previous)
      throw new InputError(MANIFEST, 'it is not the one that an unfinished harvest was writing to', {
        offset: before.bytes,
      });
    await carryOut(place, journal);
    files = journal.files.length;
  }
  const left = (await disk.readdir(intake)).filter(({ name }) => name.endsWith('.part') || name === DRAFT);
  for (const { name } of left) await disk.unlink(join(intake, name));
  if (left.length > 0) await disk.syncFolder(intake);
  return files;
}

/**
 * A batch that is still to be carried out: where in the manifest its lines begin, and the keys of files that go with it. Undefined when there is none.
 */
export async function openBatch({
  disk,
  root,
  source,
}: Omit<BatchPlace, 'folders'>): Promise<{ readonly bytes: number; readonly removes: readonly string[] } | undefined> {
  const path = join(root, source, INTAKE, JOURNAL);
  return (await disk.stat(path)) ? readJournal(disk, path) : undefined;
}

async function readJournal(disk: Disk, path: string): Promise<z.output<typeof Journal>> {
  const file = await disk.openRead(path);
  try {
    if (file.size > MOST_JOURNAL) throw new InputError(JOURNAL, 'it is too large to be the list of a batch');
    const parsed = Journal.safeParse(JSON.parse(Buffer.from(await file.read(0, file.size)).toString('utf8')));
    if (!parsed.success) throw new InputError(JOURNAL, 'it is not the list of a batch');
    return parsed.data;
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(JOURNAL, 'it is not whole', { cause: error });
    throw error;
  } finally {
    await file.close();
  }
}

/** Every step may have been done already. */
async function carryOut(
  place: BatchPlace,
  journal: z.output<typeof Journal>,
): Promise<{ readonly head: string; readonly bytes: number }> {
  const { disk, root } = place;
  const intake = intakeOf(place);
  const folders = new Set<string>();
  for (const { part, key } of journal.files) {
    const target = join(root, checkKey(key));
    await place.folders.ensure(dirname(target));
    await giveName(disk, join(intake, part), target);
    folders.add(dirname(target));
  }
  for (const folder of folders) await disk.syncFolder(folder);
  const { text, head } = chain(journal.previous, journal.lines);
  const bytes = Buffer.from(text);
  await appendAt(disk, manifestOf(place), journal, bytes);
  await removeFiles(place, journal.removes);
  for (const { part } of journal.files) await removeIfThere(disk, join(intake, part));
  await removeIfThere(disk, join(intake, JOURNAL));
  return { head, bytes: journal.bytes + bytes.length };
}

async function removeFiles({ disk, root }: BatchPlace, keys: readonly string[]): Promise<void> {
  const folders = new Set<string>();
  for (const key of keys) {
    const path = join(root, checkKey(key));
    await removeIfThere(disk, path);
    folders.add(dirname(path));
  }
  for (const folder of folders)
    await disk.syncFolder(folder).catch((error: unknown) => {
      // Somebody has cleared the whole folder away.
      if (diskErrorCode(error) !== 'ENOENT') throw error;
    });
}

/** Never over another file: the caller has seen that the name is free, and holds the lock. */
async function giveName(disk: Disk, part: string, target: string): Promise<void> {
  const there = await disk.stat(target);
  const mine = await disk.stat(part);
  if (there) {
    if (mine && mine.ino !== there.ino)
      throw new InputError(basename(target), 'another file has taken its name in the library');
    return;
  }
  if (!mine) throw new InputError(basename(target), 'it was removed before it was stored');
  await linkOrRename(disk, part, target);
}

/** A second name, or where there are no links another one. */
export async function linkOrRename(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    if (!NO_LINKS.has(diskErrorCode(error) ?? '')) throw error;
    await disk.rename(from, to);
  }
}

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  if (await disk.stat(path)) await disk.unlink(path);
}
