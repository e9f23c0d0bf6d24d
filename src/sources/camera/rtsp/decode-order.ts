/**
 * Decoding times for pictures that come in decoding order with presentation times only (RTP carries nothing else).
 * The n-th decoding time is the n-th presentation time in sorted order, delayed by the depth of reordering; without
 * B-frames both are equal. Issue 3 replaces this by picture order counts from the bitstream.
 */
export class DecodeOrder {
  readonly #window: number[] = [];
  #depth: number;
  #last = Number.NEGATIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;

  /** @param depth how many pictures may be reordered, as the SPS says it; grows when a stream does otherwise */
  constructor(depth: number) {
    this.#depth = Math.min(16, depth);
  }

  /** @returns the decoding time: never above `pts` in a stream of the told depth, and always above the one before */
  next(pts: number): number {
    if (pts < this.#newest && this.#depth === 0) this.#depth = 2;
    this.#newest = Math.max(this.#newest, pts);
    const first = this.#last === Number.NEGATIVE_INFINITY;
    const window = this.#window;
    let at = window.length;
    while (at > 0 && (window[at - 1] ?? 0) > pts) at -= 1;
    window.splice(at, 0, pts);
    let dts = first ? pts : this.#last + 1;
    while (window.length > this.#depth) dts = Math.max(dts, window.shift() ?? dts);
    this.#last = dts;
    return dts;
  }
}
