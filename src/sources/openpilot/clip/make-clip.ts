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
import { camerasOf, DRAWN_MODES } from './files-need.ts';
import { SpherePlay } from './sphere-play.ts';

/** @throws BadInput, InputError, UserError, LimitTooSmall */
export async function makeDriveClip(clip: DriveClip, report: Report): Promise<OverlayResult> {
  const { minutes, options } = clip;
  report(0, 'Reading the logs');
  const { must, may } = camerasOf(options);
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
  if (options.mode === '360' && options.brand.title !== '')
    notes.push('Nothing is drawn over a picture all around, so the title is not shown.');
  const play = await playOf(options, { files, timeline, cameras, ranges });
  const plan: OverlayPlan = {
    inputs: files.inputs,
    sound: soundOf(options, files, ranges),
    soundSpeed: options.speed,
    limits: clip.limits,
    metadata: options.fileTitle === undefined ? {} : { title: options.fileTitle },
    output: clip.output,
    scratch: clip.scratch,
    ...(clip.master === undefined ? {} : { master: clip.master }),
  };
  const result = await renderOverlay(play, plan, report);
  if (play instanceof DrivePlay && play.withoutModel > 0 && DRAWN_MODES.has(options.mode))
    notes.push(
      `For ${(play.withoutModel / 20).toFixed(1)} s the log holds nothing of what openpilot saw, so no path is drawn there.`,
    );
  return { ...result, notes: [...notes, ...timeline.problems, ...result.notes] };
}

interface Shown {
  readonly files: CameraFiles;
  readonly timeline: DriveTimeline;
  readonly cameras: CameraSizes;
  readonly ranges: readonly PictureRange[];
}

/** @throws UserError when the drive has no picture of a camera that the mode shows */
async function playOf(options: DriveClipOptions, shown: Shown): Promise<DrivePlay | SpherePlay> {
  const { mode, look, size, units, wideView, stackOrder, inset, brand, privacy, speed } = options;
  if (mode !== '360') {
    const scene: SceneOptions = { mode, look, size, units, wideView, stackOrder, inset, brand, privacy };
    return new DrivePlay({ ...shown, speed, info: await shown.timeline.info(), options: scene });
  }
  const { wide, driver } = shown.cameras;
  if (!wide || !driver)
    throw new UserError(
      'Mode “360” needs the pictures of the wide and of the driver’s camera, and one of them is not there.',
      'Choose another mode, or upload ecamera.hevc and dcamera.hevc from the device.',
      { code: 'camera-missing' },
    );
  return new SpherePlay({ ...shown, picture: wide, size, speed });
}

function soundOf(
  { sound, speed }: DriveClipOptions,
  files: CameraFiles,
  ranges: readonly PictureRange[],
): SoundPiece[] {
  if (sound === 'mute') return [];
  return clipSound(ranges, speed).flatMap(({ segment, picture, start, length }) => {
    const input = files.sound(segment);
    return input === undefined ? [] : [{ input, start, length, picture }];
  });
}
