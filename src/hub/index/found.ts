/**
 * The segments that a library holds, read from the files themselves, through any store. A folder is walked without it, which is quicker.
 */
import { createHash } from 'node:crypto';
import { InputError, UserError } from '../../base/errors.ts';
import { systemDisk } from '../../blobs/disk.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { readSegmentIndex } from '../../media/mp4/segment-index.ts';
import { type Discovered, discover } from '../../sources/camera/segments/discover.ts';
import { isLibraryKey, RESERVED_FOLDERS } from '../../sources/camera/segments/names.ts';
import { finishedOf, reportOf } from '../../sources/camera/segments/report.ts';

export interface FindOptions {
  /** UTC day (`2026-11-21`) before which nothing is looked at. */
  readonly fromDay?: string;
  /** Keys that need not be read. */
  readonly known: (key: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** The store of a library, and where it is when it is a folder. */
export interface LibraryPlace {
  readonly blobs: Pick<BlobStore, 'list' | 'get' | 'stat' | 'readMarker'>;
  readonly folder?: string;
}

/** Each with its SHA-256; every byte of what is not `known` is read. */
export function findSegments(place: LibraryPlace, options: FindOptions): AsyncGenerator<Discovered> {
  if (place.folder !== undefined)
    return discover({ disk: systemDisk, libraryDir: place.folder, hash: true, ...options });
  return inStore(place.blobs, options);
}

async function* inStore(blobs: LibraryPlace['blobs'], options: FindOptions): AsyncGenerator<Discovered> {
  for await (const { key, bytes } of blobs.list('')) {
    options.signal?.throwIfAborted();
    const [folder = '', , day = ''] = key.split('/');
    if (RESERVED_FOLDERS.has(folder) || folder.startsWith('.')) continue;
    if (options.fromDay !== undefined && day < options.fromDay) continue;
    if (await options.known(key)) continue;
    const found = await look(blobs, key, bytes);
    if (found) yield found;
  }
}

async function look(blobs: LibraryPlace['blobs'], key: string, size: number): Promise<Discovered | undefined> {
  if (!isLibraryKey(key)) return { kind: 'unknown', key, reason: 'its name is not one that Vidette gives' };
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const { body } = await blobs.get(key, { start: offset, end: Math.min(offset + length, size) - 1 });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  try {
    const index = await readSegmentIndex({ name: key, size, read });
    if (!index.complete || index.ended === null) return { kind: 'unknown', key, reason: 'it is not whole' };
    const hash = createHash('sha256');
    for await (const chunk of (await blobs.get(key)).body) hash.update(chunk as Buffer);
    const report = reportOf(finishedOf(index, index.ended, index.validBytes), key, hash.digest('hex'));
    return { kind: 'segment', key, identity: index.identity, report };
  } catch (error) {
    if (error instanceof InputError) return { kind: 'unknown', key, reason: error.reason };
    if (error instanceof UserError && error.code === 'not-found') return undefined;
    throw error;
  }
}
