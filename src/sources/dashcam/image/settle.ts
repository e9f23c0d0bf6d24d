/**
 * Decides what each entry of a volume really has: what its own entry and the tables say, corrected by what stands in the clusters.
 *
 * First every file follows its chain, and the heads of its boxes are looked at: for a sound volume that is all. Files about which anything is
 * odd are then followed cluster by cluster. Nothing is decided against the contents.
 */
import { encryptedLength } from '../layout/encrypted.ts';
import { type Claim, Owners } from './claim.ts';
import { type Closed, closeGaps } from './close-gaps.ts';
import type { ClusterSpace } from './cluster-space.ts';
import { isCluster } from './cluster-space.ts';
import { type Content, contentOf } from './content.ts';
import { doubtfulClusters } from './directory-clusters.ts';
import { peek } from './file-bytes.ts';
import type { Findings } from './finding.ts';
import type { Breath } from './image-file.ts';
import { fitToRuns, reclaim } from './reclaim.ts';
import { Runs } from './runs.ts';
import { findThread, hasGaps, skeletonOf, type Thread } from './thread.ts';
import type { Tree } from './tree.ts';

/** Clusters that are tried in vain in one volume, all files together. */
const MOST_TRIES = 50_000;
/** Content is looked for a little beyond what the entry claims: in the clusters that follow. */
const MOST_NEIGHBOURS = 1 << 20;

/** @param mend look into the clusters of doubtful files; otherwise they count as `cut` (an image that is being written to) */
export async function settle(
  space: ClusterSpace,
  tree: Tree,
  findings: Findings,
  breath: Breath,
  mend: boolean,
): Promise<Owners> {
  const owners = new Owners(space);
  for (const runs of tree.system) owners.take(runs);
  for (const { runs } of tree.directories) owners.take(runs);
  const doubtful: { readonly claim: Claim; readonly rival: Claim | undefined }[] = [];
  for (const { path, entry } of tree.files) {
    await breath.due();
    const chain = owners.follow(entry);
    const claim: Claim = { path, entry, runs: chain.runs, bytes: entry.bytes, state: 'whole', chain, unproven: 0 };
    owners.claims.push(claim);
    if (isSound(space, claim)) continue;
    const rival = chain.taken === undefined ? undefined : owners.ownerOf(chain.taken);
    doubtful.push({ claim, rival: rival === claim ? undefined : rival });
  }
  const hollow = (): number[] =>
    tree.directories.flatMap((directory) => (directory.path === '' ? [] : doubtfulClusters(space, directory)));
  const work = new Settling(space, owners, findings, breath, hollow);
  for (const { claim, rival } of doubtful) {
    if (!mend) {
      claim.state = 'cut';
      continue;
    }
    if (rival) await work.part(rival, claim);
    await work.mend(claim);
  }
  // What others have given back since then may be the rest of one.
  work.last = true;
  for (const { claim } of mend ? doubtful : []) if (claim.state === 'cut') await work.mend(claim);
  const claims = doubtful.map(({ claim }) => claim);
  // Of two that begin in one cluster it is the file of the one that knows its length.
  for (const exact of mend ? [true, false] : []) for (const claim of claims) await work.reclaim(claim, claims, exact);
  work.finish();
  for (const claim of mend ? claims : []) fitToRuns(claim, space.clusterBytes);
  return owners;
}

/** Whether entry, tables and the heads of the boxes agree. */
function isSound(space: ClusterSpace, claim: Claim): boolean {
  const { entry, chain } = claim;
  if (entry.bytes === 0) return entry.start === 0 && !isVideo(entry.name);
  if (!tablesAgree(space, claim)) return false;
  if (!isVideo(entry.name)) return true;
  const content = contentIn(space, chain.runs, entry.bytes);
  if (content.kind === 'encrypted') return content.bytes === entry.bytes;
  return content.boxes?.state === 'whole' && content.boxes.end === entry.bytes;
}

function tablesAgree(space: ClusterSpace, { entry, chain }: Claim): boolean {
  const clusters = Math.ceil(entry.bytes / space.clusterBytes);
  if (chain.ended !== (entry.contiguous ? 'neighbours' : 'end') || chain.runs.length !== clusters) return false;
  if (chain.differs || entry.sumWrong || entry.validBytes !== entry.bytes || entry.traces) return false;
  // The last cluster is the one that was flushed last.
  if (space.kind === 'exfat' && !space.allocated(chain.runs.at(clusters - 1) ?? 0)) return false;
  return space.kind !== 'exfat' || space.allocated(entry.start);
}

const isVideo = (name: string): boolean => /\.mp4$/i.test(name) || name.includes('�');

function contentIn(space: ClusterSpace, runs: Runs, limit: number): Content {
  return contentOf((offset, length) => peek(space, runs, offset, Math.min(length, Math.max(0, limit - offset))), limit);
}

class Settling {
  readonly #space: ClusterSpace;
  readonly #owners: Owners;
  readonly #findings: Findings;
  readonly #breath: Breath;
  readonly #parted = new Set<Claim>();
  /** What is cut now stays so. */
  last = false;
  readonly #gapped = new Map<Claim, Thread>();
  readonly #budget = { left: MOST_TRIES };
  readonly #findHollow: () => readonly number[];
  #hollow: readonly number[] | undefined;

  /** @param hollow clusters of directories that may have lost them: asked for once, when there is need */
  constructor(
    space: ClusterSpace,
    owners: Owners,
    findings: Findings,
    breath: Breath,
    hollow: () => readonly number[],
  ) {
    this.#findHollow = hollow;
    this.#space = space;
    this.#owners = owners;
    this.#findings = findings;
    this.#breath = breath;
  }

  /** Two files claim the same clusters, and `first` has them: it keeps them only when its contents go on there. */
  async part(first: Claim, second: Claim): Promise<void> {
    this.#findings.add(
      'cross-link',
      second.path,
      `It claims clusters of ${first.path} from cluster ${second.chain.taken} on`,
      'the contents decide whose they are',
    );
    if (this.#parted.has(first) || !first.runs.has(second.chain.taken ?? 0)) return;
    this.#parted.add(first);
    const held = first.runs;
    this.#owners.move(first, new Runs());
    const thread = await this.#thread(first.entry.start);
    if (thread?.whole && !hasGaps(thread)) {
      // Both begin here: it is the file of the one that knows its length.
      const length = thread.trail.whole ?? first.bytes;
      const isSecond = first.entry.start === second.entry.start && second.entry.bytes === length;
      if (isSecond && first.entry.bytes !== length) this.#empty(first, `${second.path} begins in its start cluster`);
      else this.#keep(first, skeletonOf(thread), length);
      return;
    }
    // The same of what is no video and says how long it is.
    const length = thread ? undefined : contentIn(this.#space, held, held.length * this.#space.clusterBytes).bytes;
    if (first.entry.start === second.entry.start && second.entry.bytes === length && first.entry.bytes !== length) {
      this.#empty(first, `${second.path} begins in its start cluster`);
      return;
    }
    // Without proof of its own the first one gives up what is contested, as soon as the other can prove it.
    const its = second.runs;
    this.#owners.move(second, new Runs());
    const other = await this.#thread(second.entry.start);
    if (other?.whole && !hasGaps(other)) {
      this.#owners.move(second, skeletonOf(other));
      await this.mend(first);
      return;
    }
    this.#owners.move(second, its);
    this.#owners.move(first, held);
  }

  async mend(claim: Claim): Promise<void> {
    const { entry, path, chain } = claim;
    if (!isCluster(this.#space, entry.start)) return this.#empty(claim, 'It has no start cluster');
    this.#owners.give(claim.runs);
    claim.runs = new Runs();
    if (!this.#owners.isUnowned(entry.start)) {
      this.#empty(claim, 'Its start cluster belongs to another file');
      return;
    }
    const neighbours = this.#withNeighbours(claim);
    const limit = neighbours.length * this.#space.clusterBytes;
    const content = contentIn(this.#space, neighbours, limit);
    if (content.kind === 'mp4') return this.#mendVideo(claim);
    if (content.kind === 'encrypted') return this.#mendContainer(claim, neighbours);
    const known = content.kind !== 'unknown';
    if (isVideo(entry.name) && !known) {
      if (chain.runs.length === 0 || entry.contiguous || chain.ended === 'taken')
        return this.#empty(claim, 'No video begins in its start cluster');
    }
    // Anything else: its length is what its contents say, else what its entry says.
    const bytes = content.bytes ?? (entry.bytes > 0 ? entry.bytes : chain.runs.length * this.#space.clusterBytes);
    const clusters = Math.ceil(bytes / this.#space.clusterBytes);
    if (bytes === 0) return this.#empty(claim, 'Nothing is in it');
    this.#keep(claim, neighbours.head(clusters), Math.min(bytes, limit));
    claim.state =
      neighbours.length < clusters ? 'cut' : bytes === entry.bytes && chain.ended === 'end' ? 'whole' : 'mended';
    if (!known && claim.state === 'mended') claim.state = 'cut';
    this.#tell(claim, path);
  }

  /** An encrypted clip: its head says how long it is, and nothing else of it can be read. */
  #mendContainer(claim: Claim, neighbours: Runs): void {
    const { entry, chain } = claim;
    const { clusterBytes } = this.#space;
    const says = encryptedLength(peek(this.#space, neighbours, 0, 24)) ?? 0;
    const runs = this.#goingOn(claim, neighbours, Math.ceil(says / clusterBytes));
    const room = runs.length * clusterBytes;
    if (tablesAgree(this.#space, claim) && runs.length === chain.runs.length) {
      // Longer than its head says, or cut: that is how the car has left it.
      this.#keep(claim, runs, entry.bytes);
      claim.state = 'whole';
      return;
    }
    // Where its end is not there, the entry tells better than whole clusters.
    const bytes = says <= room ? says : Math.min(room, Math.max(entry.bytes, room - clusterBytes + 1));
    this.#keep(claim, runs.head(Math.ceil(bytes / clusterBytes)), bytes);
    claim.state = says <= room ? (bytes === entry.bytes && chain.ended === 'end' ? 'whole' : 'mended') : 'cut';
    this.#tell(claim, claim.path);
  }

  /** Clusters that follow, where the tables do not say that it ends, and nobody has them and nothing begins there. */
  #goingOn({ entry, chain }: Claim, runs: Runs, wanted: number): Runs {
    if (runs.length >= wanted || (!entry.contiguous && chain.ended === 'end')) return runs;
    const clusters = [...runs];
    for (let next = (clusters.at(-1) ?? 0) + 1; clusters.length < Math.min(wanted, MOST_NEIGHBOURS); next += 1) {
      if (!this.#owners.isUnowned(next)) break;
      if (this.#space.kind === 'exfat' && !this.#space.allocated(next)) break;
      const head = Runs.from([next]);
      if (contentIn(this.#space, head, this.#space.clusterBytes).kind !== 'unknown') break;
      clusters.push(next);
    }
    return Runs.from(clusters);
  }

  /** Where several others each hold a part of it. */
  async reclaim(claim: Claim, doubtful: readonly Claim[], exact: boolean): Promise<void> {
    const failed = ({ state }: Claim): boolean => state === 'cut' || state === 'empty';
    if (claim.chain.ended !== 'taken' || !failed(claim) || this.#gapped.has(claim)) return;
    const unproven = doubtful.filter((other) => failed(other) && !this.#gapped.has(other));
    const thread = (start: number): Promise<Thread | undefined> => this.#thread(start);
    this.#hollow ??= this.#findHollow();
    const options = { space: this.#space, owners: this.#owners, unproven, hollow: this.#hollow, thread, exact };
    if (!(await reclaim(claim, options))) return;
    this.#hollow = this.#hollow.filter((cluster) => !claim.runs.has(cluster));
    this.#findings.add(
      'cross-link',
      claim.path,
      'Files that are damaged claim clusters of it',
      'its contents prove that they are its own',
    );
  }

  /** What could not be decided before all files were known. */
  finish(): void {
    const threads = [...this.#gapped.values()];
    const closed = closeGaps(this.#space, threads, (cluster) => this.#owners.isUnowned(cluster));
    for (const [claim, thread] of this.#gapped) {
      this.#owners.give(claim.runs);
      this.#settleVideo(claim, thread, closed.get(thread));
    }
  }

  async #mendVideo(claim: Claim): Promise<void> {
    const thread = await this.#thread(claim.entry.start);
    if (!thread || !hasGaps(thread)) {
      this.#settleVideo(claim, thread, thread && { runs: skeletonOf(thread), whole: thread.whole, unproven: 0 });
      return;
    }
    // What is certain is taken now, so that others do not take it.
    claim.runs = skeletonOf(thread);
    this.#owners.take(claim.runs);
    this.#gapped.set(claim, thread);
  }

  #settleVideo(claim: Claim, thread: Thread | undefined, closed: Closed | undefined): void {
    const { entry, chain, path } = claim;
    const asked = Math.ceil(entry.bytes / this.#space.clusterBytes);
    const own = this.#ownChain(chain.runs);
    if (thread && closed?.whole) {
      this.#keep(claim, closed.runs, thread.trail.whole ?? entry.bytes);
      claim.state = 'mended';
      claim.unproven = closed.unproven;
      if (closed.unproven > 0)
        this.#findings.add(
          'chain',
          path,
          `${closed.unproven} of its clusters lie inside of a picture, and others could be it too`,
          'their place decided',
        );
      this.#tell(claim, path);
      return;
    }
    // What is inside may be damaged although the chain is right: it is kept when nothing speaks against it.
    const undisputed = chain.ended === 'end' || chain.ended === 'neighbours' || chain.ended === 'free';
    if (undisputed && entry.bytes > 0 && own.length >= asked) {
      const content = contentIn(this.#space, own, own.length * this.#space.clusterBytes);
      const longer = content.boxes?.state === 'whole' ? content.boxes.end : 0;
      const bytes = longer > 0 ? longer : Math.max(entry.bytes, thread?.trail.proven ?? 0);
      this.#keep(claim, own.head(Math.ceil(bytes / this.#space.clusterBytes)), bytes);
      claim.state = longer > 0 ? 'mended' : 'cut';
      this.#tell(claim, path);
      return;
    }
    const best = better(thread, closed?.runs ?? new Runs(), own);
    if (!best || best.runs.length === 0) {
      this.#empty(claim, 'Nothing of it can be proven');
      return;
    }
    const room = best.runs.length * this.#space.clusterBytes;
    this.#keep(
      claim,
      best.runs,
      entry.bytes > 0 ? Math.min(room, Math.max(entry.bytes, best.proven)) : best.bytes(room),
    );
    claim.state = 'cut';
    this.#tell(claim, path);
  }

  #thread(start: number): Promise<Thread | undefined> {
    return findThread(this.#space, start, {
      usable: (cluster) => this.#owners.isUnowned(cluster),
      budget: this.#budget,
      breath: this.#breath,
    });
  }

  /** A chain as far as nobody else has it by now. */
  #ownChain(chain: Runs): Runs {
    let length = 0;
    for (const cluster of chain) {
      if (!this.#owners.isUnowned(cluster)) break;
      length += 1;
    }
    return chain.head(length);
  }

  /** The claim's chain, and the neighbours that follow where it ends too early. */
  #withNeighbours({ entry, chain }: Claim): Runs {
    const clusters = [...this.#ownChain(chain.runs)];
    const asked = Math.max(1, Math.ceil(entry.bytes / this.#space.clusterBytes));
    let next = (clusters.at(-1) ?? entry.start - 1) + 1;
    while (clusters.length < Math.min(asked, MOST_NEIGHBOURS) && this.#owners.isUnowned(next)) clusters.push(next++);
    return Runs.from(clusters);
  }

  #keep(claim: Claim, runs: Runs, bytes: number): void {
    this.#owners.give(claim.runs);
    claim.runs = runs;
    claim.bytes = bytes;
    this.#owners.take(runs);
  }

  #empty(claim: Claim, what: string): void {
    this.#owners.give(claim.runs);
    claim.runs = new Runs();
    claim.bytes = 0;
    claim.state = claim.entry.bytes === 0 && claim.entry.start === 0 && !isVideo(claim.entry.name) ? 'whole' : 'empty';
    if (claim.state === 'empty') this.#findings.add('start', claim.path, what, 'its contents are looked for elsewhere');
  }

  /** Says what of an entry was wrong. */
  #tell(claim: Claim, path: string): void {
    if (claim.state === 'cut' && !this.last) return;
    const { entry, chain, bytes } = claim;
    const add = this.#findings.add.bind(this.#findings);
    const done = claim.state === 'cut' ? 'what can be proven was kept' : 'its contents decided';
    if (chain.differs) add('fat-differs', path, 'The two FATs differ about it', done);
    if (chain.ended === 'free') add('chain', path, 'Its chain of clusters was not written to the end', done);
    if (chain.ended === 'wrong') add('chain', path, 'Its chain leaves the volume', done);
    if (chain.ended === 'loop') add('chain', path, 'Its chain runs in a circle', done);
    if (entry.sumWrong) add('checksum', path, 'The checksum of its entry is wrong', done);
    if (entry.bytes !== bytes) add('length', path, `Its entry says ${entry.bytes} bytes, its contents ${bytes}`, done);
    if (entry.validBytes < entry.bytes)
      add(
        'valid-length',
        path,
        `Only ${entry.validBytes} of ${entry.bytes} bytes are marked as written`,
        'all were read',
      );
    if (this.#space.kind === 'exfat' && !this.#allAllocated(claim.runs))
      add('bitmap', path, 'Clusters of it are marked as free', 'they were read all the same');
    if (claim.state === 'cut')
      add('chain', path, `It ends after ${bytes} bytes without having been closed`, 'kept for repair');
    if (claim.state === 'mended' && !this.#isOdd(claim)) claim.state = 'whole';
  }

  #allAllocated(runs: Runs): boolean {
    for (const cluster of runs) if (!this.#space.allocated(cluster)) return false;
    return true;
  }

  #isOdd({ entry, chain, bytes, runs }: Claim): boolean {
    return (
      chain.differs ||
      !['end', 'neighbours'].includes(chain.ended) ||
      entry.sumWrong ||
      entry.bytes !== bytes ||
      entry.validBytes < entry.bytes ||
      entry.traces !== undefined ||
      chain.runs.length !== runs.length ||
      (this.#space.kind === 'exfat' && !this.#allAllocated(runs))
    );
  }
}

interface Best {
  readonly runs: Runs;
  readonly proven: number;
  /** Length when the entry does not say. @param room bytes of the clusters */
  readonly bytes: (room: number) => number;
}

/** The proven part, and the rest of the chain where the chain goes on from it. */
function better(thread: Thread | undefined, found: Runs, chain: Runs): Best | undefined {
  if (!thread || found.length === 0)
    return chain.length === 0 ? undefined : { runs: chain, proven: 0, bytes: (room) => room };
  const goesOn = [...found].every((cluster, index) => chain.at(index) === cluster);
  const runs = goesOn && chain.length > found.length ? chain : found;
  const { proven, next } = thread.trail;
  return {
    runs,
    proven,
    bytes: (room) => (runs === chain || next > room ? room : Math.max(proven, Math.min(next, room))),
  };
}
