/** Questions about the telemetry of a car. Pure; wall times are UTC milliseconds. */
import type { CarTelemetry } from '../../../../src/contract/car.ts';

/** Between two rows further apart than this nothing is known. Milliseconds. */
const HOLE = 1000;

/** The row that holds at a moment; undefined where there is none. */
export function rowAt({ start, at }: Pick<CarTelemetry, 'start' | 'at'>, wall: number): number | undefined {
  const wanted = wall - start;
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  const row = low - 1;
  const time = at[row];
  return time !== undefined && wanted - time <= HOLE ? row : undefined;
}

export interface Run {
  readonly start: number;
  readonly end: number;
}

/** Stretches in which something holds. */
export function runsOf({ start, at }: Pick<CarTelemetry, 'start' | 'at'>, holds: (row: number) => boolean): Run[] {
  const found: { start: number; end: number }[] = [];
  let open = false;
  for (const [row, time] of at.entries()) {
    const last = found.at(-1);
    const next = at[row + 1];
    const until = start + (next !== undefined && next - time <= HOLE ? next : time + 30);
    if (!holds(row)) open = false;
    else if (open && last) last.end = until;
    else {
      found.push({ start: start + time, end: until });
      open = true;
    }
    if (next !== undefined && next - time > HOLE) open = false;
  }
  return found;
}

/**
 * A line for the `d` of a path; holes stay open.
 * @param xOf place of a moment @param yOf place of a row
 */
export function pathOf(
  { start, at }: Pick<CarTelemetry, 'start' | 'at'>,
  xOf: (wall: number) => number,
  yOf: (row: number) => number,
): string {
  let path = '';
  let before = Number.NEGATIVE_INFINITY;
  for (const [row, time] of at.entries()) {
    path += `${time - before > HOLE ? 'M' : 'L'}${xOf(start + time).toFixed(1)} ${yOf(row).toFixed(1)}`;
    before = time;
  }
  return path;
}

const MOST_POINTS = 400;

/** Seconds after `from`, latitude and longitude: the way, for drawing. */
export function trackOf(telemetry: CarTelemetry, from: number): [number, number, number][] {
  const every = Math.max(1, Math.ceil(telemetry.at.length / MOST_POINTS));
  const points: [number, number, number][] = [];
  for (let row = 0; row < telemetry.at.length; row += every) {
    const [lat, lng] = [telemetry.latitude[row], telemetry.longitude[row]];
    if (typeof lat === 'number' && typeof lng === 'number')
      points.push([(telemetry.start + (telemetry.at[row] ?? 0) - from) / 1000, lat, lng]);
  }
  return points;
}

/** `48`, in the unit of {@link speedUnit}. @param speed metres a second */
export const speedValue = (speed: number, miles: boolean): number =>
  Math.round(Math.abs(speed) * (miles ? 2.236936 : 3.6));
export const speedUnit = (miles: boolean): string => (miles ? 'mph' : 'km/h');

export function autopilotWord(state: CarTelemetry['autopilot'][number] | undefined): string | undefined {
  switch (state) {
    case 'self-driving':
      return 'Self-driving';
    case 'autosteer':
      return 'Autosteer';
    case 'cruise':
      return 'Cruise control';
    default:
      return undefined;
  }
}

/** As on the lever. */
export function gearLetter(gear: CarTelemetry['gear'][number] | undefined): string {
  return gear ? gear.charAt(0).toUpperCase() : '–';
}
