/**
 * Keeps a live picture close to the newest that has come: pure, called a few times a second.
 */

/** Seconds of buffer to aim for: enough that one late fragment does not stop the picture. */
export const TARGET = 0.35;
/** Beyond this many seconds behind, jump instead of hurrying. */
export const JUMP = 1.1;
/** Seconds of buffer kept behind the playhead. */
export const KEEP = 20;

export type Pace = { readonly kind: 'jump'; readonly to: number } | { readonly kind: 'rate'; readonly rate: number };

/**
 * @param time playhead; `start` and `end` of the newest buffered stretch; all in seconds
 */
export function pace(time: number, start: number, end: number): Pace {
  const behind = end - time;
  if (time < start || behind > JUMP || behind < 0) return { kind: 'jump', to: Math.max(start, end - TARGET) };
  if (behind > TARGET * 2) return { kind: 'rate', rate: 1.1 };
  if (behind > TARGET * 1.4) return { kind: 'rate', rate: 1.04 };
  if (behind < TARGET * 0.35) return { kind: 'rate', rate: 0.94 };
  return { kind: 'rate', rate: 1 };
}

/** Wait before the next try to connect, in milliseconds: 0.5 s, doubling to 10 s, with some chance in it. */
export function backOff(attempt: number, chance = Math.random()): number {
  return Math.min(10_000, 500 * 2 ** Math.min(attempt, 6)) * (0.75 + chance / 2);
}
