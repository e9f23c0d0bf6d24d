/** When one key of a replay went down and up, where keys are other ones than those of osu!standard. Pure. */
import type { ReplayFrames } from '../read/replay.ts';
import { edgesOf, lastAtOrBefore, type Presses, pressesAt } from './cursor-path.ts';

export class KeyPresses {
  /** Down and up in turns; ms of the map. */
  private readonly edges: Float64Array;

  /** @param isDown of the frame of an index */
  constructor(frames: Pick<ReplayFrames, 'count' | 'time'>, isDown: (index: number) => boolean) {
    this.edges = edgesOf(frames, isDown);
  }

  at(time: number): Presses {
    return pressesAt(this.edges, time);
  }

  /** When it last went up, or now where it is down; -Infinity where it never was. */
  downAt(time: number): number {
    const last = lastAtOrBefore(this.edges, this.edges.length, time);
    return last % 2 === 0 ? time : (this.edges[last] ?? Number.NEGATIVE_INFINITY);
  }
}
