/**
 * `vidette verify`: whether a manifest is unbroken, and whether what it records is there and unchanged. Reads only.
 */
import { join } from 'node:path';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import { hashBlock } from '../volume/hash-of-reader.ts';
import { INTAKE, openBatch } from './batch.ts';
import { hashOf } from './intake.ts';
import { Known, NOTHING_HELD } from './known.ts';
import { harvestedSources, openLibrary } from './library-folder.ts';
import { type ReadManifest, readManifest } from './manifest.ts';

export interface VerifiedSource {
  readonly source: string;
  readonly lines: number;
  /** SHA-256 of the last line that is in the chain. */
  readonly head: string;
  /** The first line that is not in the chain; nothing behind it was looked at. */
  readonly broken: ReadManifest['broken'] | null;
  /** A harvest was broken off, or is running: the next one completes it. */
  readonly unfinished: boolean;
  /** Files that are recorded and were not deleted since. */
  readonly files: number;
  readonly bytes: number;
  /** Files that were deleted on purpose, which is recorded. */
  readonly deleted: number;
  /** Keys of files that are gone, and no line says why. */
  readonly missing: readonly string[];
  /** Keys of files with another length, or other contents. */
  readonly changed: readonly { readonly key: string; readonly what: string }[];
  /** Files in its folder that no line records. */
  readonly unrecorded: readonly string[];
  /** Keys of files that are recorded as deleted and are there: somebody has put them back. */
  readonly again: readonly string[];
}

export interface Verification {
  readonly library: string;
  readonly sources: readonly VerifiedSource[];
  /** Whether contents were compared, and not only lengths. */
  readonly contents: boolean;
  /** Whether a line of the given hash is in one of the manifests; null when none was given. */
  readonly expected: boolean | null;
  readonly ok: boolean;
}

export interface VerifyOptions {
  /** Read every file and compare its SHA-256. */
  readonly contents?: boolean;
  /** Hash of a line that must be there, noted at an earlier time: a chain does not show that its end was cut off. */
  readonly expect?: string;
  readonly signal?: AbortSignal;
  /** @param done 0 to 1 */
  readonly progress?: (done: number) => void;
}

/** @throws UserError `not-found` when it is no library */
export async function verifyLibrary(folder: string, options: VerifyOptions = {}): Promise<Verification> {
  const { root } = await openLibrary(folder);
  let expected = false;
  const sources: VerifiedSource[] = [];
  for (const source of await harvestedSources(root))
    sources.push(
      await verifySource(systemDisk, root, source, options, (hash) => {
        expected ||= hash === options.expect;
      }),
    );
  const sound = sources.every(
    ({ broken, missing, changed }) => broken === null && missing.length === 0 && changed.length === 0,
  );
  return {
    library: root,
    sources,
    contents: options.contents === true,
    expected: options.expect === undefined ? null : expected,
    ok: sound && (options.expect === undefined || expected),
  };
}

/** @param onHash of each line in the chain */
export async function verifySource(
  disk: Disk,
  root: string,
  source: string,
  { contents = false, signal, progress }: VerifyOptions,
  onHash: (hash: string) => void = () => undefined,
): Promise<VerifiedSource> {
  const known = new Known();
  const open = await openBatch({ disk, root, source });
  const read = await readManifest(
    disk,
    join(root, source, MANIFEST),
    (line, hash) => {
      known.add(line);
      // Years of what is gone need no memory but for their number.
      if (known.lines % FORGET_EVERY === 0) known.forget(NOTHING_HELD);
      onHash(hash);
    },
    { ...(signal ? { signal } : {}), ...(open === undefined ? {} : { upTo: open.bytes }) },
  );
  const total = [...known.files.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  let missing: string[] = [];
  const changed: { readonly key: string; readonly what: string }[] = [];
  const keys = new Set<string>();
  const block = hashBlock();
  let done = 0;
  for (const [sha256, { key, bytes }] of known.files) {
    signal?.throwIfAborted();
    keys.add(key);
    const there = await disk.stat(join(root, key));
    if (!there) missing.push(key);
    else if (there.size !== bytes) changed.push({ key, what: `it has ${there.size} bytes and had ${bytes}` });
    else if (contents && (await hashOf(disk, join(root, key), signal, block)) !== sha256)
      changed.push({ key, what: 'its contents have changed' });
    done += bytes;
    progress?.(total === 0 ? 1 : done / total);
  }
  if (missing.length > 0) {
    const leaving = await leavingOf(disk, root, source, new Set(missing));
    missing = missing.filter((key) => !leaving.has(key));
  }
  const others: string[] = [];
  for await (const key of filesIn(disk, root, source, 0)) if (!keys.has(key)) others.push(key);
  const once = await recordedOf(disk, root, source, new Set(others));
  const waiting = (await disk.readdir(join(root, source, INTAKE))).length > 0;
  return {
    source,
    lines: read.lines,
    head: read.head,
    broken: read.broken ?? null,
    unfinished: waiting || read.torn > 0,
    files: known.files.size,
    bytes: total,
    deleted: known.gone.size,
    missing,
    changed,
    unrecorded: others.filter((key) => !once.has(key)),
    again: others.filter((key) => once.has(key)),
  };
}

const FORGET_EVERY = 10_000;

/** Of these keys, those of files that are being deleted on purpose right now, or were since the manifest was read. */
async function leavingOf(
  disk: Disk,
  root: string,
  source: string,
  keys: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const open = await openBatch({ disk, root, source });
  const leaving = new Set(open?.removes);
  const keyOf = new Map<string, string>();
  await readManifest(disk, join(root, source, MANIFEST), (line) => {
    if (line?.kind === 'file' && keys.has(line.key)) {
      keyOf.set(line.sha256, line.key);
      leaving.delete(line.key);
    }
    if (line?.kind === 'deleted') for (const sha256 of line.files) addIfThere(leaving, keyOf.get(sha256));
  });
  return leaving;
}

/** Of these keys, those that a line has ever recorded: who is not stored under them any more was deleted. */
async function recordedOf(
  disk: Disk,
  root: string,
  source: string,
  keys: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const recorded = new Set<string>();
  if (keys.size === 0) return recorded;
  const open = await openBatch({ disk, root, source });
  await readManifest(
    disk,
    join(root, source, MANIFEST),
    (line) => {
      if (line?.kind === 'file' && keys.has(line.key)) recorded.add(line.key);
    },
    open === undefined ? {} : { upTo: open.bytes },
  );
  return recorded;
}

const addIfThere = (set: Set<string>, key: string | undefined): void => {
  if (key !== undefined) set.add(key);
};

const MOST_DEPTH = 8;

async function* filesIn(disk: Disk, root: string, folder: string, depth: number): AsyncGenerator<string> {
  for (const { name, folder: isFolder } of await disk.readdir(join(root, folder))) {
    if (name.startsWith('.') || (depth === 0 && name === MANIFEST)) continue;
    const key = `${folder}/${name}`;
    if (!isFolder) yield key;
    else if (depth < MOST_DEPTH) yield* filesIn(disk, root, key, depth + 1);
  }
}
