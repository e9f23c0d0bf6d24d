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

const DAY = 86_400_000;

export interface CarClock {
  /** `18:05:09`. */
  clock(ms: number): string;
  /** `18:05`. */
  short(ms: number): string;
  /** `Saturday, 21 November 2026`. */
  day(ms: number): string;
  /** `18:05:09.3`; tenths only where there are any. */
  exact(ms: number): string;
  /** The moment that `18:05:09.3` or `18:05` means near another one; undefined when it is no time. */
  parse(text: string, near: number): number | undefined;
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
    exact(ms) {
      const tenths = Math.round(shifted(ms) / 100);
      const rest = ((tenths % 10) + 10) % 10;
      return `${clock.format((tenths - rest) * 100)}${rest === 0 ? '' : `.${rest}`}`;
    },
    parse(text, near) {
      const [, hours, minutes = '', seconds = '0'] =
        /^\s*(\d{1,2}):([0-5]\d)(?::([0-5]\d(?:[.,]\d{1,3})?))?\s*$/.exec(text) ?? [];
      if (hours === undefined || Number(hours) > 23) return undefined;
      const wanted = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(',', '.'))) * 1000;
      // The nearest one: what is watched may go over midnight.
      const off = (((wanted - shifted(near)) % DAY) + DAY * 1.5) % DAY;
      return Math.round(near + off - DAY / 2);
    },
  };
}
