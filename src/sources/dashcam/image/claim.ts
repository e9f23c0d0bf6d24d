/**
 * Which clusters belong to which file: a file claims its clusters, and no cluster has two owners.
 */
import { ClusterBits } from './cluster-bits.ts';
import { type ClusterSpace, END, isCluster } from './cluster-space.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import { Runs } from './runs.ts';

/** How sure it is that a file's bytes are its own. */
export type ClaimState =
  /** Entry, chain and contents agree. */
  | 'whole'
  /** Something was wrong, and the contents prove what is right. */
  | 'mended'
  /** A part is missing, or could not be proven. */
  | 'cut'
  /** Nothing is left of it but its name. */
  | 'empty';

export interface Claim {
  /** In the volume. */
  path: string;
  readonly entry: DirectoryEntry;
  runs: Runs;
  /** Length, bytes. */
  bytes: number;
  state: ClaimState;
  /** Clusters that only their place vouches for: others could be it too. */
  unproven: number;
  /** How its chain ended when it was followed first. */
  chain: Chain;
}

export interface Chain {
  /** As far as it is this file's alone. */
  readonly runs: Runs;
  /** `end`: where it should; `neighbours`: there is no chain to follow (NoFatChain). */
  readonly ended: 'end' | 'neighbours' | 'free' | 'wrong' | 'loop' | 'taken' | 'none';
  /** The cluster that another file has. */
  readonly taken: number | undefined;
  /** The tables do not say the same. */
  readonly differs: boolean;
}

export class Owners {
  readonly #space: ClusterSpace;
  readonly #bits = new ClusterBits();
  readonly claims: Claim[] = [];

  constructor(space: ClusterSpace) {
    this.#space = space;
  }

  /** Whether a cluster exists and nobody has it. */
  isUnowned(cluster: number): boolean {
    return isCluster(this.#space, cluster) && !this.#bits.has(cluster);
  }

  take(runs: Iterable<number>): void {
    for (const cluster of runs) this.#bits.add(cluster);
  }

  give(runs: Iterable<number>): void {
    for (const cluster of runs) this.#bits.delete(cluster);
  }

  ownerOf(cluster: number): Claim | undefined {
    return this.claims.find((claim) => claim.runs.has(cluster));
  }

  /** Replaces what a claim owns. */
  move(claim: Claim, runs: Runs): void {
    this.give(claim.runs);
    claim.runs = runs;
    this.take(runs);
  }

  /**
   * Follows an entry as the file system says, and takes what nobody has: first come, first served, so that all files together cost no more
   * steps than there are clusters. Who is in the right is decided by `settle`.
   */
  follow(entry: DirectoryEntry): Chain {
    const space = this.#space;
    if (!isCluster(space, entry.start)) return { runs: new Runs(), ended: 'none', taken: undefined, differs: false };
    const wanted = Math.ceil(entry.bytes / space.clusterBytes);
    const runs = new Runs();
    let differs = false;
    for (let cluster = entry.start; ; ) {
      if (!this.isUnowned(cluster)) {
        if (!isCluster(space, cluster)) return { runs, ended: 'wrong', taken: undefined, differs };
        const loop = runs.has(cluster);
        return { runs, ended: loop ? 'loop' : 'taken', taken: loop ? undefined : cluster, differs };
      }
      if (entry.contiguous && runs.length >= wanted) return { runs, ended: 'neighbours', taken: undefined, differs };
      if (!this.#bits.add(cluster)) return { runs, ended: 'wrong', taken: undefined, differs };
      runs.push(cluster);
      if (entry.contiguous) {
        if (runs.length >= wanted) return { runs, ended: 'neighbours', taken: undefined, differs };
        cluster += 1;
        continue;
      }
      const first = space.link(cluster, 0);
      let next = first;
      if (space.tables > 1) {
        const second = space.link(cluster, 1);
        if (second !== first) {
          differs = true;
          // The table that goes on while the file does; the contents are asked afterwards.
          if (runs.length < wanted && first < 2 && second >= 2) next = second;
          else if (runs.length >= wanted && first !== END && second === END) next = second;
        }
      }
      if (next < 2)
        return { runs, ended: next === END ? 'end' : next === 0 ? 'free' : 'wrong', taken: undefined, differs };
      cluster = next;
    }
  }
}
