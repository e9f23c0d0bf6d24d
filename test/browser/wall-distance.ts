/** How far the pictures on the wall of a car's cameras are from the clock that they follow. */
import type { Page } from 'playwright-core';

/**
 * Watches every picture that comes on screen for a while.
 * @returns camera → milliseconds that each picture's middle was ahead of the clock when it was shown
 */
export function measureWall(page: Page, ms: number): Promise<Record<string, number[]>> {
  return page.evaluate(async (length) => {
    const wall = document.querySelector<HTMLElement>('[data-testid="car-wall"]');
    if (!wall) throw new Error('there is no wall');
    const seen: Record<string, number[]> = {};
    const until = performance.now() + length;
    /** The clock now, from what it said last. */
    const clockAt = (now: number): number => {
      const { wall: said, read, going, speed } = wall.dataset;
      return Number(said) + (going === 'true' ? (now - Number(read)) * Number(speed) : 0);
    };
    for (const tile of wall.querySelectorAll<HTMLElement>('[data-testid="car-tile"]')) {
      const video = tile.querySelector('video');
      if (!video) continue;
      const found: number[] = [];
      seen[tile.dataset.camera ?? ''] = found;
      const look: VideoFrameRequestCallback = (_now, frame) => {
        // A picture that waits for its moment behind a gap is not shown yet.
        if (tile.dataset.state === 'shown')
          found.push(Number(wall.dataset.origin) + frame.mediaTime * 1000 - clockAt(frame.expectedDisplayTime));
        if (performance.now() < until) video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    }
    await new Promise((resolve) => setTimeout(resolve, length));
    return seen;
  }, ms);
}
