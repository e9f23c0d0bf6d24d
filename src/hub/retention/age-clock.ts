/**
 * The time by which footage grows old. Pure: a wall clock that leaps ahead (a dead battery, a wrong time server, a typing error) must
 * not make everything old at once.
 */

/** A wall clock that is further ahead than this is not believed at once. */
export const LEAP_MS = 3_600_000;
/** A leap is believed when the clock has gone on evenly for so long: who has a time server would have put it right by then. */
export const CONFIRM_MS = 6 * 3_600_000;
/** How evenly: what a time server may correct meanwhile. */
const EVEN_MS = 120_000;

export interface AgeClock {
  /** UTC ms at the monotonic moment `at`. */
  readonly trusted: number;
  /** Monotonic ms. */
  readonly at: number;
  /** The wall clock has leapt: since when (monotonic ms), and what it is ahead of the monotonic clock. */
  readonly leap: { readonly since: number; readonly offset: number } | null;
}

/** @param wall UTC ms @param monotonic ms */
export function ageClockAt(wall: number, monotonic: number): AgeClock {
  return { trusted: wall, at: monotonic, leap: null };
}

/**
 * The next reading. Trusted time never runs ahead of the wall clock; behind a leap it goes on as fast as time passes.
 * @param now one reading of both clocks
 */
export function readAgeClock(before: AgeClock, now: { readonly wall: number; readonly monotonic: number }): AgeClock {
  const { wall, monotonic } = now;
  const expected = before.trusted + Math.max(0, monotonic - before.at);
  if (wall - expected <= LEAP_MS) return ageClockAt(wall, monotonic);
  const offset = wall - monotonic;
  const leap =
    before.leap && Math.abs(before.leap.offset - offset) <= EVEN_MS ? before.leap : { since: monotonic, offset };
  if (monotonic - leap.since >= CONFIRM_MS) return ageClockAt(wall, monotonic);
  return { trusted: expected, at: monotonic, leap };
}
