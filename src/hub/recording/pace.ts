/**
 * Tells of a change at once, and of more changes of the same thing at most once in a while.
 */
export class Pace {
  readonly #everyMs: number;
  readonly #tell: (name: string) => void;
  readonly #resting = new Map<string, { timer: NodeJS.Timeout; again: boolean }>();

  constructor(everyMs: number, tell: (name: string) => void) {
    this.#everyMs = everyMs;
    this.#tell = tell;
  }

  /** @param name what has changed */
  changed(name: string): void {
    const resting = this.#resting.get(name);
    if (resting) {
      resting.again = true;
      return;
    }
    const timer = setTimeout(() => {
      const again = this.#resting.get(name)?.again ?? false;
      this.#resting.delete(name);
      if (again) this.changed(name);
    }, this.#everyMs).unref();
    this.#resting.set(name, { timer, again: false });
    this.#tell(name);
  }

  close(): void {
    for (const { timer } of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
  }
}
