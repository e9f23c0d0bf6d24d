/** A TeslaCam folder to be watched: a sentry event of six cameras with a gap, and a saved one with clips that no browser plays; with the truth of it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { box, text } from '../../src/media/mp4/box.ts';
import { CAMERAS } from './car.ts';
import type { Clip, ClipShape } from './clip.ts';
import { encodedClip, type ViewSpec } from './encoded-clip.ts';
import { encryptClip } from './encrypted-clip.ts';

export interface WatchedClip {
  readonly camera: string;
  /** UTC ms of its first picture. */
  readonly start: number;
  readonly clip: Clip<ViewSpec & ClipShape>;
  /** Below the folder. */
  readonly path: string;
}

export interface WatchedCar {
  readonly clips: readonly WatchedClip[];
  /** UTC ms at which the event was triggered. */
  readonly trigger: number;
  /** Path and bytes of what cannot be played. */
  readonly encrypted: { readonly path: string; readonly bytes: Buffer };
}

const EVENT = 'TeslaCam/SentryClips/2026-03-01_17-00-31';
const SAVED = 'TeslaCam/SavedClips/2026-03-01_16-40-10';
const PICTURES = 288;
/** Seconds after 17:00:05 by the car's clock, which is 01:00:05 UTC of the next day. */
const STARTS = [0, 11] as const;
const BEGIN = Date.parse('2026-03-02T01:00:05Z');

/** A picture of one pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** @param views so many cameras see something else; the others see what these see */
export async function writeWatchedCar(folder: string, views = 1): Promise<WatchedCar> {
  const clips: WatchedClip[] = [];
  const put = async (path: string, bytes: Buffer): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  };
  for (const [index, camera] of CAMERAS.entries())
    for (const [part, after] of STARTS.entries()) {
      // Cameras do not begin at once.
      const start = BEGIN + (after + (index % 3 === 1 ? 1 : 0)) * 1000;
      const clip = await encodedClip({
        width: 640,
        height: 480,
        pictures: PICTURES,
        gop: 18,
        bitrate: 1_500_000,
        camera: index % views,
        numbered: 0,
        sequence: 100_000 + part * 396,
        start: new Date(start).toISOString(),
      });
      const local = new Date(start - 8 * 3_600_000).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
      const path = `${EVENT}/${local}-${camera}.mp4`;
      clips.push({ camera, start, clip, path });
      // Cameras that see the same are not the same file.
      await put(path, Buffer.concat([clip.bytes, box('free', text(camera))]));
    }
  await put(
    `${EVENT}/event.json`,
    Buffer.from(
      '{"timestamp":"2026-03-01T17:00:19","city":"Springfield","street":"Evergreen Terrace","est_lat":"44.0462","est_lon":"-123.022","reason":"sentry_aware_accel_0.453139","camera":"7"}\n',
    ),
  );
  await put(`${EVENT}/thumb.png`, PIXEL);

  const small = { width: 320, height: 240, pictures: 72, start: '2026-03-02T00:40:05Z' };
  const [plain, other] = await Promise.all([
    encodedClip(small),
    encodedClip({ ...small, codec: 'h265', pictures: 36 }),
  ]);
  const encrypted = { path: `${SAVED}/2026-03-01_16-40-05-back.mp4`, bytes: encryptClip(plain.bytes, 7).bytes };
  await put(`${SAVED}/2026-03-01_16-40-05-front.mp4`, plain.bytes);
  await put(`${SAVED}/2026-03-01_16-40-05-left_repeater.mp4`, other.bytes);
  await put(encrypted.path, encrypted.bytes);
  await put(
    `${SAVED}/event.json`,
    Buffer.from(
      '{"timestamp":"2026-03-01T16:40:06","city":"Springfield","reason":"something_new_of_2027","camera":"0"}\n',
    ),
  );
  return { clips, trigger: Date.parse('2026-03-02T01:00:19Z'), encrypted };
}
