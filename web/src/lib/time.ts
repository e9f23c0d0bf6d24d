/**
 * Times for people, in the browser's own zone and language. Times are UTC milliseconds, lengths are seconds.
 */

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const clockShort = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const dayLong = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const month = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' });

/** `November 2026`. */
export const monthText = (ms: number): string => month.format(ms);
/** Seven, from Sunday (0) or Monday (1) on. */
export const weekdayNames = (starts: 0 | 1): string[] =>
  // 4 January 1970 was a Sunday.
  Array.from({ length: 7 }, (_, day) => weekday.format((3 + starts + day) * 86_400_000));

/** `18:05:09`. */
export const clockText = (ms: number): string => clock.format(ms);
/** `18:05`. */
export const clockShortText = (ms: number): string => clockShort.format(ms);
/** `Sat 21 Nov`, in the order of the reader's language. */
export const dayText = (ms: number): string => day.format(ms);
/** `Saturday, 21 November 2026`. */
export const dayLongText = (ms: number): string => dayLong.format(ms);
/** `21 Nov 2026, 18:05`. */
export const momentText = (ms: number): string => dayAndClock.format(ms);

/** A length for people: `9.5 s`, `1 min 5 s`, `2 h 10 min`, `3 days`. */
export function lengthText(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  const tenths = Math.round(seconds * 10);
  if (tenths < 600) return `${tenths / 10} s`;
  const whole = Math.round(seconds);
  const [d, h, m, s] = [
    Math.floor(whole / 86_400),
    Math.floor((whole % 86_400) / 3600),
    Math.floor((whole % 3600) / 60),
    whole % 60,
  ];
  if (d > 0) return h > 0 ? `${d} d ${h} h` : `${d} ${d === 1 ? 'day' : 'days'}`;
  if (h > 0) return m > 0 ? `${h} h ${m} min` : `${h} h`;
  return s > 0 ? `${m} min ${s} s` : `${m} min`;
}

/** How long ago, loosely: `just now`, `20 s ago`, `3 min ago`, `yesterday` is left to the date. */
export function agoText(ms: number, now: number): string {
  const seconds = Math.max(0, (now - ms) / 1000);
  if (seconds < 5) return 'just now';
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return momentText(ms);
}

/** A moment to read and to type: `2026-11-21 18:05:09`, tenths only where there are any. */
export function timeText(ms: number): string {
  return localInputText(Math.round(ms / 100) * 100)
    .replace('T', ' ')
    .replace(/(\.\d)\d\d$/, '$1');
}

/**
 * The moment that somebody typed: a whole date and time, or only a time (`18:05`, `18:05:09.3`), which is meant on the
 * day of `near`. Undefined when it is neither.
 */
export function parseTimeText(text: string, near: number): number | undefined {
  const [, date, hours = '', minutes = '', seconds = '0'] =
    /^\s*(?:(\d{4}-\d{2}-\d{2})[T ]\s*)?(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,3})?))?\s*$/.exec(text) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60 || hours === '') return undefined;
  const at = date === undefined ? new Date(near) : new Date(`${date}T00:00:00`);
  at.setHours(Number(hours), Number(minutes), 0, Math.round(Number(seconds) * 1000));
  return Number.isFinite(at.getTime()) ? at.getTime() : undefined;
}

/** What an `<input type="datetime-local">` wants: local wall time; tenths of seconds only where there are any. */
export function localInputText(ms: number): string {
  const at = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const fraction = at.getMilliseconds();
  const tail = fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`;
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${tail}`;
}

/** The moment that such an input names, or undefined when it names none. */
export function parseLocalInput(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
}
