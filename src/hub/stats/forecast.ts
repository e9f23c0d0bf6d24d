/**
 * How long the room lasts. Pure.
 */
import type { Stats } from '../../contract/stats.ts';

export interface ForecastCamera {
  readonly bytes: number;
  readonly bytesPerDay: number;
  /** Its own limits; null: none. */
  readonly days: number | null;
  readonly maxBytes: number | null;
}

export interface Forecast {
  readonly bytesPerDay: number;
  readonly daysLeft: number | null;
  readonly outlook: Stats['storage']['outlook'];
}

/** Days that a camera's own limits keep at its rate; null: without a limit. */
export function daysKept(camera: ForecastCamera): number | null {
  const { days, maxBytes, bytesPerDay } = camera;
  const bySize = maxBytes === null || bytesPerDay === 0 ? null : maxBytes / bytesPerDay;
  if (days === null || bySize === null) return rounded(days ?? bySize);
  return rounded(Math.min(days, bySize));
}

/**
 * @param room what may still be written: free space above the floor; null where there is no end to it (a bucket)
 */
export function forecast(cameras: readonly ForecastCamera[], room: number | null): Forecast {
  const bytesPerDay = cameras.reduce((sum, camera) => sum + camera.bytesPerDay, 0);
  if (bytesPerDay === 0) return { bytesPerDay, daysLeft: null, outlook: 'idle' };
  if (room === null) return { bytesPerDay, daysLeft: null, outlook: 'unlimited' };
  const left = Math.max(0, room);
  // What each will hold in the end, when limits keep it at that; a camera without a limit grows for ever.
  const growth = cameras.map((camera) => {
    const kept = daysKept(camera);
    return kept === null ? Number.POSITIVE_INFINITY : Math.max(0, kept * camera.bytesPerDay - camera.bytes);
  });
  if (growth.reduce((sum, more) => sum + more, 0) <= left) return { bytesPerDay, daysLeft: null, outlook: 'turns' };
  return { bytesPerDay, daysLeft: rounded(daysUntil(cameras, growth, left)), outlook: 'grows' };
}

/** Days until cameras that grow at their rate, each up to its end, have used `room`. */
function daysUntil(cameras: readonly ForecastCamera[], growth: readonly number[], room: number): number {
  const growing = cameras
    .map(({ bytesPerDay }, index) => ({ rate: bytesPerDay, until: (growth[index] ?? 0) / bytesPerDay }))
    .filter(({ rate }) => rate > 0)
    .sort((a, b) => a.until - b.until);
  let days = 0;
  let left = room;
  let rate = growing.reduce((sum, camera) => sum + camera.rate, 0);
  for (const camera of growing) {
    const use = rate * (camera.until - days);
    if (use >= left) break;
    left -= use;
    days = camera.until;
    rate -= camera.rate;
  }
  return days + left / rate;
}

function rounded<T extends number | null>(days: T): T {
  return (days === null ? null : Math.round(days * 10) / 10) as T;
}
