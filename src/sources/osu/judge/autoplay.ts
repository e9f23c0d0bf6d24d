/**
 * The game's own autoplay records the turns of its cursor only; between them the cursor goes straight.
 */
import type { ReplayFrames } from '../read/replay.ts';

/** Milliseconds of a frame in which the game would look. */
const FRAME = 16;
/** A pause longer than this has nothing to look at. */
const LONGEST = 60_000;
const MOST_FRAMES = 1_000_000;

/** The same frames with steps between those that lie far apart. */
export function withSteps(frames: ReplayFrames): ReplayFrames {
  const time: number[] = [];
  const x: number[] = [];
  const y: number[] = [];
  const keys: number[] = [];
  for (let i = 0; i < frames.count; i++) {
    const [from, to] = [frames.time[i - 1] ?? 0, frames.time[i] ?? 0];
    const gap = to - from;
    if (i > 0 && gap <= LONGEST && time.length < MOST_FRAMES)
      for (let at = from + FRAME; at < to; at += FRAME) {
        const part = (at - from) / gap;
        time.push(at);
        x.push(between(frames.x, i, part));
        y.push(between(frames.y, i, part));
        keys.push(frames.keys[i - 1] ?? 0);
      }
    time.push(to);
    x.push(frames.x[i] ?? 0);
    y.push(frames.y[i] ?? 0);
    keys.push(frames.keys[i] ?? 0);
  }
  return {
    count: time.length,
    time: Float64Array.from(time),
    x: Float64Array.from(x),
    y: Float64Array.from(y),
    keys: Uint8Array.from(keys),
  };
}

function between(values: Float64Array, i: number, part: number): number {
  const from = values[i - 1] ?? 0;
  return from + ((values[i] ?? 0) - from) * part;
}
