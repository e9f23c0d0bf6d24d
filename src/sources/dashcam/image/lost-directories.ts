/**
 * Directories that no entry names any more, because the one above them has lost its entries. What is in them still has its names; where they belong is
 * told by what they hold, and in FAT32 by their own entry for the directory above. A name that nothing proves is not given.
 */
import { formatLocal, parseClipName, parseEventFolder, splitPath } from '../layout/clip-name.ts';
import { parseEventJson } from '../layout/event-json.ts';
import type { Owners } from './claim.ts';
import type { ClusterSpace, Volume } from './cluster-space.ts';
import { type DirectoryEntry, directoryRuns } from './directory-entry.ts';
import { readExfatDirectory } from './exfat-directory.ts';
import { readFat32Directory } from './fat32-directory.ts';
import type { Breath } from './image-file.ts';
import { Runs } from './runs.ts';
import type { Tree } from './tree.ts';

export interface LostDirectory {
  /** Where it belongs, or what it is called for now. */
  readonly path: string;
  readonly start: number;
  /** Clusters that are its neighbours; 0 where the table tells. */
  readonly length: number;
}

interface Found {
  readonly start: number;
  readonly length: number;
  readonly entries: readonly DirectoryEntry[];
  /** FAT32: first cluster of the directory above, 0 for the root. */
  readonly above: number | undefined;
}

const MOST = 5000;
const MOST_EVENT = 64 * 1024;
const MOST_LOOKS = 20;
const DIRECTORY = 0x10;
const ITSELF = '.          ';
const ABOVE = '..         ';

/** @param owners of the tree as it was read so far: a directory is looked for where nobody owns what is in use */
export async function findLostDirectories(
  volume: Volume,
  tree: Tree,
  owners: Owners,
  breath: Breath,
): Promise<readonly LostDirectory[]> {
  const { space } = volume;
  const found: Found[] = [];
  const seen = new Set<number>();
  for (let cluster = 2; cluster < space.clusters + 2 && found.length < MOST; cluster += 1) {
    const pause = breath.due();
    if (pause) await pause;
    if (seen.has(cluster) || !owners.isUnowned(cluster) || !space.allocated(cluster)) continue;
    const one = space.kind === 'fat32' ? fat32At(space, cluster) : exfatAt(space, cluster, owners);
    if (!one?.entries.some((entry) => !entry.deleted)) continue;
    for (let at = 0; at < Math.max(1, one.length); at += 1) seen.add(cluster + at);
    found.push(one);
  }
  const below = new Set(
    found.flatMap(({ entries }) => entries.flatMap((entry) => (isLive(entry) ? [entry.start] : []))),
  );
  const names = new Names(space, tree);
  return found
    .filter(({ start }) => !below.has(start))
    .map((one) => ({ path: names.pathOf(one), start: one.start, length: one.length }));
}

const isLive = ({ directory, deleted }: DirectoryEntry): boolean => directory && !deleted;

/** FAT32: the first two entries are for itself and for the one above (FAT specification, section 6.5). */
function fat32At(space: ClusterSpace, cluster: number): Found | undefined {
  const head = space.image.view(space.placeOf(cluster), 64);
  const startOf = (at: number): number => head.readUInt16LE(at + 20) * 0x10000 + head.readUInt16LE(at + 26);
  const isDot = (at: number, name: string): boolean =>
    head.toString('latin1', at, at + 11) === name && ((head[at + 11] ?? 0) & DIRECTORY) !== 0;
  if (!isDot(0, ITSELF) || !isDot(32, ABOVE) || startOf(0) !== cluster) return undefined;
  const above = startOf(32);
  const { entries } = readFat32Directory(space, directoryRuns(space, cluster, 0));
  return { start: cluster, length: 0, entries, above };
}

/** exFAT: whole sets of entries whose checksums are right. */
function exfatAt(space: ClusterSpace, cluster: number, owners: Owners): Found | undefined {
  if (space.image.view(space.placeOf(cluster), 1)[0] !== 0x85) return undefined;
  const read = (length: number): DirectoryEntry[] =>
    readExfatDirectory(space, Runs.of(cluster, length)).entries.filter((entry) => !entry.sumWrong);
  let entries = read(1);
  if (entries.length === 0) return undefined;
  let length = 1;
  // It goes on only where it is full.
  while (isFull(space, cluster + length - 1)) {
    const next = cluster + length;
    if (!owners.isUnowned(next) || !space.allocated(next)) break;
    const more = read(length + 1);
    if (more.length <= entries.length) break;
    entries = more;
    length += 1;
  }
  return { start: cluster, length, entries, above: undefined };
}

function isFull(space: ClusterSpace, cluster: number): boolean {
  return space.image.view(space.placeOf(cluster) + space.clusterBytes - 32, 32).some((byte) => byte !== 0);
}

/** What a directory holds: the car has one kind of each. */
type Kind = 'teslacam' | 'events' | 'event' | 'clips' | 'other';

const RINGS = new Set(['RecentClips', 'SavedClips', 'SentryClips', 'EncryptedClips']);

class Names {
  readonly #space: ClusterSpace;
  /** First cluster → path. */
  readonly #paths: ReadonlyMap<number, string>;
  /** Directories that have nothing in them: one of them may have lost this one. */
  readonly #empty: readonly string[];
  readonly #taken: Set<string>;

  constructor(space: ClusterSpace, { directories }: Tree) {
    this.#space = space;
    this.#paths = new Map(directories.map(({ path, runs }) => [path === '' ? 0 : (runs.at(0) ?? 0), path]));
    this.#empty = directories.filter(({ entries }) => entries === 0).map(({ path }) => path);
    this.#taken = new Set(directories.map(({ path }) => path));
  }

  pathOf(one: Found): string {
    const kind = kindOf(one);
    const above = one.above === undefined ? this.#likelyAbove(one, kind) : this.#paths.get(one.above);
    const name = this.#nameOf(one, kind, above);
    // A directory that has nothing in it and is called so is another one: nothing tells which of the two the car used.
    const path = name === undefined || above === undefined ? undefined : join(above, name);
    return this.#take(path ?? join(above ?? SALVAGED, this.#honest(one, kind)));
  }

  /** exFAT says nothing of the directory above: the only one that has lost its entries and can hold such a thing. */
  #likelyAbove(one: Found, kind: Kind): string | undefined {
    if (kind === 'teslacam') return '';
    if (kind === 'events' || kind === 'clips') return this.#only((path) => path === 'TeslaCam');
    const ring = kind === 'event' ? this.#ringOf([one]) : undefined;
    return ring && this.#only((path) => splitPath(path).name === ring);
  }

  #only(test: (path: string) => boolean): string | undefined {
    const [only, ...others] = this.#empty.filter(test);
    return others.length === 0 ? only : undefined;
  }

  /** @returns undefined when nothing proves it */
  #nameOf(one: Found, kind: Kind, above: string | undefined): string | undefined {
    const free = (name: string): string | undefined => (this.#taken.has(join(above ?? '', name)) ? undefined : name);
    if (kind === 'teslacam' && above === '') return free('TeslaCam');
    if (above !== 'TeslaCam') return undefined;
    if (kind === 'clips') return free('RecentClips');
    const ring = kind === 'events' ? this.#ringOf(this.#below(one)) : undefined;
    return ring && free(ring);
  }

  /** By the reasons that the events in it have; undefined when they do not agree. */
  #ringOf(events: readonly Found[]): 'SavedClips' | 'SentryClips' | undefined {
    const rings = new Set<string>();
    for (const { entries } of events.slice(0, MOST_LOOKS)) {
      const reason = this.#event(entries)?.reason ?? '';
      if (reason.startsWith('sentry_')) rings.add('SentryClips');
      else if (reason.startsWith('user_interaction_')) rings.add('SavedClips');
    }
    const [ring] = rings;
    return rings.size === 1 && (ring === 'SavedClips' || ring === 'SentryClips') ? ring : undefined;
  }

  #below({ entries }: Found): Found[] {
    return entries.filter(isLive).map(({ start, contiguous, bytes }): Found => {
      const length = contiguous ? Math.max(1, Math.ceil(bytes / this.#space.clusterBytes)) : 0;
      const runs = directoryRuns(this.#space, start, length);
      const listing =
        this.#space.kind === 'fat32' ? readFat32Directory(this.#space, runs) : readExfatDirectory(this.#space, runs);
      return { start, length, entries: listing.entries, above: undefined };
    });
  }

  #event(entries: readonly DirectoryEntry[]): ReturnType<typeof parseEventJson> | undefined {
    const file = entries.find((entry) => entry.name.toLowerCase() === 'event.json' && !entry.deleted);
    if (!file || file.start < 2 || file.bytes === 0 || file.bytes > MOST_EVENT) return undefined;
    const bytes = Math.min(file.bytes, this.#space.clusterBytes);
    return parseEventJson(this.#space.image.direct(this.#space.placeOf(file.start), bytes));
  }

  /** The car calls an event after a moment some seconds from the one in its file: that can be told, and not how it was called. */
  #honest({ entries, start }: Found, kind: Kind): string {
    const local = kind === 'event' ? this.#event(entries)?.local : undefined;
    return local === undefined ? `folder-unknown-${start}` : `${formatLocal(local)}-event-unknown-1`;
  }

  #take(path: string): string {
    let free = path;
    for (let number = 2; this.#taken.has(free); number += 1) free = `${path.replace(/-1$/, '')}-${number}`;
    this.#taken.add(free);
    return free;
  }
}

const SALVAGED = 'TeslaCam/SalvagedClips';

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

function kindOf({ entries }: Found): Kind {
  const live = entries.filter((entry) => !entry.deleted);
  const folders = live.filter(isLive);
  if (folders.some(({ name }) => RINGS.has(name))) return 'teslacam';
  if (folders.some(({ name }) => parseEventFolder(name) !== undefined)) return 'events';
  if (live.some(({ name }) => /^(event\.json|thumb\.png|event\.mp4)$/i.test(name))) return 'event';
  return live.some(({ name }) => parseClipName(name) !== undefined) ? 'clips' : 'other';
}
