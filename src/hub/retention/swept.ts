/**
 * Up to where each part of a track has been removed already, so that what stays for other reasons (protected, a moment) is not read
 * again with every look. Only a hint for a while: what comes late, from a recorder that was away, is found when it is forgotten.
 */
const FORGET_MS = 3_600_000;

export class Swept {
  readonly #monotonic: () => number;
  readonly #before = new Map<string, number>();
  #since: number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#since = monotonic();
  }

  /** There was nothing before this; UTC ms. */
  before(part: string): number {
    if (this.#monotonic() - this.#since > FORGET_MS) this.forget();
    return this.#before.get(part) ?? 0;
  }

  /** @param start of the first that was found, or the end of what was looked at */
  saw(part: string, start: number): void {
    if (start < Number.MAX_SAFE_INTEGER) this.#before.set(part, start);
  }

  forget(): void {
    this.#before.clear();
    this.#since = this.#monotonic();
  }
}
