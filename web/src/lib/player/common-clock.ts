/** The clock that several players follow. It stands while one of them has no picture yet, but not for long. Pure: who calls says what time it is. */

/** One that does not come does not keep the others waiting longer. Milliseconds. */
const PATIENCE_MS = 4000;

export class CommonClock {
  /** The moment that is shown; UTC milliseconds. */
  wall: number;
  paused = false;
  waiting = false;
  #speed = 1;
  /** This moment was shown then. */
  #anchor: { readonly wall: number; readonly at: number };
  #waitingSince: number | undefined;

  /** @param now of a clock that never jumps, milliseconds; here and below */
  constructor(wall: number, now: number) {
    this.wall = wall;
    this.#anchor = { wall, at: now };
  }

  get going(): boolean {
    return !this.paused && !this.waiting;
  }

  get speed(): number {
    return this.#speed;
  }

  /** The moment that is shown at any time near to now. */
  wallAt(now: number): number {
    return this.going ? this.#anchor.wall + (now - this.#anchor.at) * this.#speed : this.wall;
  }

  set(wall: number, now: number): void {
    this.wall = wall;
    this.#anchor = { wall, at: now };
  }

  setSpeed(speed: number, now: number): void {
    this.set(this.wallAt(now), now);
    this.#speed = speed;
  }

  pause(paused: boolean, now: number): void {
    this.set(this.wallAt(now), now);
    this.paused = paused;
  }

  /** Moves on to now. */
  tick(now: number): number {
    this.wall = this.wallAt(now);
    return this.wall;
  }

  /** @param late somebody has no picture for this moment yet, and there is one */
  wait(late: boolean, now: number): void {
    if (!late) {
      if (this.waiting) this.set(this.wall, now);
      this.waiting = false;
      this.#waitingSince = undefined;
      return;
    }
    this.#waitingSince ??= now;
    const given = now - this.#waitingSince > PATIENCE_MS;
    if (given && this.waiting) this.set(this.wall, now);
    this.waiting = !given;
  }
}
