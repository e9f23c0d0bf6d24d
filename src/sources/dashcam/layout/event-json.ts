/**
 * The `event.json` of a saved or sentry event. All its values are strings; fields are missing in older firmware, and a power cut may leave it cut or empty.
 */
import type { LocalMs } from './clip-name.ts';

export type EventReason = 'saved' | 'honk' | 'sentry' | 'panic' | 'crash-avoidance' | 'other';

export interface CarEvent {
  /** By the car's clock; undefined when it is lost. */
  readonly local: LocalMs | undefined;
  /** As the car writes it: `sentry_aware_object_detection`. */
  readonly reason: string | undefined;
  readonly kind: EventReason;
  /** Acceleration in g, where the reason has it. */
  readonly g: number | undefined;
  /** The camera that triggered it; undefined when it is not known. */
  readonly camera: string | undefined;
  readonly city: string | undefined;
  readonly street: string | undefined;
  /** Degrees; undefined when the car did not know. */
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
  /** The file is not whole; what could be read was. */
  readonly damaged: boolean;
}

/** Numbers of cameras. 1 is left out: sources disagree whether it is the front or the back. */
const CAMERAS = new Map([
  ['0', 'front'],
  ['2', 'front'],
  ['3', 'left_pillar'],
  ['4', 'right_pillar'],
  ['5', 'left_repeater'],
  ['6', 'right_repeater'],
  ['7', 'back'],
  ['8', 'cabin'],
]);
const MOST_BYTES = 64 * 1024;

/** Never fails: of a broken file what is there is taken. */
export function parseEventJson(bytes: Buffer): CarEvent {
  const text = bytes.subarray(0, MOST_BYTES).toString('utf8');
  const fields = new Map<string, string>();
  let damaged = false;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null)
      for (const [key, field] of Object.entries(value))
        if (typeof field === 'string' || typeof field === 'number') fields.set(key, String(field));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    damaged = true;
    for (const match of text.matchAll(/"(\w{1,40})"\s*:\s*"((?:[^"\\]|\\.){0,500})"/g))
      fields.set(match[1] ?? '', unescaped(match[2] ?? ''));
  }
  const reason = fields.get('reason');
  const latitude = coordinate(fields.get('est_lat'), 90);
  const longitude = coordinate(fields.get('est_lon'), 180);
  const nowhere = latitude === undefined || longitude === undefined || (latitude === 0 && longitude === 0);
  return {
    local: localTime(fields.get('timestamp')),
    reason,
    kind: kindOf(reason ?? ''),
    g: Number(/_accel_(-?\d+(?:\.\d+)?)$/.exec(reason ?? '')?.[1] ?? Number.NaN) || undefined,
    camera: CAMERAS.get(fields.get('camera') ?? ''),
    city: fields.get('city') || undefined,
    street: fields.get('street') || undefined,
    latitude: nowhere ? undefined : latitude,
    longitude: nowhere ? undefined : longitude,
    damaged,
  };
}

function kindOf(reason: string): EventReason {
  if (reason === 'user_interaction_honk') return 'honk';
  if (reason.startsWith('user_interaction_')) return 'saved';
  if (reason.startsWith('sentry_panic')) return 'panic';
  if (reason.startsWith('sentry_')) return 'sentry';
  return reason === 'vehicle_auto_emergency_braking' ? 'crash-avoidance' : 'other';
}

function localTime(text: string | undefined): LocalMs | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text)) return undefined;
  const local = Date.parse(`${text.slice(0, 19)}Z`);
  return Number.isNaN(local) ? undefined : local;
}

function coordinate(text: string | undefined, most: number): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) && Math.abs(value) <= most ? value : undefined;
}

function unescaped(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
