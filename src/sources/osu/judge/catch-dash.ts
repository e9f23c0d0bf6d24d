/** How wide the catcher of osu!catch is, and which fruits throw it. From ppy/osu, `Catcher` and `CatchBeatmapProcessor` (MIT). */
import type { MadeCatch } from './catch-play.ts';

/** Osu! pixels, at circle size 5. */
export const CATCHER_WIDTH = 106.75;
/** Osu! pixels a ms, dashing. */
const DASH_SPEED = 1;
/** A quarter of a frame is given. */
const GRACE = 1000 / 60 / 4;

/** 1 at circle size 5. */
export const catcherScale = (cs: number): number => Math.fround(1 - (0.7 * (cs - 5)) / 5);

/** Sets `hyperTo` of fruits and droplets whose successor cannot be reached by dashing. @param objects in the order of the map */
export function markHyperDashes(objects: readonly MadeCatch[], scale: number): void {
  const caught = objects.filter(({ kind }) => kind === 'fruit' || kind === 'droplet');
  // The whole catcher, not its plate alone: so the game has it.
  const half = (CATCHER_WIDTH * scale) / 2;
  let lastDirection = 0;
  let spare = half;
  for (const [place, object] of caught.entries()) {
    const next = caught[place + 1];
    if (!next) return;
    const direction = next.x > object.x ? 1 : -1;
    const time = Math.trunc(next.time) - Math.trunc(object.time) - GRACE;
    const distance = Math.abs(next.x - object.x) - (direction === lastDirection ? spare : half);
    const left = Math.fround(time * DASH_SPEED - distance);
    if (left < 0) {
      object.hyperTo = next;
      spare = half;
    } else spare = Math.min(half, left);
    lastDirection = direction;
  }
}
