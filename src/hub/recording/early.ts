/**
 * Open segments that a clip waits for: the recorder is asked, once for each, to finish them before their time.
 */
import type { OpenExtent } from '../../contract/recorder.ts';

interface Wish {
  readonly cameraId: string;
  readonly track: string;
  /** The segment that holds this moment is wanted; UTC ms. */
  until: number;
  /** The segment that was asked for, and when (monotonic ms). */
  asked: { segment: string; at: number } | undefined;
  since: number;
}

/** An answer may have been lost: asked again after this long. */
const ASK_AGAIN_MS = 4000;
const FORGET_MS = 15 * 60_000;

export class EarlyCloses {
  readonly #wishes = new Map<string, Wish>();

  /** @param until the segment that holds the moment before this should be finished as soon as it reaches it; UTC ms */
  want(cameraId: string, track: string, until: number, now: number): void {
    const name = `${cameraId}/${track}`;
    const known = this.#wishes.get(name);
    if (!known) this.#wishes.set(name, { cameraId, track, until, asked: undefined, since: now });
    else {
      known.since = now;
      known.until = Math.max(known.until, until);
    }
  }

  /** What to order of a recorder that reports these open segments. @param now monotonic ms */
  orders(open: readonly OpenExtent[], now: number): { cameraId: string; track: string }[] {
    if (this.#wishes.size === 0) return [];
    const orders: { cameraId: string; track: string }[] = [];
    for (const extent of open) {
      const name = `${extent.sourceId}/${extent.track}`;
      const wish = this.#wishes.get(name);
      if (!wish) continue;
      if (extent.wallStart >= wish.until || now - wish.since > FORGET_MS) {
        this.#wishes.delete(name);
        continue;
      }
      if (extent.wallStart + extent.durationMs < wish.until) continue;
      const segment = `${extent.run}/${extent.seq}`;
      if (wish.asked?.segment === segment && now - wish.asked.at < ASK_AGAIN_MS) continue;
      wish.asked = { segment, at: now };
      orders.push({ cameraId: wish.cameraId, track: wish.track });
    }
    return orders;
  }
}
