/**
 * Time and place in words. Pure.
 */

/** @param zone minutes east of Greenwich; null: the car's zone is not known, and the time is UTC @returns `2026-03-01 17:03:05 UTC−8` */
export function timeStamp(utc: number, zone: number | null): string {
  const local = new Date(Math.floor((utc + (zone ?? 0) * 60_000) / 1000) * 1000);
  if (Number.isNaN(local.getTime())) return '';
  return `${local.toISOString().slice(0, 19).replace('T', ' ')} ${zoneName(zone)}`;
}

function zoneName(zone: number | null): string {
  if (zone === null || zone === 0) return 'UTC';
  const minutes = Math.abs(zone);
  const rest = minutes % 60;
  return `UTC${zone < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** Degrees to about ten metres; undefined where the car does not know. */
export function coordinates(latitude: number, longitude: number): string | undefined {
  if (latitude === 0 && longitude === 0) return undefined;
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined;
  return `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`.replaceAll('-', '−');
}
