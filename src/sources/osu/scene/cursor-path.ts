/** Where the cursor is, which keys are down and how often they were pressed, at any moment of a replay. */
import type { ReplayFrames } from '../read/replay.ts';

const BUTTONS = ['k1', 'k2', 'm1', 'm2'] as const;
export type Button = (typeof BUTTONS)[number];
const BITS: Readonly<Record<Button, number>> = { m1: 1, m2: 2, k1: 4, k2: 8 };

export interface Presses {
  readonly down: boolean;
  /** Up to now. */
  readonly count: number;
  /** Milliseconds of the map; the newest change. */
  readonly since: number;
}

export class CursorPath {
  private readonly frames: ReplayFrames;
  /** Of each button: when it went down and up, in turns. */
  private readonly edges: Readonly<Record<Button, Float64Array>>;

  constructor(frames: ReplayFrames) {
    this.frames = frames;
    const edges = (button: Button): Float64Array =>
      edgesOf(frames, (index) => isPressed(frames.keys[index] ?? 0, button));
    this.edges = { k1: edges('k1'), k2: edges('k2'), m1: edges('m1'), m2: edges('m2') };
  }

  /** The last frame at or before a moment; -1 before the first. */
  indexAt(time: number): number {
    return lastAtOrBefore(this.frames.time, this.frames.count, time);
  }

  at(time: number): { readonly x: number; readonly y: number } {
    const { x, y, time: times, count } = this.frames;
    const index = Math.max(0, this.indexAt(time));
    const next = Math.min(count - 1, index + 1);
    const [from, to] = [times[index] ?? 0, times[next] ?? 0];
    const part = to > from ? Math.max(0, Math.min(1, (time - from) / (to - from))) : 0;
    const between = (values: Float64Array): number =>
      (values[index] ?? 0) + ((values[next] ?? 0) - (values[index] ?? 0)) * part;
    return { x: between(x), y: between(y) };
  }

  keysAt(time: number): number {
    const index = this.indexAt(time);
    return index < 0 ? 0 : (this.frames.keys[index] ?? 0);
  }

  pressesOf(button: Button, time: number): Presses {
    return pressesAt(this.edges[button], time);
  }
}

/** A key sets the bit of its mouse button too: that is no press of the mouse. */
const isPressed = (pressed: number, button: Button): boolean =>
  button === 'm1' ? (pressed & 5) === 1 : button === 'm2' ? (pressed & 10) === 2 : (pressed & BITS[button]) !== 0;

/** When something goes down and up, in turns. @param isDown of the frame of an index */
export function edgesOf(
  { count, time }: Pick<ReplayFrames, 'count' | 'time'>,
  isDown: (index: number) => boolean,
): Float64Array {
  const edges: number[] = [];
  let down = false;
  for (let index = 0; index < count; index++) {
    const own = isDown(index);
    if (own === down) continue;
    down = own;
    edges.push(time[index] ?? 0);
  }
  return Float64Array.from(edges);
}

export function pressesAt(edges: Float64Array, time: number): Presses {
  const passed = lastAtOrBefore(edges, edges.length, time) + 1;
  return { down: passed % 2 === 1, count: (passed + 1) >> 1, since: edges[passed - 1] ?? Number.NEGATIVE_INFINITY };
}

/** @returns -1 where all are later */
export function lastAtOrBefore(times: ArrayLike<number>, count: number, time: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
