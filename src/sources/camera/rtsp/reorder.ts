/** Puts datagrams back into the order they were sent in (RFC 3550: 16-bit sequence numbers), within bounds of count and time. */

/** Packets held back while one is missing; a key frame of 4 Mbit comes in about 400. */
const MOST_HELD = 512;
/** How long a hole is waited for. */
const PATIENCE_MS = 150;
/** Further than this from what is expected, the sender has started anew. */
const RESTART = 3000;

export type Release = (data: Buffer, start: number, end: number) => void;

export class ReorderBuffer {
  readonly #release: Release;
  /** By arrival, the first the oldest. */
  readonly #held = new Map<number, { readonly data: Buffer; readonly at: number }>();
  #expected = -1;
  #late = 0;
  #restartAt = -1;

  /** @param release gets each packet once, in order; what is missing it sees from the sequence numbers */
  constructor(release: Release) {
    this.#release = release;
  }

  /** Packets that wait for one before them. */
  get held(): number {
    return this.#held.size;
  }

  /** Packets that came twice, or after nobody waited for them any more. */
  get late(): number {
    return this.#late;
  }

  /** @param data a whole RTP packet, at least 4 bytes. @param now ms, monotonic */
  push(data: Buffer, now: number): void {
    const sequence = data.readUInt16BE(2);
    if (this.#expected < 0) this.#expected = sequence;
    const ahead = (((sequence - this.#expected) & 0xffff) << 16) >> 16;
    if (ahead === 0) {
      this.#expected = (sequence + 1) & 0xffff;
      this.#restartAt = -1;
      this.#release(data, 0, data.length);
      if (this.#held.size > 0) this.#drain();
      return;
    }
    if (ahead < -RESTART || ahead > RESTART) this.#far(data, sequence);
    else if (ahead < 0 || this.#held.has(sequence)) this.#late += 1;
    else {
      this.#held.set(sequence, { data, at: now });
      while (this.#held.size > MOST_HELD) this.#skip();
      this.expire(now);
    }
  }

  /** Gives up the holes that a packet has waited behind for too long; to be called now and then while `held` is not 0. */
  expire(now: number): void {
    for (let [oldest] = this.#held.values(); oldest && now - oldest.at >= PATIENCE_MS; [oldest] = this.#held.values())
      this.#skip();
  }

  /** One stray packet far away is nothing; two that follow each other are a sender that started anew. */
  #far(data: Buffer, sequence: number): void {
    const again = sequence === this.#restartAt;
    this.#restartAt = (sequence + 1) & 0xffff;
    if (!again) {
      this.#late += 1;
      return;
    }
    while (this.#held.size > 0) this.#skip();
    this.#expected = this.#restartAt;
    this.#restartAt = -1;
    this.#release(data, 0, data.length);
  }

  /** Goes on behind the hole. */
  #skip(): void {
    let nearest = 0x10000;
    for (const sequence of this.#held.keys()) nearest = Math.min(nearest, (sequence - this.#expected) & 0xffff);
    this.#expected = (this.#expected + nearest) & 0xffff;
    this.#drain();
  }

  #drain(): void {
    for (let next = this.#held.get(this.#expected); next; next = this.#held.get(this.#expected)) {
      this.#held.delete(this.#expected);
      this.#expected = (this.#expected + 1) & 0xffff;
      this.#release(next.data, 0, next.data.length);
    }
  }
}
