/**
 * Pictures and bits per second over the last seconds, without work per picture.
 */

const WINDOW_MS = 5000;

interface Sample {
  readonly at: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Is told the running totals about once a second. */
export class Rates {
  readonly #samples: Sample[] = [];

  /** @param at milliseconds on a clock that never goes back */
  sample(at: number, frames: number, bytes: number): void {
    this.#samples.push({ at, frames, bytes });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) >= WINDOW_MS) this.#samples.shift();
  }

  reset(): void {
    this.#samples.length = 0;
  }

  /** Undefined until two seconds were seen. */
  get current(): { fps: number; bitrate: number } | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < 1900) return undefined;
    const seconds = (last.at - first.at) / 1000;
    return {
      fps: Math.round(((last.frames - first.frames) / seconds) * 10) / 10,
      bitrate: Math.round(((last.bytes - first.bytes) * 8) / seconds),
    };
  }
}
