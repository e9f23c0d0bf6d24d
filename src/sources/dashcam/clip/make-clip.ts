/** Makes a clip of a car's footage, inside its own process. */
import { UserError } from '../../../base/errors.ts';
import type { DashcamRenderParams } from '../../../contract/worker.ts';
import type { FrameRate } from '../../../media/codec/plan.ts';
import type { Report } from '../../../media/codec/report.ts';
import type { OverlayPlan, OverlayResult, SoundPiece } from '../../../media/overlay/overlay-plan.ts';
import { renderOverlay } from '../../../media/overlay/overlay-render.ts';
import { cameraName } from './camera-names.ts';
import { CameraTrack } from './camera-track.ts';
import type { CarClipTask } from './car-clip.ts';
import { type FootageClip, readCarTelemetry, readFootage } from './car-footage.ts';
import { CarPlay } from './car-play.ts';
import { rateOf } from './clip-frames.ts';
import { layoutOf } from './layouts.ts';
import { TelemetryTrack } from './telemetry-track.ts';

/** @throws BadInput, InputError, UserError, LimitTooSmall */
export async function makeCarClip(task: CarClipTask, report: Report): Promise<OverlayResult> {
  const { params, limits } = task;
  const notes: string[] = [];
  report(0, 'Reading the footage');
  const { clips, inputs } = await readFootage(params, task.files);
  const [leading] = params.cameras.flatMap((camera) => clips.filter((clip) => clip.camera === camera));
  if (!leading)
    throw new UserError('There is no picture of these cameras at that time.', 'Choose another time or layout.', {
      code: 'no-footage',
    });
  const rate: FrameRate =
    limits.fps === undefined ? rateOf(leading.times) : { num: Math.round(limits.fps * 1000), den: 1000 };
  const slack = (500 * rate.den) / rate.num;
  const telemetry = params.telemetry ? await telemetryOf(params, clips, slack, report, notes) : undefined;
  const play = new CarPlay({
    layout: layoutOf({
      layout: params.layout,
      cameras: params.cameras,
      sizes: sizesOf(clips),
      telemetry: telemetry !== undefined,
      stamp: params.stamp || params.title !== '',
      most: limits,
    }),
    tracks: new Map(
      params.cameras.map((camera) => [
        camera,
        new CameraTrack(
          clips.filter((clip) => clip.camera === camera),
          slack,
        ),
      ]),
    ),
    switchAt: params.switchAt,
    telemetry,
    units: params.units,
    zoneAt: (utc) => zoneAt(clips, utc),
    title: params.title,
    stamp: params.stamp,
    place: params.place,
    coordinates: params.coordinates,
    labels: params.layout !== 'single',
    ranges: params.ranges,
    rate,
    speed: params.speed,
  });
  const plan: OverlayPlan = {
    inputs,
    sound: soundOf(params, clips),
    soundSpeed: params.speed,
    limits: {
      ...(limits.maxBytes === undefined ? {} : { maxBytes: limits.maxBytes }),
      ...(limits.quality === undefined ? {} : { quality: limits.quality }),
    },
    // Nothing of the place: of a car's own files nothing is taken over.
    metadata: { ...(params.title === '' ? {} : { title: params.title }), createdAt: params.ranges[0]?.start ?? 0 },
    output: task.output,
    scratch: task.scratch,
    ...(task.master === undefined ? {} : { master: task.master }),
  };
  const result = await renderOverlay(play, plan, report);
  const gap = gapNote(play, params.speed);
  return { ...result, notes: [...notes, ...(gap === undefined ? [] : [gap]), ...result.notes] };
}

async function telemetryOf(
  params: DashcamRenderParams,
  clips: readonly FootageClip[],
  slack: number,
  report: Report,
  notes: string[],
): Promise<TelemetryTrack | undefined> {
  const points = await readCarTelemetry(clips, params.ranges, () => report(0, 'Reading the telemetry'));
  if (points.length > 0) return new TelemetryTrack(points, slack);
  notes.push('The car wrote no telemetry into this footage (parked, or older firmware), so there is no bar.');
  return undefined;
}

/** Of each camera its largest picture. */
function sizesOf(clips: readonly FootageClip[]): Map<string, { readonly width: number; readonly height: number }> {
  const sizes = new Map<string, { readonly width: number; readonly height: number }>();
  for (const { camera, width, height } of clips)
    if (width > (sizes.get(camera)?.width ?? 0)) sizes.set(camera, { width, height });
  return sizes;
}

/** The zone of the clip that is nearest in time: it changes in the night in which clocks are set, and at a border. */
function zoneAt(clips: readonly FootageClip[], utc: number): number | null {
  let nearest: FootageClip | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const clip of clips) {
    if (clip.zone === null) continue;
    const away = Math.max(clip.start - utc, utc - (clip.start + clip.end * 1000), 0);
    if (away < least) [nearest, least] = [clip, away];
  }
  return nearest?.zone ?? null;
}

/** A car's clips have no sound as a rule; where they have any, that of the first camera that does. */
function soundOf(params: DashcamRenderParams, clips: readonly FootageClip[]): SoundPiece[] {
  const camera = params.cameras.find((one) => clips.some((clip) => clip.camera === one && clip.hasSound));
  if (camera === undefined || params.sound === 'mute') return [];
  const pieces: SoundPiece[] = [];
  let before = 0;
  for (const range of params.ranges) {
    for (const clip of clips) {
      if (clip.camera !== camera || !clip.hasSound) continue;
      const from = Math.max(range.start, clip.start);
      const to = Math.min(range.end, clip.start + clip.end * 1000);
      if (to <= from) continue;
      const seconds = (from - clip.start) / 1000;
      let picture = 0;
      while (picture + 1 < clip.times.length && (clip.times[picture + 1] ?? 0) <= seconds + 1e-6) picture++;
      pieces.push({
        input: clip.input,
        start: before + (from - range.start) / 1000 / params.speed,
        length: (to - from) / 1000 / params.speed,
        picture,
      });
    }
    before += (range.end - range.start) / 1000 / params.speed;
  }
  return withoutOverlap(pieces);
}

function withoutOverlap(pieces: readonly SoundPiece[]): SoundPiece[] {
  const sorted = [...pieces].sort((one, other) => one.start - other.start);
  return sorted.flatMap((piece, index) => {
    const next = sorted[index + 1]?.start ?? Number.POSITIVE_INFINITY;
    const length = Math.min(piece.length, next - piece.start);
    return length > 0 ? [{ ...piece, length }] : [];
  });
}

function gapNote(play: CarPlay, speed: number): string | undefined {
  const parts = [...play.gaps].map(([camera, frames]) => {
    const seconds = (frames * play.rate.den * speed) / play.rate.num;
    return `${cameraName(camera)} for ${seconds.toFixed(1)} s`;
  });
  return parts.length === 0 ? undefined : `There is no footage of: ${parts.join(', ')}. It is shown as a gap.`;
}
