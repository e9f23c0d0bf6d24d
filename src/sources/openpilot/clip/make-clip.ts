/** Makes a clip of a drive, inside its own process. */
import { UserError } from '../../../base/errors.ts';
import type { Report } from '../../../media/codec/report.ts';
import type { OverlayPlan, OverlayResult, SoundPiece } from '../../../media/overlay/overlay-plan.ts';
import { renderOverlay } from '../../../media/overlay/overlay-render.ts';
import type { SceneOptions } from '../scene/options.ts';
import type { CameraSizes } from '../scene/tiles.ts';
import { DriveTimeline, type MinuteFiles } from '../timeline/drive-timeline.ts';
import { CameraFiles } from './camera-files.ts';
import { clipSound, type PictureRange, pictureRange } from './clip-frames.ts';
import type { DriveClip, DriveClipOptions } from './drive-clip.ts';
import { DrivePlay } from './drive-play.ts';
import { camerasOf } from './files-need.ts';

/** @throws BadInput, InputError, UserError, LimitTooSmall */
export async function makeDriveClip(clip: DriveClip, report: Report): Promise<OverlayResult> {
  const { minutes, options } = clip;
  report(0, 'Reading the logs');
  const scene = sceneOptions(options);
  const { must, may } = camerasOf(scene);
  const files = new CameraFiles(minutes, [...must, ...may]);
  const notes: string[] = [];
  const ranges = files.within(options.ranges.map(pictureRange), must[0] ?? 'road', notes);
  const shown = minutes.flatMap(({ segment, shown }) => (shown ? [segment] : []));
  const cameras: CameraSizes = {
    road: files.size('road', shown),
    wide: files.size('wide', shown),
    driver: files.size('driver', shown),
  };
  const timeline = new DriveTimeline({
    files: new Map(
      minutes.map(({ segment, files: { rlog = null, qlog = null } }): [number, MinuteFiles] => [
        segment,
        { rlog, qlog },
      ]),
    ),
  });
  const info = await timeline.info();
  const play = new DrivePlay({ files, timeline, info, options: scene, cameras, ranges, speed: options.speed });
  const plan: OverlayPlan = {
    inputs: files.inputs,
    sound: soundOf(options, files, ranges, notes),
    limits: clip.limits,
    metadata: options.fileTitle === undefined ? {} : { title: options.fileTitle },
    output: clip.output,
    scratch: clip.scratch,
    ...(clip.master === undefined ? {} : { master: clip.master }),
  };
  const result = await renderOverlay(play, plan, report);
  if (play.withoutModel > 0 && scene.mode !== 'forward' && scene.mode !== 'wide' && scene.mode !== 'driver')
    notes.push(
      `For ${(play.withoutModel / 20).toFixed(1)} s the log holds nothing of what openpilot saw, so no path is drawn there.`,
    );
  return { ...result, notes: [...notes, ...timeline.problems, ...result.notes] };
}

function sceneOptions(options: DriveClipOptions): SceneOptions {
  const { mode } = options;
  if (mode === '360')
    throw new UserError('Mode “360” cannot be made yet.', 'Choose “stacked” or “pip”.', { code: 'usage' });
  const { look, size, units, wideView, stackOrder, inset, brand, privacy } = options;
  return { mode, look, size, units, wideView, stackOrder, inset, brand, privacy };
}

function soundOf(
  { sound, speed }: DriveClipOptions,
  files: CameraFiles,
  ranges: readonly PictureRange[],
  notes: string[],
): SoundPiece[] {
  if (sound === 'mute') return [];
  if (speed !== 1) {
    notes.push('At another speed than that of the drive there is no sound.');
    return [];
  }
  return clipSound(ranges).flatMap(({ segment, picture, start, length }) => {
    const input = files.sound(segment);
    return input === undefined ? [] : [{ input, start, length, picture }];
  });
}
