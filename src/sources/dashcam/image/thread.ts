/**
 * Finds the clusters of an MP4, one after the other, by what stands in them: where tables are lost or lie, where several files lie interleaved.
 *
 * A cluster in which a box or a picture begins proves itself: something must begin at exactly that byte (`media/trail`). How many clusters lie
 * between two of them is known from the lengths; where tables or neighbourhood name them they are taken, else they are a *gap*: clusters inside
 * of one picture, which nothing but their place tells apart from those of another file. Gaps are filled when all files are known (`gaps.ts`).
 */
import { follow, newTrail, passOver, piecesBefore, type Trail } from '../../../media/trail/trail.ts';
import { type ClusterSpace, isCluster, readCluster } from './cluster-space.ts';
import type { Breath } from './image-file.ts';
import { Runs } from './runs.ts';

export interface Thread {
  readonly links: readonly Link[];
  readonly trail: Trail;
  /** Data and movie are there, and every cluster fits. */
  readonly whole: boolean;
}

/** A cluster that was found, and those between it and the one before. */
export interface Link {
  readonly cluster: number;
  readonly inside: readonly number[];
  /** So many clusters come between and are not known; `inside` is empty then. */
  readonly gap: number;
}

export interface ThreadOptions {
  /** Whether a cluster may be taken. */
  readonly usable: (cluster: number) => boolean;
  /** How many clusters may be tried in vain, shared by all searches of a volume: a hostile image ends it. */
  readonly budget: { left: number };
  readonly breath: Breath;
}

/** How far ahead a next cluster is looked for: six cameras that take turns, and directories between them. */
const WINDOW = 48;
/** For each cluster that comes between: six cameras, each twice as fast as this one. */
const WINDOW_EACH = 12;
/** The largest picture is not longer than so many clusters; of other data only a table or the neighbourhood can tell. */
const MOST_GAP = 1024;
/** Choices without proof that may be taken back at one place. */
const MOST_RETRIES = 4000;

interface Node extends Link {
  /** After this cluster. */
  readonly trail: Trail;
  /** It was named by a table or is the neighbour, and something began in it where it had to. */
  readonly sure: boolean;
  /** The clusters that may come after it and have not been tried. */
  readonly ways: Iterator<Way>;
}

interface Way extends Link {
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
  if (first.broken && first.proofs < 2) return undefined;
  const begin = { cluster: start, inside: [], gap: 0 };
  if (first.broken) return { links: [begin], trail: first.trail, whole: false };
  const taken = new Set([start]);
  const stack: Node[] = [
    { ...begin, trail: first.trail, sure: true, ways: waysFrom(space, start, first.trail, taken, options) },
  ];
  let best = threadOf(stack);
  let retries = 0;
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    await options.breath.due();
    if (isDone(top.trail)) return threadOf(stack);
    const way = top.ways.next();
    if (way.done) {
      // A choice that was proven is not taken back; nor is the search without end.
      if (top.sure || ++retries > MOST_RETRIES || stack.length === 1) break;
      stack.pop();
      for (const cluster of [top.cluster, ...top.inside]) taken.delete(cluster);
      continue;
    }
    const { cluster, inside, gap, named } = way.value;
    const step = tryWay(space, top.trail, way.value);
    if (!step) {
      if (!named) options.budget.left -= 1;
      if (!named && (++retries > MOST_RETRIES || options.budget.left < 0)) break;
      continue;
    }
    for (const one of [cluster, ...inside]) taken.add(one);
    const ways = waysFrom(space, cluster, step.trail, taken, options);
    stack.push({ cluster, inside, gap, trail: step.trail, sure: named && step.proofs > 0, ways });
    if (step.proofs > 0) retries = 0;
    if (step.trail.proven > best.trail.proven || isDone(step.trail)) best = threadOf(stack);
  }
  return best;
}

/** The clusters of a thread in order. @param filled what was found for its gaps; an unfilled one ends it */
export function runsOf(links: readonly Link[], filled?: ReadonlyMap<Link, readonly number[]>): Runs {
  const runs = new Runs();
  for (const link of links) {
    const between = link.gap === 0 ? link.inside : filled?.get(link);
    if (!between) break;
    for (const cluster of between) runs.push(cluster);
    runs.push(link.cluster);
  }
  return runs;
}

/** The clusters that are certain, without what lies in its gaps. */
export function skeletonOf({ links }: Thread): Runs {
  return Runs.from(links.flatMap((link) => [...link.inside, link.cluster]));
}

export function hasGaps({ links }: Thread): boolean {
  return links.some(({ gap }) => gap > 0);
}

const isDone = (trail: Trail): boolean => trail.whole !== undefined && trail.whole <= trail.position;

function threadOf(stack: readonly Node[]): Thread {
  const trail = stack.at(-1)?.trail ?? newTrail;
  const links = stack.map(({ cluster, inside, gap }): Link => ({ cluster, inside, gap }));
  return { links, trail, whole: isDone(trail) };
}

/** The trail after a way; undefined when something in it cannot be. */
function tryWay(
  space: ClusterSpace,
  trail: Trail,
  { cluster, inside, gap, named }: Way,
): { readonly trail: Trail; readonly proofs: number } | undefined {
  let at = trail;
  for (const one of inside) {
    const step = follow(at, readCluster(space, one));
    if (step.broken) return undefined;
    at = step.trail;
  }
  const step = follow(passOver(at, gap * space.clusterBytes), readCluster(space, cluster));
  if (step.broken) return undefined;
  // Somewhere else it has to prove itself, or to hold the beginning of a head that the next one proves.
  if (!named && step.proofs === 0 && step.trail.carry.length === 0) return undefined;
  return step;
}

function* waysFrom(
  space: ClusterSpace,
  from: number,
  trail: Trail,
  taken: ReadonlySet<number>,
  { usable }: ThreadOptions,
): Generator<Way> {
  const between = piecesBefore(trail, space.clusterBytes);
  const free = (cluster: number): boolean => isCluster(space, cluster) && !taken.has(cluster) && usable(cluster);
  const tried = new Set<number>();
  for (const next of [
    (cluster: number) => space.link(cluster, 0),
    ...(space.tables > 1 ? [(cluster: number) => space.link(cluster, 1)] : []),
    (cluster: number) => {
      // A table that ends here, or was written only so far, is followed by its neighbour.
      const linked = space.link(cluster, 0);
      return linked >= 2 && free(linked) ? linked : cluster + 1;
    },
    (cluster: number) => cluster + 1,
  ]) {
    const path = along(from, between + 1, next, free);
    const cluster = path?.pop();
    if (!path || cluster === undefined || tried.has(cluster)) continue;
    tried.add(cluster);
    yield { cluster, inside: path, gap: 0, named: true };
  }
  if (between > MOST_GAP) return;
  let passed = 0;
  for (let cluster = from + 1; cluster <= from + WINDOW + between * WINDOW_EACH; cluster += 1) {
    if (!free(cluster)) continue;
    if (passed >= between && !tried.has(cluster)) yield { cluster, inside: [], gap: between, named: false };
    passed += 1;
  }
}

/** So many clusters after `from`; undefined when one of them is not free. */
function along(
  from: number,
  count: number,
  next: (cluster: number) => number,
  free: (cluster: number) => boolean,
): number[] | undefined {
  const path: number[] = [];
  const seen = new Set<number>();
  for (let cluster = next(from); path.length < count; cluster = next(cluster)) {
    if (cluster < 2 || seen.has(cluster) || !free(cluster)) return undefined;
    seen.add(cluster);
    path.push(cluster);
  }
  return path;
}
