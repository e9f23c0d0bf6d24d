/**
 * The clusters of a file, as runs of neighbours: a file of any size that lies in one piece costs one entry.
 */
export class Runs {
  readonly #starts: number[] = [];
  readonly #counts: number[] = [];
  /** Position in the file of each run's first cluster. */
  readonly #positions: number[] = [];
  #length = 0;

  /** A run of `count` neighbours. */
  static of(start: number, count: number): Runs {
    const runs = new Runs();
    if (count > 0) runs.#append(start, count);
    return runs;
  }

  static from(clusters: Iterable<number>): Runs {
    const runs = new Runs();
    for (const cluster of clusters) runs.push(cluster);
    return runs;
  }

  /** Clusters. */
  get length(): number {
    return this.#length;
  }

  /** How many pieces the file lies in. */
  get pieces(): number {
    return this.#starts.length;
  }

  push(cluster: number): void {
    const last = this.#starts.length - 1;
    const count = this.#counts[last] ?? 0;
    if (last >= 0 && (this.#starts[last] ?? 0) + count === cluster) {
      this.#counts[last] = count + 1;
      this.#length += 1;
    } else this.#append(cluster, 1);
  }

  has(cluster: number): boolean {
    return this.#starts.some((start, index) => cluster >= start && cluster < start + (this.#counts[index] ?? 0));
  }

  /** The cluster at a position; undefined beyond the end. */
  at(position: number): number | undefined {
    if (position < 0 || position >= this.#length) return undefined;
    let low = 0;
    let high = this.#positions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#positions[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return (this.#starts[low] ?? 0) + position - (this.#positions[low] ?? 0);
  }

  /** Position of a cluster in the file, or -1. */
  indexOf(cluster: number): number {
    let before = 0;
    for (const [index, start] of this.#starts.entries()) {
      const count = this.#counts[index] ?? 0;
      if (cluster >= start && cluster < start + count) return before + cluster - start;
      before += count;
    }
    return -1;
  }

  /** The first `length` clusters. */
  head(length: number): Runs {
    const out = new Runs();
    let left = length;
    for (const { start, count } of this.pairs()) {
      if (left <= 0) break;
      out.#append(start, Math.min(count, left));
      left -= count;
    }
    return out;
  }

  *pairs(): Generator<{ readonly start: number; readonly count: number }> {
    for (const [index, start] of this.#starts.entries()) yield { start, count: this.#counts[index] ?? 0 };
  }

  *[Symbol.iterator](): Generator<number> {
    for (const { start, count } of this.pairs())
      for (let cluster = start; cluster < start + count; cluster += 1) yield cluster;
  }

  #append(start: number, count: number): void {
    this.#positions.push(this.#length);
    this.#starts.push(start);
    this.#counts.push(count);
    this.#length += count;
  }
}
