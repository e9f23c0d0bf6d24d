/** Somebody who plays osu!mania: every note in its column, all as late as is asked for. */
import type { ManiaPlay } from '../../src/sources/osu/judge/mania-play.ts';
import type { MadeFrame } from './replay-writer.ts';

/** A short note is held so long, ms. */
const TAP = 30;

export function autoMania({ objects }: Pick<ManiaPlay, 'objects'>, late = 0): MadeFrame[] {
  const edges = objects.flatMap(({ time, endTime, column }) => [
    { time: time + late, bit: 1 << column, isDown: true },
    { time: (endTime > time ? endTime : time + TAP) + late, bit: 1 << column, isDown: false },
  ]);
  const frames: MadeFrame[] = [{ time: 0, x: 0, y: 0, keys: 0 }];
  let down = 0;
  // Where one ends as the next begins, it is let go first.
  for (const { time, bit, isDown } of edges.toSorted(
    (a, b) => a.time - b.time || Number(a.isDown) - Number(b.isDown),
  )) {
    down = isDown ? down | bit : down & ~bit;
    if (frames.at(-1)?.time === time) frames.pop();
    frames.push({ time, x: down, y: 0, keys: 0 });
  }
  return frames;
}
