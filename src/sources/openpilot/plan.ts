/**
 * The hub's half of a clip of a drive: which files of which minutes make it, the best of what is there. Pure; what is there comes in as values.
 */
import { UserError } from '../../base/errors.ts';
import type { ClipRequest } from '../../contract/clip.ts';
import type { DriveFile } from '../../contract/drive.ts';
import { OpenpilotRenderParams } from '../../contract/worker.ts';
import { LONGEST_SECONDS } from './clip/clip-frames.ts';
import { filesNeed } from './clip/files-need.ts';
import { chooseFiles, type Keeper } from './files/choose-files.ts';
import { fileKinds } from './files/file-kind.ts';
import { type HeldFile, holdingOf } from './files/holding.ts';
import type { FilesNeed } from './files/need.ts';

/** A file that is there. */
export interface PlanFile {
  /** `qlog.zst`; with a path before it where it lies in a folder. */
  readonly path: string;
  /** 0: not known. */
  readonly bytes: number;
  /** When it was written, UTC ms; 0: not known. */
  readonly changed: number;
}

export interface PlanDrive {
  /** `dongle|log id`, or the log id alone. */
  readonly route: string;
  /** Seconds. */
  readonly length: number;
  readonly minutes: readonly { readonly minute: number; readonly files: { readonly [Kind in DriveFile]?: PlanFile } }[];
  /** How a missing file can be had. */
  readonly keeper: Keeper;
}

/** Seconds from the start of the drive. */
export interface DriveRange {
  readonly start: number;
  readonly end: number;
}

/** An input without its URL: URLs are signed when a worker takes the job, and never stored. */
export interface PlannedFile {
  readonly name: string;
  readonly minute: number;
  readonly file: DriveFile;
  readonly bytes: number;
  readonly changed: number;
}

export interface DrivePlan {
  readonly params: OpenpilotRenderParams;
  readonly inputs: readonly PlannedFile[];
  /** Of the clip. */
  readonly seconds: number;
  /** What it is made of, and what would make it better. */
  readonly notes: readonly string[];
}

/** The layouts of this kind; `main` is `ui`. */
export const DRIVE_LAYOUTS = OpenpilotRenderParams.shape.mode.unwrap().options;
type CanvasSize = OpenpilotRenderParams['size'];
const SIZES: Readonly<Record<string, CanvasSize>> = { '1440x720': '1440x720', '2160x1080': '2160x1080' };
const SHORTEST_SECONDS = 0.1;

/** @throws UserError that names what cannot be, or the file and minute that is missing and what would still work */
export function planDrive(
  request: ClipRequest,
  ranges: readonly DriveRange[],
  drive: PlanDrive,
  quality: FilesNeed['quality'] = 'best',
): DrivePlan {
  const options = optionsOf(request, ranges, drive);
  const held = drive.minutes.flatMap(({ minute, files }) =>
    fileKinds.flatMap((kind) => {
      const file = files[kind];
      return file ? [heldFile(minute, kind, file)] : [];
    }),
  );
  const [dongle = null, logId = drive.route] = drive.route.includes('|') ? drive.route.split('|') : [];
  const plan = inWords(() => chooseFiles(holdingOf(dongle, logId, held), filesNeed(options, quality), drive.keeper));
  const inputs = new Map<HeldFile, PlannedFile>();
  const inputOf = (file: HeldFile): string => {
    const known = inputs.get(file);
    if (known) return known.name;
    const { segment: minute, kind, bytes, modified } = file;
    const name = `${minute}-${file.name}`;
    inputs.set(file, { name, minute, file: kind, bytes: bytes ?? 0, changed: modified ?? 0 });
    return name;
  };
  const minutes = plan.minutes.map(({ segment, shown, log, pictures, sound }) => ({
    segment,
    shown,
    files: Object.fromEntries(
      [log, ...Object.values(pictures), sound].flatMap((file) => (file ? [[file.kind, inputOf(file)]] : [])),
    ),
  }));
  const length = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    params: { ...options, minutes },
    inputs: [...inputs.values()],
    seconds: length / request.speed,
    notes: plan.notes,
  };
}

/**
 * What a request means for a drive, and whether it can be meant.
 * @throws UserError
 */
function optionsOf(
  request: ClipRequest,
  ranges: readonly DriveRange[],
  drive: PlanDrive,
): Omit<OpenpilotRenderParams, 'minutes'> {
  const { layout, overlays, speed, sound, privacy, limits } = request;
  const mode = layout === 'main' ? 'ui' : DRIVE_LAYOUTS.find((one) => one === layout);
  if (mode === undefined)
    throw wrong('layout', `A clip of a drive has no layout “${layout}”.`, `Use ${DRIVE_LAYOUTS.join(', ')}.`);
  if (overlays.clock)
    throw wrong('overlays', 'A drive has no clock to burn in.', 'Use marker for the time since its start.');
  if (limits.fps !== undefined && limits.fps !== 20)
    throw wrong('limits', 'A clip of a drive has 20 pictures a second.', 'Leave fps out.');
  const size = sizeOf(limits);
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  if (total > LONGEST_SECONDS)
    throw wrong('ranges', 'The clip would be longer than two hours.', 'Choose shorter ranges, or make several clips.');
  for (const [at, { start, end }] of ranges.entries()) {
    const name = ranges.length === 1 ? 'The range' : `Range ${at + 1}`;
    if (end <= start) throw wrong('ranges', `${name} ends before it begins.`, 'Choose an end that is later.');
    if (end - start < SHORTEST_SECONDS)
      throw wrong('ranges', `${name} is shorter than a few pictures.`, 'Choose more.');
    if (start >= drive.length)
      throw wrong(
        'ranges',
        `${name} begins after the end of the drive, which is at ${clock(drive.length)}.`,
        'Choose an earlier start.',
      );
  }
  const title = overlays.title ?? '';
  const {
    look = 'now',
    units = 'auto',
    wide = 'never',
    inset = 'driver',
    stack = 'forward-first',
  } = overlays.hud ?? {};
  const shown = privacy.stripIds ? 'none' : overlays.route;
  const route = { full: drive.route, short: drive.route.replace(/^.*\|/, ''), none: '' }[shown];
  return {
    ranges: ranges.map(({ start, end }) => ({ start, end: Math.min(end, drive.length) })),
    mode,
    look,
    size,
    units,
    wideView: wide,
    stackOrder: stack,
    inset,
    speed,
    sound,
    brand: { title, route, clock: overlays.marker, details: overlays.details },
    privacy: { hideRoute: shown === 'none', hideDongle: shown !== 'full' },
    ...(title === '' ? {} : { fileTitle: title }),
  };
}

function sizeOf({ width, height, size }: ClipRequest['limits']): CanvasSize {
  if (size !== undefined) {
    if (width === undefined && height === undefined) return size;
    throw wrong('limits', 'A clip has either the size of its camera or one of its own.', 'Leave out width and height.');
  }
  if (width === undefined && height === undefined) return '1440x720';
  const found = SIZES[`${width ?? (height ?? 0) * 2}x${height ?? (width ?? 0) / 2}`];
  if (found) return found;
  throw wrong('limits', 'A clip of a drive has 1440 × 720 or 2160 × 1080.', 'Use one of these, or leave both out.');
}

function heldFile(segment: number, kind: DriveFile, { path, bytes, changed }: PlanFile): HeldFile {
  // Flat downloads carry the route in the name.
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^.*--/, '');
  return { segment, kind, name, bytes, modified: changed, open: false, place: { at: 'path', path } };
}

/** Options of the command line mean nothing on a page. */
function inWords<T>(choose: () => T): T {
  try {
    return choose();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const words = (text: string): string =>
      text
        .replace(/--mode (\w+)/g, 'the layout “$1”')
        .replace('--details', 'details')
        .replace(/--files (\w+)/g, '“$1” files');
    throw new UserError(words(error.message), words(error.remedy), { code: error.code, cause: error });
  }
}

function wrong(field: string, what: string, remedy: string): UserError {
  return new UserError(what, remedy, { code: 'invalid', fields: { [field]: what } });
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}
