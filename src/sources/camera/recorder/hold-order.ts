/**
 * Whether footage may be written now. The hub knows what must stay free and says when to hold; while it cannot be asked, the disk is
 * looked at instead, so that a hub that died in between does not keep a recorder from writing for ever.
 */
const REASON = 'The disk is full. The newest pictures wait in memory, and recording goes on when there is room again.';
/** Silent for longer, the hub's last word does not count any more. */
const TRUSTED_MS = 10_000;
/** What a recorder leaves free on its own: the larger part of it is for the database beside it. */
const RESERVE_BYTES = 256_000_000;
const RESERVE_SHARE = 0.05;

export interface DiskRoom {
  readonly free: number;
  readonly total: number;
}

export class HoldOrder {
  #ordered = false;
  #released = false;
  #looking = false;

  /** The hub's word. */
  order(hold: boolean): void {
    this.#ordered = hold;
    this.#released = false;
  }

  /** Why nothing may be written, or null. */
  get reason(): string | null {
    return this.#ordered && !this.#released ? REASON : null;
  }

  /**
   * To be called about once a second.
   * @param silentMs since the hub's last answer
   * @param measure asks the disk
   */
  async tick(silentMs: number, measure: () => Promise<DiskRoom>): Promise<void> {
    if (!this.#ordered || this.#looking || silentMs < TRUSTED_MS) return;
    this.#looking = true;
    try {
      const { free, total } = await measure();
      this.#released = free > Math.min(RESERVE_BYTES, total * RESERVE_SHARE);
    } finally {
      this.#looking = false;
    }
  }
}
