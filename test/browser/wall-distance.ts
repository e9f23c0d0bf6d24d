/** How far the pictures on the wall of a car's cameras are from the clock that they follow. */
import type { Page } from 'playwright-core';

/** Camera → milliseconds that each picture was ahead of the clock when it was shown. */
type Distances = Record<string, number[]>;

/** The moment on the wall's clock now, UTC milliseconds. */
export function clockOfWall(page: Page): Promise<number> {
  return page.getByTestId('car-wall').evaluate((wall: HTMLElement) => {
    const { wall: said, read, going, speed } = wall.dataset;
    return Number(said) + (going === 'true' ? (performance.now() - Number(read)) * Number(speed) : 0);
  });
}

/**
 * Watches every picture that comes on screen for a while (`requestVideoFrameCallback`). Where the browser has painted nothing at all for
 * 60 ms, because the machine did something else, what comes right after it is not counted.
 */
export function measureWall(page: Page, ms: number): Promise<{ distances: Distances; left: number }> {
  return page.getByTestId('car-wall').evaluate(async (wall: HTMLElement, length) => {
    const seen: Record<string, { ahead: number; at: number }[]> = {};
    const stalls: { from: number; to: number }[] = [];
    let painted = performance.now();
    const paint = (): void => {
      const now = performance.now();
      if (now - painted > 60) stalls.push({ from: painted, to: now + 100 });
      painted = now;
      if (now < until) requestAnimationFrame(paint);
    };
    const until = performance.now() + length;
    const clockAt = (now: number): number => {
      const { wall: said, read, going, speed } = wall.dataset;
      return Number(said) + (going === 'true' ? (now - Number(read)) * Number(speed) : 0);
    };
    requestAnimationFrame(paint);
    for (const tile of wall.querySelectorAll<HTMLElement>('[data-testid="car-tile"]')) {
      const video = tile.querySelector('video');
      if (!video) continue;
      const found: { ahead: number; at: number }[] = [];
      seen[tile.dataset.camera ?? ''] = found;
      const look: VideoFrameRequestCallback = (_now, frame) => {
        // A picture that waits for its moment behind a gap is not shown yet.
        const at = frame.expectedDisplayTime;
        if (tile.dataset.state === 'shown')
          found.push({ ahead: Number(wall.dataset.origin) + frame.mediaTime * 1000 - clockAt(at), at });
        if (performance.now() < until) video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    }
    await new Promise((resolve) => setTimeout(resolve, length));
    let left = 0;
    const distances: Record<string, number[]> = {};
    for (const [camera, all] of Object.entries(seen)) {
      const counted = all.filter(({ at }) => !stalls.some(({ from, to }) => from <= at && at <= to));
      left += all.length - counted.length;
      distances[camera] = counted.map(({ ahead }) => ahead);
    }
    return { distances, left };
  }, ms);
}
