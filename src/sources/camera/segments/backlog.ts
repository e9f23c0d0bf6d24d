/**
 * Fragments that wait for the disk, within a bound. When the disk does not keep up the oldest are given up, GOP by GOP,
 * so that what is stored can be played.
 */
import { letGo, type PendingFragment } from './fragmenter.ts';

export interface Waiting {
  readonly fragment: PendingFragment;
  /** Footage between the one before and this one was given up. */
  readonly afterGap: boolean;
}

export class Backlog {
  #waiting: Waiting[] = [];
  #bytes = 0;
  #gap = false;
  #framesDropped = 0;

  /** Payload that waits. */
  get bytes(): number {
    return this.#bytes;
  }

  get framesDropped(): number {
    return this.#framesDropped;
  }

  /** When the oldest that waits arrived, by the monotonic clock. */
  get since(): number | undefined {
    return this.#waiting[0]?.fragment.since;
  }

  push(fragment: PendingFragment): void {
    this.#waiting.push({ fragment, afterGap: this.#gap });
    this.#gap = false;
    this.#bytes += fragment.bytes;
  }

  /** The next to be stored; its units are the caller's to let go of. */
  shift(): Waiting | undefined {
    const next = this.#waiting.shift();
    if (next) this.#bytes -= next.fragment.bytes;
    return next;
  }

  /**
   * Gives up the oldest fragments up to the next key frame.
   * @returns false when none waits any more: the rest of the GOP has yet to come and must be left out as well.
   */
  dropOldest(): boolean {
    let dropped = false;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (dropped && next.fragment.key) {
        this.#waiting[0] = { ...next, afterGap: true };
        return true;
      }
      this.shift();
      this.#giveUp(next.fragment);
      dropped = true;
    }
    this.#gap = true;
    return false;
  }

  /** Gives up all that waits. */
  clear(): void {
    for (const { fragment } of this.#waiting) this.#giveUp(fragment);
    this.#waiting = [];
    this.#bytes = 0;
  }

  #giveUp(fragment: PendingFragment): void {
    letGo(fragment);
    this.lose(fragment.video.length);
  }

  /** Counts pictures that were given up, here or before they came here. */
  lose(frames: number): void {
    this.#framesDropped += frames;
  }
}
