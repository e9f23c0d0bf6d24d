/** Plays a map of osu!catch without a mistake: what a replay of it looks like. */
import type { CatchPlay } from '../../src/sources/osu/judge/catch-play.ts';
import type { MadeFrame } from './replay-writer.ts';

const DASH = 1;
/** Osu! pixels a ms. */
const WALK = 0.5;

/** The catcher is where each thing falls, as fast as that needs. @param misses places of things that it stays away from */
export function autoCatch(
  { objects }: CatchPlay,
  { misses = [] }: { readonly misses?: readonly number[] } = {},
): MadeFrame[] {
  const frames: MadeFrame[] = [{ time: 0, x: 256, y: 384, keys: 0 }];
  for (const { index, time, x } of objects) {
    const before = frames.at(-1);
    const place = misses.includes(index) ? (x > 256 ? x - 200 : x + 200) : x;
    const speed = before && time > before.time ? Math.abs(place - before.x) / (time - before.time) : 0;
    if (before && speed > WALK) frames[frames.length - 1] = { ...before, keys: DASH };
    // It stays, and leaves as late as walking lets it.
    const leaves = before ? time - Math.abs(place - before.x) / WALK : 0;
    if (before && leaves > before.time + 20) frames.push({ ...before, time: Math.round(leaves), keys: 0 });
    frames.push({ time, x: place, y: 384, keys: 0 });
  }
  const last = frames.at(-1);
  if (last) frames.push({ ...last, time: last.time + 500 });
  return frames;
}
