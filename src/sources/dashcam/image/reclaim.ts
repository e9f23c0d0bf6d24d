/**
 * A whole file of which several damaged ones each hold a part: what power cuts have left of older clips claims clusters that the car has given to a new
 * one since. A thread from its head to its end without a gap is a proof; who can prove nothing gives way.
 */
import type { Claim, Owners } from './claim.ts';
import type { ClusterSpace } from './cluster-space.ts';
import { Runs } from './runs.ts';
import { hasGaps, skeletonOf, type Thread } from './thread.ts';

export interface ReclaimOptions {
  readonly space: ClusterSpace;
  readonly owners: Owners;
  /** Files that could prove nothing. */
  readonly unproven: readonly Claim[];
  /** Clusters of directories that may have lost them. */
  readonly hollow: readonly number[];
  readonly thread: (start: number) => Promise<Thread | undefined>;
  /** Only when its entry says the length that its contents prove. */
  readonly exact: boolean;
}

/** @returns whether it is whole now, and has what is its own */
export async function reclaim(
  claim: Claim,
  { space, owners, unproven, hollow, thread, exact }: ReclaimOptions,
): Promise<boolean> {
  const others = unproven.filter((other) => other !== claim && other.runs.length > 0);
  const held = others.map((other) => other.runs);
  const own = claim.runs;
  for (const other of others) owners.move(other, new Runs());
  owners.move(claim, new Runs());
  owners.give(hollow);
  const found = await thread(claim.entry.start);
  const length = found?.trail.whole;
  const fits = !exact || claim.entry.bytes === length;
  const isProven = found?.whole === true && length !== undefined && !hasGaps(found) && fits;
  if (isProven) {
    owners.move(claim, skeletonOf(found));
    claim.bytes = length;
    claim.state = 'mended';
  } else owners.move(claim, own);
  owners.take(hollow.filter((cluster) => owners.isUnowned(cluster)));
  for (const [index, other] of others.entries()) {
    // A file goes on only as far as nobody else has it.
    const runs = held[index] ?? new Runs();
    let keeps = 0;
    for (const cluster of runs) {
      if (!owners.isUnowned(cluster)) break;
      keeps += 1;
    }
    owners.move(other, keeps === runs.length ? runs : runs.head(keeps));
    fitToRuns(other, space.clusterBytes);
  }
  return isProven;
}

/** No file is longer than its clusters. */
export function fitToRuns(claim: Claim, clusterBytes: number): void {
  const room = claim.runs.length * clusterBytes;
  if (claim.bytes <= room) return;
  claim.bytes = room;
  claim.state = room === 0 ? 'empty' : 'cut';
}
