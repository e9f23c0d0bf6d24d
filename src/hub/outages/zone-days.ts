/**
 * Days as people count them: from midnight to midnight of a time zone. Pure.
 */
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface ZoneDays {
  /** `2026-11-21`: the day that holds a moment; UTC ms. */
  nameOf(at: number): string;
  /** Where the day after it begins. */
  next(at: number): number;
}

/** Days of UTC all have the same length. */
export const utcDays: ZoneDays = {
  nameOf: (at) => new Date(at).toISOString().slice(0, 10),
  next: (at) => (Math.floor(at / DAY_MS) + 1) * DAY_MS,
};

/** @param zone IANA name @throws RangeError for one that is not known */
export function zoneDays(zone: string): ZoneDays {
  if (zone === 'UTC') return utcDays;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  /** What a wall clock of the zone shows, as if it were UTC. */
  const wallOf = (at: number): number => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  };
  const dayOf = (at: number): number => Math.floor(wallOf(at) / DAY_MS);
  return {
    nameOf: (at) => utcDays.nameOf(dayOf(at) * DAY_MS),
    next(at) {
      const day = dayOf(at);
      const usual = at + DAY_MS - (wallOf(at) % DAY_MS) - (at % 1000);
      if (dayOf(usual) > day && dayOf(usual - 1) === day) return usual;
      // A day has 23 to 25 hours, and where clocks are set at midnight it may begin at one: its first moment is looked for.
      let before = at;
      let after = at + HOUR_MS;
      while (dayOf(after) <= day) {
        before = after;
        after += HOUR_MS;
      }
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (dayOf(middle) > day) after = middle;
        else before = middle;
      }
      return after;
    },
  };
}
