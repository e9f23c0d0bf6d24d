/**
 * Finds the clusters of an MP4, one after the other, by what stands in them: where tables are lost or lie, where several files lie interleaved.
 *
 * A cluster is taken when the file can go on with it (`media/trail`). Where several can, the one that the tables name comes first, then the
 * neighbour, then the others in the order in which they lie; a wrong one shows when a later picture does not begin where it should, and the
 * search steps back to the last choice.
 */
import { follow, newTrail, type Trail } from '../../../media/trail/trail.ts';
import { type ClusterSpace, isCluster, readCluster } from './cluster-space.ts';
import type { Breath } from './image-file.ts';
import { Runs } from './runs.ts';

export interface Thread {
  readonly runs: Runs;
  readonly trail: Trail;
  /** Data and movie are there, and every cluster fits. */
  readonly whole: boolean;
  /** Clusters that nothing but their place vouches for: they lie inside of one picture, and neither table nor neighbourhood named them. */
  readonly unproven: number;
}

export interface ThreadOptions {
  /** Whether a cluster may be taken. */
  readonly usable: (cluster: number) => boolean;
  /** Clusters that may come next although they lie elsewhere: heads of chains that nobody owns. */
  readonly heads?: readonly number[];
  /** How many clusters may be tried in vain, shared by all searches of a volume: a hostile image ends it. */
  readonly budget: { left: number };
  readonly breath: Breath;
}

/** How far ahead a next cluster is looked for: six cameras that take turns, and a directory between them. */
const WINDOW = 48;
const MOST_HEADS = 512;
/** Choices without proof that may be taken back at one place. */
const MOST_RETRIES = 4000;

interface Node {
  readonly cluster: number;
  /** After this cluster. */
  readonly trail: Trail;
  readonly proofs: number;
  readonly named: boolean;
  /** The clusters that may come after it and have not been tried. */
  readonly ways: Iterator<Way>;
}

interface Way {
  readonly cluster: number;
  /** By a table or as the neighbour. */
  readonly named: boolean;
}

/** @returns undefined when no MP4 begins at `start` */
export async function findThread(
  space: ClusterSpace,
  start: number,
  options: ThreadOptions,
): Promise<Thread | undefined> {
  if (!isCluster(space, start)) return undefined;
  const first = follow(newTrail, readCluster(space, start));
  if (first.broken && first.trail.proven === 0 && first.proofs < 2) return undefined;
  const taken = new Set([start]);
  if (first.broken) {
    const runs = Runs.of(start, 1);
    return { runs, trail: first.trail, whole: false, unproven: 0 };
  }
  const stack: Node[] = [
    {
      cluster: start,
      trail: first.trail,
      proofs: first.proofs,
      named: true,
      ways: waysFrom(space, start, taken, options),
    },
  ];
  let best = threadOf(stack);
  let retries = 0;
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    await options.breath.due();
    if (isDone(top.trail)) return threadOf(stack);
    const way = top.ways.next();
    if (way.done) {
      // A choice that was proven is not taken back; nor is the search without end.
      if (top.proofs > 0 && top.named) break;
      if (++retries > MOST_RETRIES || stack.length === 1) break;
      stack.pop();
      taken.delete(top.cluster);
      continue;
    }
    const { cluster, named } = way.value;
    const step = follow(top.trail, readCluster(space, cluster));
    if (step.broken) {
      retries += named ? 0 : 1;
      options.budget.left -= 1;
      if (retries > MOST_RETRIES || options.budget.left < 0) break;
      continue;
    }
    taken.add(cluster);
    const next = { cluster, trail: step.trail, proofs: step.proofs, named };
    stack.push({ ...next, ways: waysFrom(space, cluster, taken, options) });
    if (step.proofs > 0) retries = 0;
    if (step.trail.proven > best.trail.proven || isDone(step.trail)) best = threadOf(stack);
  }
  return best;
}

const isDone = (trail: Trail): boolean => trail.whole !== undefined && trail.whole <= trail.position;

function threadOf(stack: readonly Node[]): Thread {
  const trail = stack.at(-1)?.trail ?? newTrail;
  return {
    runs: Runs.from(stack.map((node) => node.cluster)),
    trail,
    whole: isDone(trail),
    unproven: stack.filter((node) => node.proofs === 0 && !node.named).length,
  };
}

function* waysFrom(
  space: ClusterSpace,
  cluster: number,
  taken: ReadonlySet<number>,
  { usable, heads = [] }: ThreadOptions,
): Generator<Way> {
  const tried = new Set<number>();
  const fresh = (next: number): boolean => {
    if (next < 2 || tried.has(next) || taken.has(next) || !usable(next)) return false;
    tried.add(next);
    return true;
  };
  for (let table = 0; table < space.tables; table += 1) {
    const next = space.link(cluster, table);
    if (fresh(next)) yield { cluster: next, named: true };
  }
  if (fresh(cluster + 1)) yield { cluster: cluster + 1, named: true };
  for (let ahead = 2; ahead <= WINDOW; ahead += 1)
    if (fresh(cluster + ahead)) yield { cluster: cluster + ahead, named: false };
  for (const head of heads.slice(0, MOST_HEADS)) if (fresh(head)) yield { cluster: head, named: false };
}
