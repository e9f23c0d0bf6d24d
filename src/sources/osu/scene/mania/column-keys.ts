/** When the keys of each column went down and up. Pure. */
import type { ReplayFrames } from '../../read/replay.ts';
import type { Presses } from '../cursor-path.ts';
import { KeyPresses } from '../key-presses.ts';

export class ColumnKeys {
  private readonly columns: readonly KeyPresses[];

  /** @param frames of mania: `x` holds a bit for each column */
  constructor(frames: ReplayFrames, columns: number) {
    this.columns = Array.from(
      { length: columns },
      (_, column) => new KeyPresses(frames, (index) => (Math.trunc(frames.x[index] ?? 0) & (1 << column)) !== 0),
    );
  }

  /** @param now ms of the map */
  at(column: number, now: number): Presses {
    return this.columns[column]?.at(now) ?? { down: false, count: 0, since: Number.NEGATIVE_INFINITY };
  }
}
