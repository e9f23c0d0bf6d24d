/** Fills the gaps of all threads of a volume together, from what nobody has. */
import { canBeInside } from '../../../media/trail/trail.ts';
import { type ClusterSpace, readCluster } from './cluster-space.ts';
import { fillGaps, type Gap } from './gaps.ts';
import type { Runs } from './runs.ts';
import { type Link, runsOf, type Thread } from './thread.ts';

export interface Closed {
  /** Up to the first gap that could not be filled. */
  readonly runs: Runs;
  /** Every gap is filled. */
  readonly whole: boolean;
  /** Clusters that others could be as well: their place decided. */
  readonly unproven: number;
}

/** More clusters than this are not looked at between the ends of gaps. */
const MOST_LOOKED_AT = 200_000;

/** @param usable whether a cluster may be taken; those of the threads themselves may not */
export function closeGaps(
  space: ClusterSpace,
  threads: readonly Thread[],
  usable: (cluster: number) => boolean,
): Map<Thread, Closed> {
  const gaps = new Map<Link, Gap>();
  for (const { links } of threads)
    for (const [index, link] of links.entries())
      if (link.gap > 0) gaps.set(link, { from: links[index - 1]?.cluster ?? 0, to: link.cluster, count: link.gap });
  const candidates = new Set<number>();
  let looked = 0;
  for (const { from, to } of gaps.values())
    for (let cluster = from + 1; cluster < to && looked < MOST_LOOKED_AT; cluster += 1) {
      if (candidates.has(cluster) || !usable(cluster)) continue;
      looked += 1;
      if (canBeInside(readCluster(space, cluster))) candidates.add(cluster);
    }
  const filled = fillGaps(
    [...gaps.values()],
    [...candidates].sort((one, other) => one - other),
  );
  const out = new Map<Thread, Closed>();
  for (const thread of threads) {
    const inside = new Map<Link, readonly number[]>();
    let unproven = 0;
    for (const link of thread.links) {
      const gap = gaps.get(link);
      const found = gap && filled.get(gap);
      if (!found) continue;
      inside.set(link, found.clusters);
      if (!found.proven) unproven += found.clusters.length;
    }
    const whole = thread.whole && thread.links.every((link) => link.gap === 0 || inside.has(link));
    out.set(thread, { runs: runsOf(thread.links, inside), whole, unproven });
  }
  return out;
}
