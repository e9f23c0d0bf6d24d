/** When a clip of a car begins, as a person says it. Pure. */
import type { LocalMs } from '../layout/clip-name.ts';

export type AskedTime =
  /** UTC ms. */
  | { readonly kind: 'utc'; readonly at: number }
  /** By the car's clock, as its names tell it. */
  | { readonly kind: 'local'; readonly at: LocalMs }
  /** Of some day, ms since midnight by the car's clock. */
  | { readonly kind: 'day'; readonly at: number };

const DATE = /^(\d{4}-\d\d-\d\d)[T_ ](\d\d)[:-](\d\d)(?:[:-](\d\d(?:\.\d{1,3})?))?(Z|[+-]\d\d:?\d\d)?$/i;
const DAY = /^([01]?\d|2[0-3]):([0-5]\d):([0-5]\d(?:\.\d{1,3})?)$/;

/** `2026-03-01 17:03:05` (the car's clock, also as its names have it), `2026-03-02T01:03:05Z`, `17:03:05`; undefined: no time of day. */
export function parseCarTime(text: string): AskedTime | undefined {
  const date = DATE.exec(text.trim());
  if (date) {
    const [, day = '', hour = '', minute = '', second = '00', zone] = date;
    const whole = second.includes('.') ? second : `${second}.000`;
    const shift = zone === undefined ? 'Z' : zone.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
    const at = Date.parse(`${day}T${hour}:${minute}:${whole}${shift}`);
    return Number.isNaN(at) ? undefined : { kind: zone === undefined ? 'local' : 'utc', at };
  }
  const [, hour, minute, second] = DAY.exec(text.trim()) ?? [];
  if (hour === undefined) return undefined;
  return { kind: 'day', at: (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000 };
}
