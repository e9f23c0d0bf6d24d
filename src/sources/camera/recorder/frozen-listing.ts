/**
 * A disk whose spool looks as it did at one moment: so that what an earlier process left can be recovered while this one
 * writes beside it.
 */
import { join } from 'node:path';
import type { Disk, DiskEntry } from '../segments/disk.ts';

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
