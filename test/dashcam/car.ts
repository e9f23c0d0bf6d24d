/** The footage of a test car: minutes of six cameras, an event, and what else lies on its drive. */
import { type Clip, type ClipSpec, makeClip } from './clip.ts';
import type { TestImage } from './image-writer.ts';

export const CAMERAS = ['front', 'back', 'left_repeater', 'right_repeater', 'left_pillar', 'right_pillar'] as const;

export const EVENT = 'TeslaCam/SentryClips/2026-03-01_17-02-44';
export const RECENT = 'TeslaCam/RecentClips';

export interface CarOptions {
  readonly seed?: number;
  readonly minutes?: number;
  readonly telemetry?: boolean;
  /** HW4: the front camera has another size. */
  readonly largeFront?: boolean;
  readonly clip?: Partial<ClipSpec>;
}

export interface CarFootage {
  /** Path → bytes: what has to come out again. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly clips: ReadonlyMap<string, Clip>;
}

/** Name of minute `minute` (17:00:05 of the car's time, which is 01:00:05 UTC of the next day) and camera. */
export function clipName(minute: number, camera: string): string {
  return `2026-03-01_17-${String(minute).padStart(2, '0')}-05-${camera}.mp4`;
}

export function makeFootage({
  seed = 1,
  minutes = 4,
  telemetry = true,
  largeFront = false,
  clip = {},
}: CarOptions = {}): CarFootage {
  const files = new Map<string, Buffer>();
  const clips = new Map<string, Clip>();
  for (let minute = 0; minute < minutes; minute += 1)
    for (const [camera, name] of CAMERAS.entries()) {
      const made = makeClip({
        start: `2026-03-02T01:${String(minute).padStart(2, '0')}:05Z`,
        sequence: 100_000 + seed * 10_000 + minute * 2160,
        camera,
        seed: seed * 100 + minute,
        telemetry,
        pictures: 36 + ((camera * 5 + minute) % 9),
        ...(largeFront && camera === 0 ? { width: 2896, height: 1876 } : {}),
        ...clip,
      });
      const path = `${RECENT}/${clipName(minute, name)}`;
      files.set(path, made.bytes);
      clips.set(path, made);
    }
  if (minutes > 1)
    for (const camera of ['front', 'back']) {
      const path = `${EVENT}/${clipName(1, camera)}`;
      const original = clips.get(`${RECENT}/${clipName(1, camera)}`);
      if (!original) continue;
      files.set(path, original.bytes);
      clips.set(path, original);
    }
  files.set(
    `${EVENT}/event.json`,
    Buffer.from(
      '{"timestamp":"2026-03-01T17:02:40","city":"Springfield","est_lat":"44.0462","est_lon":"-123.022","reason":"sentry_aware_object_detection","camera":"0"}\n',
    ),
  );
  return { files, clips };
}

/** The folders of a drive, and then every file in the order in which the car wrote them. */
export function fill(image: TestImage, footage: CarFootage, more: readonly string[] = []): void {
  for (const path of [
    'TeslaCam',
    RECENT,
    'TeslaCam/SavedClips',
    'TeslaCam/SentryClips',
    'TeslaTrackMode',
    EVENT,
    ...more,
  ])
    image.folder(path);
  for (const [path, bytes] of footage.files) image.file(path, bytes);
}
