/**
 * Whether footage may be written now. The hub knows what must stay free and says when to hold. A recorder looks at the disk itself too: the
 * last of it is for the database beside it, which does not survive a full disk unharmed, and a hub that is away cannot say anything.
 */
const REASON = 'The disk is full. The newest pictures wait in memory, and recording goes on when there is room again.';
const NO_CLOCK = 'The clock of this machine is not set yet. Pictures wait in memory for their time of day.';
/** 2025: no clock that is set says less. A machine without one of its own starts in 1970, or at its last shutdown, until the network sets it. */
const PLAUSIBLE_WALL = 1_735_689_600_000;
/** Longer it is not waited for: a wrong time is better than no footage. */
const CLOCK_WAIT_MS = 60_000;
/** Silent for longer, the hub's last word does not count any more. */
const TRUSTED_MS = 10_000;
/** What a recorder never takes; of a small disk, a share. */
const RESERVE_BYTES = 256_000_000;
const RESERVE_SHARE = 0.05;
/** Above the reserve by so much of it, writing goes on. */
const RELIEF_SHARE = 0.1;

export interface DiskRoom {
  readonly free: number;
  readonly total: number;
}

export class HoldOrder {
  #ordered = false;
  #short = false;
  #looking = false;
  #clockless = false;

  /** The hub's word. */
  order(hold: boolean): void {
    this.#ordered = hold;
  }

  /** Why nothing may be written, or null. */
  get reason(): string | null {
    if (this.#ordered || this.#short) return REASON;
    return this.#clockless ? NO_CLOCK : null;
  }

  /**
   * @param aliveMs since this process began
   * @param notBefore UTC ms that a clock which is set says at the least: the last sign of life before this machine was started
   */
  watchClock(wall: number, aliveMs: number, notBefore = PLAUSIBLE_WALL): void {
    this.#clockless = wall < Math.max(notBefore, PLAUSIBLE_WALL) && aliveMs < CLOCK_WAIT_MS;
  }

  /** The clock of this machine is not set, as far as one can tell. */
  get isClockless(): boolean {
    return this.#clockless;
  }

  /**
   * To be called about once a second.
   * @param silentMs since the hub's last answer
   * @param measure asks the disk; undefined: it cannot say
   * @param reserveBytes as the hub says it: half of what retention keeps free, for it must be the first to notice
   */
  async tick(
    silentMs: number,
    measure: () => Promise<DiskRoom | undefined>,
    reserveBytes = RESERVE_BYTES,
  ): Promise<void> {
    if (silentMs > TRUSTED_MS) this.#ordered = false;
    if (this.#looking) return;
    this.#looking = true;
    try {
      const room = await measure();
      if (!room) this.#short = false;
      else {
        const reserve = Math.min(RESERVE_BYTES, reserveBytes, room.total * RESERVE_SHARE);
        this.#short = room.free < reserve * (this.#short ? 1 + RELIEF_SHARE : 1);
      }
    } finally {
      this.#looking = false;
    }
  }
}
