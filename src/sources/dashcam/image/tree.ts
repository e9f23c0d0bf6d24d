/**
 * The tree of a volume as its directories tell it, with damaged ones read as far as they go.
 */
import { type ClusterSpace, isCluster, type Volume } from './cluster-space.ts';
import { type DirectoryEntry, type DirectoryListing, directoryRuns } from './directory-entry.ts';
import { readExfatDirectory } from './exfat-directory.ts';
import { ExfatVolume } from './exfat-volume.ts';
import { readFat32Directory } from './fat32-directory.ts';
import type { Findings } from './finding.ts';
import type { Breath } from './image-file.ts';
import type { LostDirectory } from './lost-directories.ts';
import { Runs } from './runs.ts';

export interface TreeFile {
  /** From the root, with `/` between, no `/` in front. */
  readonly path: string;
  readonly entry: DirectoryEntry;
}

export interface TreeDirectory {
  /** Empty for the root. */
  readonly path: string;
  readonly runs: Runs;
  /** It has lost entries that it once had: its first slots are not those of a directory. */
  readonly damaged: boolean;
  /** Live entries in it. */
  readonly entries: number;
}

export interface Tree {
  readonly files: readonly TreeFile[];
  readonly directories: readonly TreeDirectory[];
  /** Entries that are marked as deleted; `path` is where they were. */
  readonly deleted: readonly TreeFile[];
  /** Clusters of the file system itself: bitmap and table of capitals. */
  readonly system: readonly Runs[];
}

const MOST_ENTRIES = 300_000;
const MOST_DIRECTORIES = 50_000;
const MOST_DEPTH = 24;

/** @param lost directories that are found without an entry: they are read as if there were one */
export async function readTree(
  volume: Volume,
  findings: Findings,
  breath: Breath,
  lost: readonly LostDirectory[] = [],
): Promise<Tree> {
  const { space } = volume;
  const files: TreeFile[] = [];
  const deleted: TreeFile[] = [];
  const directories: TreeDirectory[] = [];
  const system: Runs[] = [];
  const visited = new Set<number>();
  const waiting: { readonly path: string; readonly start: number; readonly length: number; readonly depth: number }[] =
    [...lost.map((one) => ({ ...one, depth: 1 })), { path: '', start: volume.rootCluster, length: 0, depth: 0 }];
  for (const { path } of lost)
    findings.add('directory', path, 'The directory above it has lost its entry', 'it was found by what it holds');
  let entries = 0;
  // Depth first, in the order of the directory.
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    await breath.due();
    if (visited.has(at.start)) {
      findings.add('cross-link', at.path, 'Two directories claim the same cluster', 'the second one was left out');
      continue;
    }
    visited.add(at.start);
    const runs = directoryRuns(space, at.start, at.length);
    if (runs.length === 0) {
      findings.add('directory', at.path, 'The directory has no cluster of this volume', 'it counts as empty');
      directories.push({ path: at.path, runs, damaged: true, entries: 0 });
      continue;
    }
    const listing = list(volume, runs, at.path === '', system);
    const live = listing.entries.filter((entry) => !entry.deleted);
    const damaged = tell(space, at, runs, listing, live.length, findings);
    directories.push({ path: at.path, runs, damaged, entries: live.length });
    entries += listing.entries.length;
    if (entries > MOST_ENTRIES || directories.length > MOST_DIRECTORIES) {
      findings.add('limit', at.path, `There are more than ${MOST_ENTRIES} entries`, 'the rest was not read');
      break;
    }
    const below: typeof waiting = [];
    for (const entry of listing.entries) {
      const path = at.path === '' ? cleanName(entry.name) : `${at.path}/${cleanName(entry.name)}`;
      if (entry.deleted) deleted.push({ path, entry });
      else if (!entry.directory) files.push({ path, entry });
      else if (at.depth >= MOST_DEPTH)
        findings.add('limit', path, `Directories are nested more than ${MOST_DEPTH} deep`, 'it was not read');
      else {
        const length = entry.contiguous ? Math.max(1, Math.ceil(entry.bytes / space.clusterBytes)) : 0;
        below.push({ path, start: entry.start, length, depth: at.depth + 1 });
      }
    }
    waiting.push(...below.reverse());
  }
  return { files, directories, deleted, system };
}

function list(volume: Volume, runs: Runs, root: boolean, system: Runs[]): DirectoryListing {
  const { space } = volume;
  if (!(volume instanceof ExfatVolume)) return readFat32Directory(space, runs);
  const listing = readExfatDirectory(space, runs);
  if (root) {
    volume.label = listing.label;
    for (const { start, bytes } of listing.system) {
      if (!isCluster(space, start)) continue;
      const count = Math.ceil(bytes / space.clusterBytes);
      system.push(Runs.of(start, Math.max(0, Math.min(count, space.clusters + 2 - start))));
    }
    if (listing.bitmap && isCluster(space, listing.bitmap.start))
      volume.useBitmap(listing.bitmap.start, listing.bitmap.bytes);
  }
  return listing;
}

/** What is wrong with a directory. @returns whether it has lost entries */
function tell(
  space: ClusterSpace,
  { path }: { readonly path: string },
  runs: Runs,
  listing: DirectoryListing,
  live: number,
  findings: Findings,
): boolean {
  if (listing.junk > 0)
    findings.add('junk', path, `${listing.junk} slots of the directory are no entries`, 'they were left out');
  if (listing.behindZero > 0)
    findings.add('zero-entry', path, `${listing.behindZero} entries stand behind a zero one`, 'they were read too');
  if (path === '' || live > 0) return listing.junk > 0 || listing.behindZero > 0;
  const first = runs.at(0) ?? 0;
  const head = space.image.cached(space.placeOf(first), 2);
  // FAT32: every directory but the root begins with an entry for itself.
  const lost = space.kind === 'fat32' ? head[0] !== 0x2e : listing.junk > 0;
  if (lost)
    findings.add('directory', path, 'The directory has lost its entries', 'vidette repair reads out what it held');
  return lost;
}

/** A name that is a name: nothing in it leads out of its folder. */
function cleanName(name: string): string {
  const clean = name.replace(/[/\\\0]/g, '_').replace(/\p{Cc}/gu, '_');
  return clean === '.' || clean === '..' || clean === '' ? '_' : clean;
}
