/** What of a drive a timeline shows. Seconds. Pure. */
export interface DriveWindow {
  readonly start: number;
  readonly end: number;
}

/** Nobody needs to see less at once. */
const SHORTEST = 20;

/** A window of so many seconds around a moment, inside of the drive. */
export function windowAround(at: number, seconds: number, length: number): DriveWindow {
  const wide = Math.min(Math.max(seconds, Math.min(SHORTEST, length)), length);
  const start = Math.min(Math.max(0, at - wide / 2), length - wide);
  return { start, end: start + wide };
}

/** The window moved, so that a moment that left it is seen again. */
export function following(window: DriveWindow, at: number, length: number): DriveWindow {
  const wide = window.end - window.start;
  if (at >= window.start && at <= window.end) return window;
  return windowAround(at + (at > window.end ? wide * 0.4 : -wide * 0.4), wide, length);
}

/** Round steps between ticks, so that there are not too many. */
export function ticksOf(window: DriveWindow, most: number): number[] {
  const wide = window.end - window.start;
  const step =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200].find((one) => wide / one <= most) ?? 14_400;
  const ticks: number[] = [];
  for (let at = Math.ceil(window.start / step) * step; at <= window.end; at += step) ticks.push(at);
  return ticks;
}
