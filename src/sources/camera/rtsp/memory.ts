/** What a camera has taught, kept from one session to the next: how it sends, and a session that it may still count as open. */
import type { MonotonicMs } from '../../../base/units.ts';

export interface OpenSession {
  readonly id: string;
  /** What TEARDOWN names. */
  readonly url: string;
  /** When the camera forgets it by itself. */
  readonly until: MonotonicMs;
}
export interface Learned {
  /** It refuses to send over TCP. */
  refusesTcp: boolean;
  /** Ended without a TEARDOWN that arrived. */
  left: OpenSession | undefined;
}

const MOST = 1024;

export class CameraMemory {
  readonly #cameras = new Map<string, Learned>();

  /** @param url without credential. What the answer holds may be changed. */
  of(url: string): Learned {
    let learned = this.#cameras.get(url);
    if (!learned) {
      learned = { refusesTcp: false, left: undefined };
      this.#cameras.set(url, learned);
      const [oldest] = this.#cameras.keys();
      if (this.#cameras.size > MOST && oldest !== undefined) this.#cameras.delete(oldest);
    }
    return learned;
  }
}
