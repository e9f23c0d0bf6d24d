/**
 * Pictures when they are due. Their numbers go on with time: where the machine slept or was too slow, some are left out.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../../base/clock.ts';

/** Further behind than this, pictures are left out instead of being caught up with. */
const MOST_BEHIND_MS = 500;

/** Numbers of pictures, for ever: 0, 1, 2 …, each when it is due. */
export async function* paced(fps: number, clock: Clock): AsyncGenerator<number> {
  const period = 1000 / fps;
  const began = clock.monotonic();
  for (let frame = 0; ; frame++) {
    const early = began + frame * period - clock.monotonic();
    if (early < -Math.max(MOST_BEHIND_MS, period)) frame = Math.ceil((clock.monotonic() - began) / period);
    await wait(Math.max(0, early));
    yield frame;
  }
}
