/**
 * How long to wait before a stream is opened again.
 */
import { Unavailable } from '../../../base/errors.ts';
import { type Milliseconds, milliseconds } from '../../../base/units.ts';

/** How the last attempt went. */
export type AttemptResult =
  /** Pictures came for a while: the camera works, only the connection ended. */
  | 'worked'
  | 'failed'
  /** The camera refused name or password; asking often makes some cameras lock the account. */
  | 'refused';

/** Recording for this long counts as `worked`. */
export const WORKED_AFTER_MS = 10_000;

/**
 * A camera that is back has to be found soon, however long it was away: a gap may exceed its fault by 5 s and one GOP. A camera that
 * is off for a year costs one packet each three seconds.
 */
const ladder = [500, 1000, 1000, 2000, 3000] as const;
const longest = 3000;
const afterRefusal = 30_000;

/**
 * @param failures attempts in a row that did not work, this one included; 0 after one that worked
 * @param random from 0 to below 1; spreads cameras of one failed switch over ± 20 %
 */
export function retryDelay(result: AttemptResult, failures: number, random: () => number = Math.random): Milliseconds {
  if (result === 'worked') return milliseconds(0);
  const step = result === 'refused' ? afterRefusal : (ladder[Math.max(0, failures - 1)] ?? longest);
  return milliseconds(Math.round(step * (0.8 + 0.4 * random())));
}

/** What every failure asks for; and the most that one may, for a camera forgets sessions earlier than it says. */
const usualPause = 5000;
const longestPause = 15_000;

/** A camera that is full wants a pause; asking it each second keeps it full. What else goes wrong is tried again as usual: 0. */
export function wantedPause(error: unknown): Milliseconds {
  const told = error instanceof Unavailable ? error.retryAfterMs : 0;
  return milliseconds(told > usualPause ? Math.min(told, longestPause) : 0);
}
