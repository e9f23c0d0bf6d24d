/**
 * Finds published segments by walking the library, so that the catalog can be made again from files alone. Used by the hub.
 */
import { join } from 'node:path';
import { InputError } from '../../../base/errors.ts';
import { type Disk, diskErrorCode } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import type { SegmentReport } from '../../../contract/recorder.ts';
import type { SegmentIdentity } from '../../../media/mp4/identity.ts';
import { readIndex, sha256Of } from './file-reader.ts';
import { isLibraryKey, RESERVED_FOLDERS } from './names.ts';
import { finishedOf, reportOf } from './report.ts';

export interface DiscoverOptions {
  readonly disk: Disk;
  readonly libraryDir: string;
  /** Read every byte for the SHA-256. Without it `sha256` is null and only the ends of each file are read. */
  readonly hash?: boolean;
  /** Days before this one (`2026-11-21`, UTC) are not looked at. */
  readonly fromDay?: string;
  /** Keys that need not be read, because the catalog has them. */
  known?(key: string): boolean | Promise<boolean>;
  readonly signal?: AbortSignal;
}

export type Discovered =
  | {
      readonly kind: 'segment';
      readonly key: string;
      readonly identity: SegmentIdentity;
      readonly report: Omit<SegmentReport, 'sha256'> & { readonly sha256: string | null };
    }
  /** Not one of ours, damaged, or unfinished; to be left alone. */
  | { readonly kind: 'unknown'; readonly key: string; readonly reason: string };

/** All files of all sources, by name, oldest first within a track. A file that vanishes meanwhile is passed over. */
export async function* discover(options: DiscoverOptions): AsyncGenerator<Discovered> {
  const { disk, libraryDir, fromDay, known, signal } = options;
  for (const source of await folders(disk, libraryDir)) {
    if (RESERVED_FOLDERS.has(source) || source.startsWith('.')) continue;
    // Footage that was made elsewhere is recorded in its manifest, and is no stranger.
    const harvested = (await disk.stat(join(libraryDir, source, MANIFEST))) !== undefined;
    for (const track of await folders(disk, join(libraryDir, source))) {
      for (const day of await folders(disk, join(libraryDir, source, track))) {
        if (fromDay !== undefined && day < fromDay) continue;
        for (const hour of await folders(disk, join(libraryDir, source, track, day))) {
          const folder = `${source}/${track}/${day}/${hour}`;
          for (const name of (await names(disk, join(libraryDir, folder), false)).sort()) {
            signal?.throwIfAborted();
            const key = `${folder}/${name}`;
            if (harvested && !isLibraryKey(key)) continue;
            if (await known?.(key)) continue;
            const found = await look(options, key);
            if (found) yield found;
          }
        }
      }
    }
  }
}

async function look({ disk, libraryDir, hash }: DiscoverOptions, key: string): Promise<Discovered | undefined> {
  if (!isLibraryKey(key)) return { kind: 'unknown', key, reason: 'its name is not one that Vidette gives' };
  const path = join(libraryDir, key);
  try {
    const index = await readIndex(disk, path);
    if (!index.complete || index.ended === null) return { kind: 'unknown', key, reason: 'it is not whole' };
    const sha256 = hash ? await sha256Of(disk, path) : null;
    const report = { ...reportOf(finishedOf(index, index.ended, index.validBytes), key, sha256 ?? ''), sha256 };
    return { kind: 'segment', key, identity: index.identity, report };
  } catch (error) {
    if (error instanceof InputError) return { kind: 'unknown', key, reason: error.reason };
    if (diskErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function folders(disk: Disk, path: string): Promise<string[]> {
  return (await names(disk, path, true)).sort();
}

async function names(disk: Disk, path: string, folder: boolean): Promise<string[]> {
  return (await disk.readdir(path)).filter((entry) => entry.folder === folder).map((entry) => entry.name);
}
