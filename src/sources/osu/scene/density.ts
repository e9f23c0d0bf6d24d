/** How dense a map is along its length: for the graph, where distances are none of the game's difficulties or are told by weights. Pure. */

export interface DensityPoint {
  readonly time: number;
  /** 1 is usual. */
  readonly weight: number;
}

/** @param points by time @returns `count` values from 0 to 1 between two moments of the map */
export function densityOf(points: readonly DensityPoint[], from: number, to: number, count: number): number[] {
  const sums = new Float64Array(count);
  let before: number | undefined;
  for (const { time, weight } of points) {
    if (before !== undefined) {
      const cell = Math.floor(((time - from) / Math.max(1, to - from)) * count);
      const inside = Math.min(count - 1, Math.max(0, cell));
      sums[inside] = (sums[inside] ?? 0) + weight * Math.sqrt(200 / Math.max(40, time - before));
    }
    before = time;
  }
  // A little of the neighbours, so that the line is calm.
  const smooth = [...sums].map(
    (value, index) => value * 0.5 + ((sums[index - 1] ?? value) + (sums[index + 1] ?? value)) * 0.25,
  );
  const most = Math.max(1e-9, ...smooth);
  return smooth.map((value) => value / most);
}
