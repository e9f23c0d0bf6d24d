/** Keeps one of several players beside a common clock. Pure. */

export type Alignment =
  | { readonly kind: 'seek' }
  /** Play by this much faster or slower than the speed. */
  | { readonly kind: 'rate'; readonly factor: number };

/** So far off, hurrying would take too long. Milliseconds of footage at normal speed. */
const FAR = 500;
/** A browser's own clock for the playhead is no finer. */
const FINE = 8;
/** What is off is made good in about `soon` milliseconds, by no more than `most` of the speed: more would be heard, and stutters. */
const GENTLE = { soon: 400, most: 0.12 } as const;
/** Where there is no sound. */
const QUICK = { soon: 200, most: 0.5 } as const;

/**
 * @param ahead milliseconds of footage that the player is ahead of the clock
 * @param speed of the clock
 * @param silent there is no sound to be distorted
 */
export function align(ahead: number, speed: number, silent = false): Alignment {
  const { soon, most } = silent ? QUICK : GENTLE;
  if (Math.abs(ahead) > FAR * Math.max(1, speed)) return { kind: 'seek' };
  if (Math.abs(ahead) < FINE * Math.max(1, speed)) return { kind: 'rate', factor: 1 };
  const factor = 1 - ahead / (soon * Math.max(1, speed));
  return { kind: 'rate', factor: Math.min(1 + most, Math.max(1 - most, factor)) };
}
