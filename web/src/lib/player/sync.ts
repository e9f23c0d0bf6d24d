/** Keeps one of several players beside a common clock. Pure. */

export type Alignment =
  | { readonly kind: 'seek' }
  /** Play by this much faster or slower than the speed. */
  | { readonly kind: 'rate'; readonly factor: number };

/** So far off, hurrying would take too long. Milliseconds of footage at normal speed. */
const FAR = 500;
/** A browser's own clock for the playhead is no finer. */
const FINE = 8;
/** What is off is made good in about this many milliseconds. */
const SOON = 400;
/** Most that is hurried: more is heard, and stutters. */
const MOST = 0.12;

/** @param ahead milliseconds of footage that the player is ahead of the clock @param speed of the clock */
export function align(ahead: number, speed: number): Alignment {
  if (Math.abs(ahead) > FAR * Math.max(1, speed)) return { kind: 'seek' };
  if (Math.abs(ahead) < FINE * Math.max(1, speed)) return { kind: 'rate', factor: 1 };
  const factor = 1 - ahead / (SOON * Math.max(1, speed));
  return { kind: 'rate', factor: Math.min(1 + MOST, Math.max(1 - MOST, factor)) };
}
