import { type MonotonicMs, monotonicMs, type WallMs, wallMs } from './units.ts';

/** Where time comes from. Passed in everywhere, so that a test can step it. */
export interface Clock {
  /** The calendar's time; an operator or NTP may step it. */
  wall(): WallMs;
  /** Never steps; for intervals and time-outs. */
  monotonic(): MonotonicMs;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  wall: () => wallMs(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
};
