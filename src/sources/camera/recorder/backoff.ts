/**
 * How long to wait before a stream is opened again.
 */
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

const ladder = [1000, 1000, 1000, 2000, 5000, 10_000, 30_000] as const;
const longest = 30_000;

/**
 * @param failures attempts in a row that did not work, this one included; 0 after one that worked
 * @param random from 0 to below 1; spreads cameras of one failed switch over ± 20 %
 */
export function retryDelay(result: AttemptResult, failures: number, random: () => number = Math.random): Milliseconds {
  if (result === 'worked') return milliseconds(0);
  const step = result === 'refused' ? longest : (ladder[Math.max(0, failures - 1)] ?? longest);
  return milliseconds(Math.round(step * (0.8 + 0.4 * random())));
}
