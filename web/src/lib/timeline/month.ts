/** The days of a month as a calendar shows them. Pure but for the machine's time zone. */

export interface CalendarDay {
  /** `2026-11-21`, as the hub names days. */
  readonly key: string;
  readonly number: number;
  /** Local midnight, and the next; UTC milliseconds. */
  readonly start: number;
  readonly end: number;
  /** Of seven, from 1. */
  readonly column: number;
}

/** @param at a moment of the month @param weekStarts 0: Sunday, 1: Monday */
export function monthDays(at: number, weekStarts: 0 | 1): CalendarDay[] {
  const date = new Date(at);
  const [year, month] = [date.getFullYear(), date.getMonth()];
  const days: CalendarDay[] = [];
  for (let number = 1; new Date(year, month, number).getMonth() === month; number++) {
    const start = new Date(year, month, number);
    const two = (value: number): string => String(value).padStart(2, '0');
    days.push({
      key: `${year}-${two(month + 1)}-${two(number)}`,
      number,
      start: start.getTime(),
      end: new Date(year, month, number + 1).getTime(),
      column: ((start.getDay() - weekStarts + 7) % 7) + 1,
    });
  }
  return days;
}
