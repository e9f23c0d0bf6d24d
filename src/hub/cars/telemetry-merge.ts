/**
 * Telemetry of several clips on one axis: which clips to read, and one set of columns out of many. Pure.
 */
import type { CarTelemetry } from '../../contract/car.ts';
import type { TelemetryColumns } from '../../sources/dashcam/reader/messages.ts';
import { AUTOPILOTS, GEARS } from '../../sources/dashcam/reader/telemetry-columns.ts';

/** Cameras of one minute begin within this. */
const SAME_MINUTE = 8000;
/** Equal in all cameras, but the front may lack it: then another is read, and a minute in which two have none has none. */
const MOST_CAMERAS = 2;
const PREFERRED = ['front', 'back', 'left_repeater', 'right_repeater'];

/** Which clips to read for each minute, one after the other until one has telemetry. @param clips in order of time; UTC ms */
export function minutesOf<Clip extends { readonly camera: string; readonly start: number }>(
  clips: readonly Clip[],
): Clip[][] {
  const minutes: Clip[][] = [];
  for (const clip of clips) {
    const last = minutes.at(-1);
    const first = last?.[0];
    if (last && first && clip.start - first.start <= SAME_MINUTE && !last.some((one) => one.camera === clip.camera))
      last.push(clip);
    else minutes.push([clip]);
  }
  const rank = ({ camera }: Clip): number => (PREFERRED.includes(camera) ? PREFERRED.indexOf(camera) : 9);
  return minutes.map((minute) => [...minute].sort((one, other) => rank(one) - rank(other)).slice(0, MOST_CAMERAS));
}

/**
 * @param parts in order of time, each with when its clip begins (UTC ms)
 * @param rows at most; more pictures are thinned out evenly. @param unread clips that are missing
 */
export function mergeTelemetry(
  parts: readonly { readonly start: number; readonly columns: TelemetryColumns }[],
  rows: number,
  unread: number,
): CarTelemetry {
  const places: { readonly time: number; readonly part: number; readonly row: number }[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (const [part, { start, columns }] of parts.entries())
    for (const [row, at] of columns.at.entries()) {
      // Clips may overlap by a moment: what the earlier has told is not told twice.
      if (start + at <= newest) continue;
      newest = start + at;
      places.push({ time: newest, part, row });
    }
  const step = Math.max(1, Math.ceil(places.length / rows));
  const chosen = step === 1 ? places : places.filter((_, index) => index % step === 0);
  // By firmware the pedal is told from 0 to 1 or to 100.
  const pedal = parts.some(({ columns }) => columns.accelerator.some((value) => value > 1)) ? 100 : 1;
  const begin = chosen[0]?.time ?? parts[0]?.start ?? 0;
  const column = (name: keyof TelemetryColumns): number[] =>
    chosen.map(({ part, row }) => parts[part]?.columns[name][row] ?? 0);
  const flag = (bit: number): boolean[] => column('flags').map((flags) => (flags & bit) !== 0);
  const [latitude, longitude] = [column('latitude'), column('longitude')];
  const nowhere = latitude.map((value, index) => value === 0 && longitude[index] === 0);
  return {
    start: begin,
    at: chosen.map(({ time }) => time - begin),
    speed: column('speed'),
    accelerator: column('accelerator').map((value) => value / pedal),
    brake: flag(1),
    steering: column('steering'),
    blinkerLeft: flag(2),
    blinkerRight: flag(4),
    gear: column('gear').map((index) => GEARS[index] ?? null),
    autopilot: column('autopilot').map((index) => AUTOPILOTS[index] ?? null),
    latitude: latitude.map((value, index) => (nowhere[index] ? null : value)),
    longitude: longitude.map((value, index) => (nowhere[index] ? null : value)),
    heading: column('heading'),
    accelerationX: column('accelerationX'),
    accelerationY: column('accelerationY'),
    pictures: places.length,
    unread,
  };
}
