/**
 * A disk whose spool looks as it did at one moment: so that what an earlier process left can be recovered while this one
 * writes beside it.
 */
import { dirname, join, relative } from 'node:path';
import type { Disk, DiskEntry } from '../../../blobs/disk.ts';

/** The same disk; `readdir` below `root` (two levels, as the spool has) answers with what is there now. */
export async function frozenListing(disk: Disk, root: string): Promise<Disk> {
  const listing = new Map<string, readonly DiskEntry[]>();
  const list = async (path: string, levels: number): Promise<void> => {
    const entries = await disk.readdir(path);
    listing.set(path, entries);
    if (levels === 0) return;
    for (const entry of entries) if (entry.folder) await list(join(path, entry.name), levels - 1);
  };
  await list(root, 2);
  return { ...disk, readdir: async (path) => [...(listing.get(path) ?? [])] };
}

/** The same disk, on which the spool at `root` holds nothing but the file at `path`. */
export function listingOf(disk: Disk, root: string, path: string): Disk {
  const [source = '', track = '', name = ''] = relative(root, path).split('/');
  const listing = new Map<string, DiskEntry>([
    [root, { name: source, folder: true }],
    [join(root, source), { name: track, folder: true }],
    [dirname(path), { name, folder: false }],
  ]);
  return {
    ...disk,
    readdir: async (folder) => {
      const entry = listing.get(folder);
      return entry === undefined ? [] : [entry];
    },
  };
}
