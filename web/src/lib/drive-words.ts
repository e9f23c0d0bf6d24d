/** What is said of a drive, in words. Pure. */
import type { Drive, DriveMoment } from '../../../src/contract/drive.ts';

/** `1:05`, `1:02:09`; with `tenths` `1:05.3`. Seconds from the start of a drive. */
export function offsetText(seconds: number, tenths = false): string {
  const whole = Math.max(0, tenths ? Math.round(seconds * 10) / 10 : Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const last = tenths && s % 1 !== 0 ? s.toFixed(1).padStart(4, '0') : String(Math.floor(s)).padStart(2, '0');
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${last}` : `${m}:${last}`;
}

/** The seconds that somebody typed: `90`, `1:30`, `0:01:30.5`; undefined when it is no time. */
export function parseOffset(text: string): number | undefined {
  const plain = text.trim().replace(',', '.');
  if (!/^\d{1,6}(:[0-5]?\d){0,2}(\.\d{1,3})?$/.test(plain)) return undefined;
  return plain.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** @param miles as people of this language count */
export function distanceText(metres: number, miles: boolean): string {
  const value = metres / (miles ? 1609.344 : 1000);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${miles ? 'mi' : 'km'}`;
}

/** Where people count in miles. */
export const countsMiles = (language: string): boolean => /-(US|GB|LR|MM)$/i.test(language);

/** `TOYOTA_COROLLA_TSS2` → `Toyota Corolla TSS2`. */
export function carText(car: string): string {
  return car
    .replaceAll('_', ' ')
    .split(' ')
    .map((word) => (/^[A-Z]{4,}$/.test(word) ? word.charAt(0) + word.slice(1).toLowerCase() : word))
    .join(' ');
}

/** What happened, in words. */
export function momentWords(moment: Pick<DriveMoment, 'kind' | 'label'>): string {
  switch (moment.kind) {
    case 'engaged':
      return 'Engaged';
    case 'disengaged':
      return 'Disengaged';
    case 'bookmark':
      return moment.label ?? 'Bookmark';
    case 'alert':
      return moment.label ?? 'Alert';
  }
}

/** `82 % engaged`; undefined where it is not known. */
export function engagedText(drive: Pick<Drive, 'engaged' | 'length'>): string | undefined {
  if (drive.engaged === null || drive.length <= 0) return undefined;
  const share = Math.round((drive.engaged / drive.length) * 100);
  return `${Math.min(100, share)} % engaged`;
}

/** Minutes in a row as stretches, seconds. */
export function stretchesOf(minutes: readonly number[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const minute of [...minutes].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last.end === minute * 60) last.end += 60;
    else found.push({ start: minute * 60, end: minute * 60 + 60 });
  }
  return found;
}
