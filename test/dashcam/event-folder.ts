/** An event's folder as a car leaves it, with numbered pictures: which camera, which minute and which picture can be read in a clip of it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodedClip } from './encoded-clip.ts';

export const EVENT_NAME = '2026-03-01_17-03-20';
/** UTC of the first picture; 17:03:05 by the car's clock. */
export const EVENT_START = Date.UTC(2026, 2, 2, 1, 3, 5);
const ZONE_MS = -8 * 3_600_000;
const FPS = 36;

export interface EventSpec {
  readonly cameras: readonly string[];
  /** Pixels of a camera's pictures; 320×240 where it says nothing. */
  readonly size?: (camera: string) => { readonly width: number; readonly height: number };
  readonly codec?: (camera: string) => 'h264' | 'h265';
  readonly telemetry?: boolean;
  /** Seconds after the first at which each of the car's minutes begins; whole ones. */
  readonly starts?: readonly number[];
  /** Of each minute. */
  readonly pictures?: number;
  /** Minutes of a camera that are not there: `back 1`. */
  readonly without?: readonly string[];
  /** `event.json`; null: there is none. */
  readonly json?: Record<string, string> | null;
}

export const CAMERA_NUMBERS = ['front', 'back', 'left_repeater', 'right_repeater', 'left_pillar', 'right_pillar'];
const EVENT_JSON = {
  timestamp: '2026-03-01T17:03:10',
  city: 'Springfield',
  street: 'Evergreen Terrace',
  est_lat: '44.0462',
  est_lon: '-123.0220',
  reason: 'sentry_aware_object_detection',
  camera: '5',
};

/** What stands in picture `n` of a camera's minute. */
export const numberOf = (camera: string, minute: number, n: number): number =>
  (CAMERA_NUMBERS.indexOf(camera) + 1) * 1_000_000 + minute * 10_000 + n;

/** `2026-03-01_17-03-05-front.mp4` */
export function minuteName(start: number, camera: string): string {
  const local = new Date(EVENT_START + ZONE_MS + start * 1000).toISOString().slice(0, 19);
  return `${local.replace('T', '_').replaceAll(':', '-')}-${camera}.mp4`;
}

/** @returns the names of its files */
export async function writeEvent(folder: string, spec: EventSpec): Promise<string[]> {
  const { starts = [0, 5], pictures = 72, telemetry = true, without = [], json = EVENT_JSON } = spec;
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for (const [minute, start] of starts.entries())
    for (const camera of spec.cameras) {
      if (without.includes(`${camera} ${minute}`)) continue;
      const clip = await encodedClip({
        ...(spec.size?.(camera) ?? { width: 320, height: 240 }),
        codec: spec.codec?.(camera) ?? 'h264',
        pictures,
        camera: CAMERA_NUMBERS.indexOf(camera),
        numbered: numberOf(camera, minute, 0),
        telemetry,
        sequence: 100_000 + start * FPS,
        start: new Date(EVENT_START + start * 1000).toISOString().replace('.000', ''),
      });
      const name = minuteName(start, camera);
      await writeFile(join(folder, name), clip.bytes);
      names.push(name);
    }
  if (json) await writeFile(join(folder, 'event.json'), JSON.stringify(json));
  return names;
}
