import { z } from 'zod';

/** A moment in an answer: RFC 3339 in UTC with milliseconds. */
export const Instant = z.iso
  .datetime({ offset: true })
  .meta({ description: 'RFC 3339, e.g. 2026-11-21T18:05:00.000Z' });

/** A moment in a request: RFC 3339, or relative to now (`-5m`, `-1h30m`, `now`). */
export const Moment = z
  .string()
  .max(40)
  .regex(
    /^(now|-(\d{1,6}(\.\d{1,3})?(d|h|m|s|ms)){1,4}|\d{4}-\d{2}-\d{2}T.{5,28})$/,
    'a time such as 2026-11-21T18:05:00Z, or -5m for five minutes ago',
  )
  .meta({ description: 'RFC 3339, or relative to now: -5m, -1h30m, now' });

/** The wall time in ms that a {@link Moment} names, or NaN. `now` is ms since the epoch. */
export function resolveMoment(moment: string, now: number): number {
  if (moment === 'now') return now;
  if (!moment.startsWith('-')) return Date.parse(moment);
  const unit = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
  let back = 0;
  for (const [, count, name] of moment.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g))
    back += Number(count) * unit[name as keyof typeof unit];
  return now - back;
}
