/**
 * Segments that could not be finished because the disk failed. A recorder lives for months: they are finished when the disk works
 * again, not at the next start.
 */
const FIRST_MS = 10_000;
const LONGEST_MS = 600_000;
/** More wait for the next start. */
const MOST = 1000;

interface Left {
  /** Finishes it; false when that did not work yet. */
  readonly finish: () => Promise<boolean>;
  pauseMs: number;
  dueAt: number;
}

export class LeftBehind {
  readonly #monotonic: () => number;
  #waiting: Left[] = [];
  #working: Promise<void> | undefined;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** @param finish must not throw */
  add(finish: () => Promise<boolean>): void {
    if (this.#waiting.length >= MOST) return;
    this.#waiting.push({ finish, pauseMs: FIRST_MS, dueAt: this.#monotonic() + FIRST_MS });
  }

  /** To be called about once a second. */
  tick(): void {
    const due = this.#waiting.filter((left) => left.dueAt <= this.#monotonic());
    if (due.length === 0 || this.#working !== undefined) return;
    this.#working = this.#finish(due).finally(() => {
      this.#working = undefined;
    });
  }

  /** Nothing new is begun; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#waiting = [];
    await this.#working;
  }

  async #finish(due: readonly Left[]): Promise<void> {
    for (const left of due) {
      if (!this.#waiting.includes(left)) continue;
      if (await left.finish()) this.#waiting = this.#waiting.filter((other) => other !== left);
      else {
        left.pauseMs = Math.min(left.pauseMs * 2, LONGEST_MS);
        left.dueAt = this.#monotonic() + left.pauseMs;
      }
    }
  }
}
