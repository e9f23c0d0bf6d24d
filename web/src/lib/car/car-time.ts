/**
 * Times by the clock of the car, because its places are where the car was and its files are named so. Pure.
 * An offset is minutes east of Greenwich; times are UTC milliseconds, or local ones as if they were UTC (offset 0).
 */

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
});
const short = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
});
const day = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

export interface CarClock {
  /** `18:05:09`. */
  clock(ms: number): string;
  /** `18:05`. */
  short(ms: number): string;
  /** `Saturday, 21 November 2026`. */
  day(ms: number): string;
}

/**
 * @param zone of the car; null: not proven, so that of the reader
 * @param known false: times are local already
 */
export function carClock(zone: number | null, known: boolean): CarClock {
  const shifted = (ms: number): number => {
    if (!known) return ms;
    return ms + (zone ?? -new Date(ms).getTimezoneOffset()) * 60_000;
  };
  return {
    clock: (ms) => clock.format(shifted(ms)),
    short: (ms) => short.format(shifted(ms)),
    day: (ms) => day.format(shifted(ms)),
  };
}
