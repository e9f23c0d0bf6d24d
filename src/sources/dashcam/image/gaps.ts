/**
 * Fills the gaps of threads: clusters that lie inside of one picture, of which only the number and the two ends are known. Pure.
 *
 * Where exactly as many clusters are free between the ends as are missing, they are it. Where files lie interleaved, the cameras took turns: the
 * clusters of a gap lie evenly between its ends, and of all ways to hand them out the one that comes closest to that is taken.
 */

export interface Gap {
  /** The clusters at its ends. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Filled {
  readonly clusters: readonly number[];
  /** No other clusters could be it. */
  readonly proven: boolean;
}

/** More slots than this at once are filled gap by gap. */
const MOST_SLOTS = 256;

/** @param candidates clusters that nobody has and that can be the inside of a picture, in order. Gaps that cannot be filled are left out. */
export function fillGaps(gaps: readonly Gap[], candidates: readonly number[]): Map<Gap, Filled> {
  const filled = new Map<Gap, Filled>();
  const free = new Set(candidates);
  let open = [...gaps];
  // What is certain narrows down the rest.
  for (let before = -1; before !== open.length; ) {
    before = open.length;
    for (const gap of open) {
      const inside = within(gap, free);
      const contested = open.some((other) => other !== gap && other.from < gap.to && gap.from < other.to);
      if (inside.length !== gap.count || (contested && !isAlone(gap, open, free))) continue;
      filled.set(gap, { clusters: inside, proven: true });
      for (const cluster of inside) free.delete(cluster);
    }
    open = open.filter((gap) => !filled.has(gap));
  }
  for (const group of groups(open)) {
    const slots = group.reduce((sum, gap) => sum + gap.count, 0);
    for (const part of slots <= MOST_SLOTS ? [group] : group.map((gap) => [gap]))
      for (const [gap, clusters] of share(part, free)) {
        filled.set(gap, { clusters, proven: false });
        for (const cluster of clusters) free.delete(cluster);
      }
  }
  return filled;
}

function within({ from, to }: Gap, free: ReadonlySet<number>): number[] {
  const out: number[] = [];
  const [low, high] = from < to ? [from, to] : [to, from];
  for (let cluster = low + 1; cluster < high; cluster += 1) if (free.has(cluster)) out.push(cluster);
  return out;
}

/** No other open gap can want the same clusters. */
function isAlone(gap: Gap, open: readonly Gap[], free: ReadonlySet<number>): boolean {
  const inside = within(gap, free);
  return open.every((other) => other === gap || !inside.some((cluster) => cluster > other.from && cluster < other.to));
}

/** Gaps that overlap, directly or through others. */
function groups(gaps: readonly Gap[]): Gap[][] {
  const sorted = [...gaps].sort((one, other) => one.from - other.from);
  const out: Gap[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const gap of sorted) {
    if (gap.from >= end) out.push([]);
    out.at(-1)?.push(gap);
    end = Math.max(end, gap.to);
  }
  return out;
}

/** Hands out clusters so that together they lie closest to where they are expected (the assignment problem, by shortest augmenting paths). */
function share(gaps: readonly Gap[], free: ReadonlySet<number>): Map<Gap, number[]> {
  const clusters = [...new Set(gaps.flatMap((gap) => within(gap, free)))].sort((one, other) => one - other);
  const slots = gaps.flatMap((gap) =>
    Array.from({ length: gap.count }, (_, index) => ({
      gap,
      expected: gap.from + ((index + 1) * (gap.to - gap.from)) / (gap.count + 1),
    })),
  );
  if (clusters.length < slots.length) return new Map();
  const cost = (slot: number, column: number): number => {
    const { gap, expected } = slots[slot] ?? { gap: undefined, expected: 0 };
    const cluster = clusters[column] ?? 0;
    if (!gap || cluster <= gap.from || cluster >= gap.to) return IMPOSSIBLE;
    return (cluster - expected) ** 2;
  };
  const columns = assign(slots.length, clusters.length, cost);
  const out = new Map<Gap, number[]>(gaps.map((gap) => [gap, []]));
  const failed = new Set<Gap>();
  for (const [slot, column] of columns.entries()) {
    const gap = slots[slot]?.gap;
    if (!gap) continue;
    if (cost(slot, column) >= IMPOSSIBLE) failed.add(gap);
    out.get(gap)?.push(clusters[column] ?? 0);
  }
  for (const gap of failed) out.delete(gap);
  for (const list of out.values()) list.sort((one, other) => one - other);
  return out;
}

const IMPOSSIBLE = 1e12;

/** For each row the column that is its own, so that the costs together are least. @param columns at least as many as rows */
function assign(rows: number, columns: number, cost: (row: number, column: number) => number): number[] {
  // Potentials of rows and columns, and the row of each column; row and column 0 are a beginning that is none.
  const ofRow = new Float64Array(rows + 1);
  const ofColumn = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row += 1) {
    rowOf[0] = row;
    const least = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const before = new Int32Array(columns + 1);
    const used = new Uint8Array(columns + 1);
    let column = 0;
    do {
      used[column] = 1;
      const current = rowOf[column] ?? 0;
      let step = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let other = 1; other <= columns; other += 1) {
        if (used[other]) continue;
        const reduced = cost(current - 1, other - 1) - (ofRow[current] ?? 0) - (ofColumn[other] ?? 0);
        if (reduced < (least[other] ?? 0)) {
          least[other] = reduced;
          before[other] = column;
        }
        if ((least[other] ?? 0) < step) {
          step = least[other] ?? 0;
          next = other;
        }
      }
      for (let other = 0; other <= columns; other += 1) {
        if (used[other]) {
          const owner = rowOf[other] ?? 0;
          ofRow[owner] = (ofRow[owner] ?? 0) + step;
          ofColumn[other] = (ofColumn[other] ?? 0) - step;
        } else least[other] = (least[other] ?? 0) - step;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = before[column] ?? 0;
      rowOf[column] = rowOf[previous] ?? 0;
      column = previous;
    }
  }
  const out = new Array<number>(rows).fill(0);
  for (let column = 1; column <= columns; column += 1) {
    const row = rowOf[column] ?? 0;
    if (row > 0) out[row - 1] = column - 1;
  }
  return out;
}
