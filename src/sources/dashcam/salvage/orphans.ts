/**
 * Data that no entry names: clips, pictures and event files whose entries were lost, found by how they begin, and what is left over besides.
 */

import { type Closed, closeGaps } from '../image/close-gaps.ts';
import { ClusterBits } from '../image/cluster-bits.ts';
import { type ClusterSpace, isCluster, readCluster } from '../image/cluster-space.ts';
import { type ContentKind, contentOf } from '../image/content.ts';
import { ExfatVolume } from '../image/exfat-volume.ts';
import { peek } from '../image/file-bytes.ts';
import type { ImageVolume } from '../image/image-drive.ts';
import type { Breath } from '../image/image-file.ts';
import { Runs } from '../image/runs.ts';
import { findThread, hasGaps, skeletonOf, type Thread } from '../image/thread.ts';
import type { TreeFile } from '../image/tree.ts';
import { encryptedLength } from '../layout/encrypted.ts';

export interface Orphan {
  readonly start: number;
  readonly runs: Runs;
  readonly bytes: number;
  /** `fragment`: the middle of something. */
  readonly kind: ContentKind | 'fragment';
  readonly whole: boolean;
  /** `allocated`: the file system holds it to be in use. `free`: it does not, and yet no entry says that it was deleted. */
  readonly origin: 'allocated' | 'free' | 'deleted';
  /** An entry that is marked as deleted and begins in the same cluster. */
  readonly entry: TreeFile | undefined;
  /** Clusters that only their place vouches for. */
  readonly unproven: number;
}

export interface OrphanOptions {
  readonly breath: Breath;
  /** Also what the car has deleted and not yet overwritten. */
  readonly deleted: boolean;
  /** @param done 0 to 1 */
  readonly progress?: (done: number) => void;
}

export interface Orphans {
  readonly found: readonly Orphan[];
  /** Deleted files that could still be read. */
  readonly deletedLeft: number;
}

const FTYP = 0x66747970;
const MOST_CACHED = 8192;
const MOST_FOUND = 50_000;
const MOST_FRAGMENTS = 2_000;
/** Clusters tried in vain: more than in a mere scan, because this is the last attempt. */
const MOST_TRIES = 400_000;

interface Head {
  readonly cluster: number;
  readonly kind: ContentKind;
  readonly origin: Orphan['origin'];
  readonly entry: TreeFile | undefined;
}

/** Takes every cluster that it finds an owner for. */
export async function findOrphans(volume: ImageVolume, options: OrphanOptions): Promise<Orphans> {
  const { space } = volume.volume;
  const { owners, tree } = volume;
  const deleted = new Map<number, TreeFile>();
  for (const file of tree.deleted) if (file.entry.start >= 2) deleted.set(file.entry.start, file);
  const heads: Head[] = [];
  let deletedLeft = 0;
  for (let cluster = 2; cluster < space.clusters + 2 && heads.length < MOST_FOUND; cluster += 1) {
    const pause = options.breath.due();
    if (pause) {
      options.progress?.(cluster / space.clusters);
      await pause;
    }
    if (!owners.isUnowned(cluster)) continue;
    const kind = headKind(space, cluster);
    if (kind === 'unknown') continue;
    const entry = deleted.get(cluster);
    const origin = space.allocated(cluster) ? 'allocated' : entry ? 'deleted' : 'free';
    if (origin === 'deleted') deletedLeft += 1;
    if (origin === 'deleted' && !options.deleted) continue;
    heads.push({ cluster, kind, origin, entry });
  }
  const search = new Search(volume, heads, options.breath);
  return { found: [...(await search.run()), ...(await fragments(volume, options.breath))], deletedLeft };
}

/** What begins in a cluster; text only where it is an event's. */
function headKind(space: ClusterSpace, cluster: number): ContentKind {
  const at = space.placeOf(cluster);
  // Small clusters share a block of the cache, large ones are a read each.
  const head = space.clusterBytes <= MOST_CACHED ? space.image.cached(at, 24) : space.image.view(at, 24);
  const first = head.readUInt32BE(0);
  if (head.readUInt32BE(4) === FTYP) return first >= 8 && first <= 4096 ? 'mp4' : 'unknown';
  // An encrypted container begins with a length below 4 GB.
  if (first === 0) return encryptedLength(head) === undefined ? 'unknown' : 'encrypted';
  if (head[0] !== 0x7b && head[0] !== 0x89) return 'unknown';
  const bytes = readCluster(space, cluster);
  const content = contentOf((offset, length) => bytes.subarray(offset, offset + length), bytes.length);
  if (content.kind !== 'json') return content.kind;
  return content.bytes !== undefined && /"(timestamp|reason)"/.test(bytes.toString('latin1', 0, content.bytes))
    ? 'json'
    : 'unknown';
}

class Search {
  readonly #volume: ImageVolume;
  readonly #heads: readonly Head[];
  readonly #starts: ReadonlySet<number>;
  readonly #breath: Breath;
  readonly #budget = { left: MOST_TRIES };

  constructor(volume: ImageVolume, heads: readonly Head[], breath: Breath) {
    this.#volume = volume;
    this.#heads = heads;
    this.#starts = new Set(heads.map((head) => head.cluster));
    this.#breath = breath;
  }

  /** What can be proven whole comes first, so that doubtful threads do not take clusters of others. */
  async run(): Promise<Orphan[]> {
    const found: Orphan[] = [];
    const left: Head[] = [];
    for (const head of this.#heads) {
      await this.#breath.due();
      if (head.kind !== 'mp4') {
        const other = this.#other(head);
        if (other) found.push(this.#take(other));
        continue;
      }
      const thread = await this.#thread(head);
      if (thread?.whole && !hasGaps(thread)) found.push(this.#take(this.#orphan(head, thread, certain(thread))));
      else left.push(head);
    }
    found.push(...(await this.#interleaved(left)));
    for (const head of left) {
      await this.#breath.due();
      if (!this.#volume.owners.isUnowned(head.cluster)) continue;
      const thread = await this.#thread(head);
      if (!thread) continue;
      const closed = this.#close([thread]).get(thread) ?? certain(thread);
      found.push(this.#take(this.#orphan(head, thread, closed.whole ? closed : this.#withRest(closed))));
    }
    return found.sort((one, other) => one.start - other.start);
  }

  /** Clips that are whole but for clusters inside of pictures: handed out when all of them are known. */
  async #interleaved(heads: readonly Head[]): Promise<Orphan[]> {
    const { owners } = this.#volume;
    const threads = new Map<Thread, Head>();
    for (const head of heads) {
      await this.#breath.due();
      const thread = await this.#thread(head);
      if (!thread?.whole) continue;
      threads.set(thread, head);
      owners.take(skeletonOf(thread));
    }
    const closed = this.#close([...threads.keys()]);
    const found: Orphan[] = [];
    for (const [thread, head] of threads) {
      owners.give(skeletonOf(thread));
      const result = closed.get(thread);
      if (result?.whole) found.push(this.#take(this.#orphan(head, thread, result)));
    }
    return found;
  }

  #orphan(head: Head, thread: Thread, closed: Closed): Orphan {
    return orphanOf(head, thread, closed, this.#volume.clusterBytes);
  }

  #close(threads: readonly Thread[]): Map<Thread, Closed> {
    const { volume, owners } = this.#volume;
    return closeGaps(volume.space, threads, (cluster) => owners.isUnowned(cluster) && !this.#starts.has(cluster));
  }

  #thread(head: Head): Promise<Thread | undefined> {
    const { volume, owners } = this.#volume;
    return findThread(volume.space, head.cluster, {
      usable: (cluster) => owners.isUnowned(cluster) && !this.#starts.has(cluster),
      budget: this.#budget,
      breath: this.#breath,
    });
  }

  /** Where no cluster can be proven to follow, those that the tables name belong to it all the same. */
  #withRest(closed: Closed): Closed {
    const { volume, owners } = this.#volume;
    const clusters = [...closed.runs];
    const seen = new Set(clusters);
    for (let next = volume.space.link(clusters.at(-1) ?? 0, 0); isCluster(volume.space, next); ) {
      if (seen.has(next) || !owners.isUnowned(next) || this.#starts.has(next)) break;
      seen.add(next);
      clusters.push(next);
      next = volume.space.link(next, 0);
    }
    return { ...closed, runs: Runs.from(clusters) };
  }

  /** Pictures, event files and encrypted containers: along the table, or neighbours. */
  #other(head: Head): Orphan | undefined {
    const { volume, owners } = this.#volume;
    const { space } = volume;
    const clusters = [head.cluster];
    const sealed = head.kind === 'encrypted' ? encryptedLength(space.image.view(space.placeOf(head.cluster), 24)) : 0;
    const limit = sealed ? Math.ceil(sealed / space.clusterBytes) : Math.min(space.clusters, 1 << 20);
    for (let more = true; ; ) {
      const length = clusters.length * space.clusterBytes;
      const runs = Runs.from(clusters);
      const content = contentOf(
        (offset, wanted) => peek(space, runs, offset, Math.min(wanted, length - offset)),
        length,
      );
      if (content.bytes !== undefined) {
        const used = runs.head(Math.ceil(content.bytes / space.clusterBytes));
        return { ...base(head), runs: used, bytes: content.bytes, whole: true, unproven: 0 };
      }
      // Of an encrypted clip what there is can be opened up to there; of others nothing tells where they end.
      if (!more) return sealed ? { ...base(head), runs, bytes: length, whole: false, unproven: 0 } : undefined;
      // Twice as many each time, so that a long one is not read over and over.
      for (let count = clusters.length; count > 0 && more; count -= 1) {
        const last = clusters.at(-1) ?? 0;
        const linked = space.link(last, 0);
        const next = linked >= 2 ? linked : last + 1;
        more = clusters.length < limit && owners.isUnowned(next) && !this.#starts.has(next);
        if (more) clusters.push(next);
      }
    }
  }

  #take(orphan: Orphan): Orphan {
    this.#volume.owners.take(orphan.runs);
    return orphan;
  }
}

function base(head: Head): Pick<Orphan, 'start' | 'kind' | 'origin' | 'entry'> {
  return { start: head.cluster, kind: head.kind, origin: head.origin, entry: head.entry };
}

const certain = (thread: Thread): Closed => ({ runs: skeletonOf(thread), whole: thread.whole, unproven: 0 });

function orphanOf(head: Head, { trail }: Thread, { runs, whole, unproven }: Closed, clusterBytes: number): Orphan {
  const room = runs.length * clusterBytes;
  const bytes = whole ? (trail.whole ?? room) : room;
  return { ...base(head), runs, bytes, whole, unproven };
}

/** What is in use, belongs to nobody and begins like nothing: chains of FAT32, neighbours of exFAT. Zeros are left out. */
async function fragments(volume: ImageVolume, breath: Breath): Promise<Orphan[]> {
  const { space } = volume.volume;
  const { owners } = volume;
  if (volume.volume instanceof ExfatVolume && !volume.volume.hasBitmap) return [];
  const lost = (cluster: number): boolean => owners.isUnowned(cluster) && space.allocated(cluster);
  // A cluster that another lost one leads to is not the beginning of a chain.
  const followed = new ClusterBits();
  if (space.kind === 'fat32')
    for (let cluster = 2; cluster < space.clusters + 2; cluster += 1) {
      await breath.due();
      if (!lost(cluster)) continue;
      const next = space.link(cluster, 0);
      if (next >= 2) followed.add(next);
    }
  const found: Orphan[] = [];
  for (let cluster = 2; cluster < space.clusters + 2 && found.length < MOST_FRAGMENTS; cluster += 1) {
    await breath.due();
    if (!lost(cluster) || followed.has(cluster)) continue;
    const runs = new Runs();
    for (let next = cluster; isCluster(space, next) && lost(next); ) {
      owners.take([next]);
      runs.push(next);
      next = space.kind === 'fat32' ? space.link(next, 0) : next + 1;
    }
    if (isZero(space, runs)) continue;
    found.push({
      start: cluster,
      runs,
      bytes: runs.length * space.clusterBytes,
      kind: 'fragment',
      whole: false,
      origin: 'allocated',
      entry: undefined,
      unproven: 0,
    });
  }
  return found;
}

function isZero(space: ClusterSpace, runs: Runs): boolean {
  for (const cluster of runs) {
    const bytes = readCluster(space, cluster);
    if (bytes.some((byte) => byte !== 0)) return false;
  }
  return true;
}
