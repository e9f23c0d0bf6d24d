/** When the keys of each column went down and up. Pure. */
import type { ReplayFrames } from '../../read/replay.ts';
import { lastAtOrBefore, type Presses } from '../cursor-path.ts';

export class ColumnKeys {
  /** Of each column: when its key went down and up, in turns; ms of the map. */
  private readonly edges: readonly Float64Array[];

  constructor({ count, x, time }: ReplayFrames, columns: number) {
    const edges: number[][] = Array.from({ length: columns }, () => []);
    let before = 0;
    for (let frame = 0; frame < count; frame++) {
      const keys = Math.trunc(x[frame] ?? 0);
      for (let column = 0; column < columns && keys !== before; column++)
        if (((keys ^ before) & (1 << column)) !== 0) edges[column]?.push(time[frame] ?? 0);
      before = keys;
    }
    this.edges = edges.map((list) => Float64Array.from(list));
  }

  at(column: number, now: number): Presses {
    const edges = this.edges[column] ?? new Float64Array();
    const passed = lastAtOrBefore(edges, edges.length, now) + 1;
    return { down: passed % 2 === 1, count: (passed + 1) >> 1, since: edges[passed - 1] ?? Number.NEGATIVE_INFINITY };
  }
}
