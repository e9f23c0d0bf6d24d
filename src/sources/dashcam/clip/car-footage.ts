/**
 * The files of a car's clip as the engine and the scene need them: tables of pictures, starts that fit together, telemetry. Reads boxes and, for the
 * telemetry, the pictures of one camera; decodes nothing.
 */
import { InputError } from '../../../base/errors.ts';
import type { DashcamRenderParams } from '../../../contract/worker.ts';
import type { OverlayInput } from '../../../media/overlay/numbered-pictures.ts';
import { clipFacts } from '../layout/clip-facts.ts';
import { readTelemetry } from '../telemetry/read-telemetry.ts';
import { aligned } from './align.ts';
import type { TrackClip } from './camera-track.ts';
import type { CarFile } from './car-clip.ts';
import { openPath } from './path-reader.ts';
import type { TimedTelemetry } from './telemetry-track.ts';

/** One file, on the wall clock. */
export interface FootageClip extends TrackClip {
  readonly camera: string;
  readonly file: CarFile;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly hasSound: boolean;
  /** Minutes east of Greenwich. */
  readonly zone: number | null;
  /** Of the telemetry of the first picture. */
  readonly sequence: number | undefined;
  readonly bytes: number;
}

export interface CarFootage {
  readonly clips: readonly FootageClip[];
  /** In the order of `FootageClip.input`. */
  readonly inputs: readonly OverlayInput[];
}

/** Cameras of one minute begin within this, ms. */
const SAME_MINUTE = 8_000;
/** Where a minute's first picture has no telemetry, that of so many tells whether it has any: two seconds. */
const LOOK_FOR = 72;

/** Half an hour at 36 a second; a car's clips are a minute long. */
const MOST_PICTURES = 64_800;

/** Files without pictures are left out. @throws InputError */
export async function readFootage({ clips }: DashcamRenderParams, files: readonly CarFile[]): Promise<CarFootage> {
  const byInput = new Map(files.map((file) => [file.input, file]));
  const found: (Omit<FootageClip, 'input'> & { readonly input: OverlayInput })[] = [];
  for (const { input, camera, start, zone } of clips) {
    const file = byInput.get(input);
    if (!file) continue;
    await using reader = await openPath(file.path, file.name);
    const { movie, sequence } = await clipFacts(reader);
    const track = movie?.tracks.find((one) => one.handler === 'vide');
    if (!track || track.samples.count === 0) continue;
    if (track.samples.count > MOST_PICTURES)
      throw new InputError(file.name, 'has more pictures than any clip of a car');
    const { samples, timescale, width, height } = track;
    const ticks = [...samples.times].sort((one, other) => one - other);
    const first = ticks[0] ?? 0;
    const times = ticks.map((tick) => (tick - first) / timescale);
    const last = (samples.durations[samples.count - 1] ?? 0) / timescale;
    const keys = samples.keys ? [...samples.keys].map((sample) => times[sample] ?? 0) : times;
    found.push({
      input: { name: file.name, path: file.path, format: 'container', table: { times, keys } },
      camera,
      file,
      start,
      times,
      // The last one of a cut file may say that it stands for ever.
      end: (times.at(-1) ?? 0) + Math.min(1, Math.max(0.001, last)),
      width,
      height,
      hasSound: movie?.tracks.some((one) => one.handler === 'soun') ?? false,
      zone,
      sequence,
      bytes: reader.size,
    });
  }
  // What is trusted most first: the front camera, and what is whole.
  const order = [...found].sort((one, other) => trust(one) - trust(other) || one.start - other.start);
  const starts = new Map(
    aligned(order.map((clip) => ({ ...clip, headless: clip.file.repaired === true }))).map((start, index) => [
      order[index],
      start,
    ]),
  );
  return {
    clips: found.map((clip, index) => ({ ...clip, input: index, start: starts.get(clip) ?? clip.start })),
    inputs: found.map(({ input }) => input),
  };
}

const trust = ({ camera, file }: { readonly camera: string; readonly file: CarFile }): number =>
  (file.repaired ? 2 : 0) + (camera === 'front' ? 0 : 1);

/** The telemetry of the ranges: of each minute that of one camera, because all have the same. */
export async function readCarTelemetry(
  clips: readonly FootageClip[],
  ranges: DashcamRenderParams['ranges'],
  progress: (part: number) => void,
): Promise<TimedTelemetry[]> {
  const points: TimedTelemetry[] = [];
  const wanted = clips.filter((clip) =>
    ranges.some(({ start, end }) => clip.start < end && clip.start + clip.end * 1000 > start),
  );
  const minutes = minutesOf(wanted);
  for (const [index, minute] of minutes.entries()) {
    progress(index / minutes.length);
    for (const clip of minute) {
      const read = await telemetryOf(clip);
      points.push(
        ...read.filter(({ utc }) => ranges.some(({ start, end }) => utc >= start - 1000 && utc <= end + 1000)),
      );
      if (read.length > 0) break;
    }
  }
  return points;
}

/** Clips that began together; those that surely have telemetry first, of these the smallest. */
function minutesOf(clips: readonly FootageClip[]): FootageClip[][] {
  const minutes: FootageClip[][] = [];
  for (const clip of [...clips].sort((one, other) => one.start - other.start)) {
    const minute = minutes.at(-1);
    const first = minute?.[0];
    if (minute && first && clip.start - first.start <= SAME_MINUTE) minute.push(clip);
    else minutes.push([clip]);
  }
  const silent = (clip: FootageClip): number => (clip.sequence === undefined ? 1 : 0);
  for (const minute of minutes) minute.sort((one, other) => silent(one) - silent(other) || one.bytes - other.bytes);
  return minutes;
}

async function telemetryOf(clip: FootageClip): Promise<TimedTelemetry[]> {
  await using reader = await openPath(clip.file.path, clip.file.name);
  if (clip.sequence === undefined && (await readTelemetry(reader, undefined, LOOK_FOR)).pictures.length === 0)
    return [];
  const { pictures } = await readTelemetry(reader);
  return pictures.flatMap(({ time, telemetry }) =>
    time === null ? [] : [{ utc: clip.start + time * 1000, telemetry }],
  );
}
