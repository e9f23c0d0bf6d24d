/** Plays a map of osu!taiko without a mistake: what a replay of it looks like. */
import type { TaikoObject, TaikoPlay } from '../../src/sources/osu/judge/taiko-play.ts';
import type { MadeFrame } from './replay-writer.ts';

const DON = [1, 4] as const;
const KAT = [2, 8] as const;

interface Press {
  readonly time: number;
  readonly keys: number;
}

/** @param late ms that notes are hit late @param misses of objects that nobody hits */
export function autoTaiko(
  { objects }: TaikoPlay,
  { late = 0, misses = [] }: { readonly late?: number; readonly misses?: readonly number[] } = {},
): MadeFrame[] {
  const presses = objects.flatMap((object) => (misses.includes(object.index) ? [] : pressesOf(object, late)));
  presses.sort((a, b) => a.time - b.time);
  const frames: MadeFrame[] = [];
  for (const [index, { time, keys }] of presses.entries()) {
    frames.push({ time, x: 320, y: 9999, keys });
    const next = presses[index + 1]?.time ?? time + 50;
    // Up again before the next press, in whole milliseconds where there is room.
    const up = Math.min(time + 25, time + (next - time) / 2);
    if (next > time) frames.push({ time: next - time > 2 ? Math.round(up) : up, x: 320, y: 9999, keys: 0 });
  }
  const last = objects.reduce((latest, { endTime }) => Math.max(latest, endTime), 0);
  frames.push({ time: Math.max(last, frames.at(-1)?.time ?? 0) + 500, x: 320, y: 9999, keys: 0 });
  return frames;
}

function pressesOf(object: TaikoObject, late: number): Press[] {
  if (object.kind === 'note') {
    const sides = object.rim ? KAT : DON;
    const keys = object.large ? sides[0] | sides[1] : sides[object.index % 2 === 0 ? 0 : 1];
    return [{ time: object.time + late, keys }];
  }
  if (object.kind === 'roll')
    return Array.from({ length: object.ticks }, (_, tick) => ({
      time: Math.round(object.time + tick * object.tickEvery),
      keys: DON[tick % 2 === 0 ? 0 : 1],
    }));
  const step = (object.endTime - object.time) / object.needed;
  return Array.from({ length: object.needed }, (_, hit) => ({
    time: object.time + hit * step,
    keys: hit % 2 === 0 ? DON[(hit >> 1) % 2 === 0 ? 0 : 1] : KAT[(hit >> 1) % 2 === 0 ? 0 : 1],
  }));
}
