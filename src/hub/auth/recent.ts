/**
 * Answers that are good for a few seconds, so that a heartbeat twice a second does not ask the catalog each time.
 */
import type { Clock } from '../../base/clock.ts';

/** A bounded map whose entries run out. Forgetting is immediate, so that a revocation is too. */
export class Recent<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #clock: Clock;
  readonly #lifetimeMs: number;
  readonly #max: number;
  #cleared = 0;

  constructor(clock: Clock, lifetimeMs: number, max: number) {
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
    this.#max = max;
  }

  /** The entry of `key`, or what `find` says now; only what was found is kept. */
  async ask(key: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.until > this.#clock.monotonic()) return entry.value;
    this.#entries.delete(key);
    const asked = this.#cleared;
    const value = await find();
    // What was found before a revocation may be what was revoked.
    if (value !== undefined && asked === this.#cleared) this.#keep(key, value);
    return value;
  }

  #keep(key: string, value: T): void {
    if (this.#entries.size >= this.#max) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, until: this.#clock.monotonic() + this.#lifetimeMs });
  }

  /** Drops every entry. */
  clear(): void {
    this.#cleared++;
    this.#entries.clear();
  }
}
