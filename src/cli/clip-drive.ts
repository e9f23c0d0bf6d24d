/**
 * `vidette clip ROUTE`: a drive with what openpilot saw and did drawn over it. No hub is needed.
 */
import { rm } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { OpenpilotRenderParams } from '../contract/worker.ts';
import type { NativeProcess } from '../media/codec/native-process.ts';
import { publish, refuseExisting, scratchBeside } from '../media/finished-file.ts';
import { LONGEST_SECONDS } from '../sources/openpilot/clip/clip-frames.ts';
import { type DriveClipOptions, renderDrive } from '../sources/openpilot/clip/drive-clip.ts';
import { filesNeed } from '../sources/openpilot/clip/files-need.ts';
import type { Drive } from '../sources/openpilot/files/drive.ts';
import { routeName } from '../sources/openpilot/names/route-request.ts';
import type { ClipOptions, MadeClip } from './clip.ts';
import { timeName } from './clip-file.ts';
import { parseSeconds } from './duration.ts';
import { type DrivePlace, openDrive } from './open-drive.ts';
import { mostBytes } from './size-limit.ts';
import { progressLine, untilAsked } from './terminal.ts';
import { DRIVE_CHOICES, wrongOption } from './wrong-option.ts';

/** What only a clip of a drive has. */
export interface DriveOptions extends DrivePlace {
  /** `90-120`, `1:30-2:00`. */
  readonly range?: readonly string[];
  readonly mode?: string;
  readonly look?: string;
  readonly size?: string;
  readonly units?: string;
  readonly wide?: string;
  readonly inset?: string;
  readonly stack?: string;
  readonly speed?: number;
  readonly files?: string;
  readonly quality?: number;
  readonly route?: boolean;
  readonly timer?: boolean;
  readonly details?: boolean;
  readonly private?: boolean;
  readonly tag?: boolean;
  readonly longest?: string;
}

/** Bringing the files is this part of the work, for the progress bar. */
const FETCH_PART = 0.2;
/** What `--quality` may be: above the first a file is only larger, below the second nothing is to be made out. */
const BEST_CRF = 10;
const WORST_CRF = 40;

/** @param started the process that draws, so that it starts while the drive is looked for */
export async function clipDrive(what: string, options: ClipOptions, started?: NativeProcess): Promise<MadeClip> {
  try {
    return await make(what, options, started);
  } finally {
    await started?.close();
  }
}

async function make(what: string, options: ClipOptions, started: NativeProcess | undefined): Promise<MadeClip> {
  checkNames(options);
  const maxBytes = mostBytes(options);
  const signal = untilAsked();
  const bar = progressLine(options.json ?? false);
  try {
    await using drive = await openDrive(what, options, signal);
    const ranges = rangesOf(options, drive);
    checkLength(ranges, options);
    const asked = askedOptions(options, ranges, drive);
    const output = resolve(options.out ?? outputName(asked, drive));
    const master = options.master === undefined ? undefined : resolve(options.master);
    for (const path of [output, ...(master === undefined ? [] : [master])])
      await refuseExisting(path, options.force ?? false);
    const plan = await drive.plan(filesNeed(asked, qualityOf(options)));
    const minutes = await drive.bring(plan, {
      signal,
      onProgress: ({ files, filesDone }) =>
        bar.update((FETCH_PART * filesDone) / Math.max(1, files), 'Fetching the drive'),
    });
    const scratch = await scratchBeside(output);
    try {
      const made = join(scratch, 'clip.mp4');
      const lossless = master && join(scratch, 'master.mkv');
      const result = await renderDrive(
        {
          minutes,
          options: asked,
          limits: {
            ...(maxBytes === undefined ? {} : { maxBytes }),
            ...(options.quality === undefined ? {} : { quality: options.quality }),
          },
          output: made,
          scratch,
          ...(lossless ? { master: lossless } : {}),
        },
        { signal, onProgress: (done, stage) => bar.update(FETCH_PART + (1 - FETCH_PART) * done, stage) },
        started,
      );
      if (lossless && master) await publish(lossless, master, options.force ?? false);
      await publish(made, output, options.force ?? false);
      const { bytes, duration, width, height } = result;
      return {
        file: options.out ?? outputName(asked, drive),
        bytes,
        duration,
        width,
        height,
        ...(options.master === undefined ? {} : { master: options.master }),
        coding: { bitrate: Math.round(result.bitrate), passes: result.passes, firstPass: result.firstPass },
        notes: [...drive.notes, ...plan.notes, ...result.notes],
      };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  } catch (error) {
    // Ctrl-C may reach the other process first: its end is then no fault of the drive.
    signal.throwIfAborted();
    throw error;
  } finally {
    bar.end();
  }
}

function checkNames(options: ClipOptions): void {
  const { out, master, length, clock, height, quality } = options;
  if (options.private && options.tag)
    throw new UserError(
      '--private and --tag contradict each other: one hides the route, the other writes it into the file.',
      'Leave one of them out.',
      { code: 'usage' },
    );
  if (out !== undefined && extname(out).toLowerCase() !== '.mp4')
    throw new UserError('A clip is an MP4 file.', 'Give it a name that ends in .mp4.', { code: 'usage' });
  if (master !== undefined && extname(master).toLowerCase() !== '.mkv')
    throw new UserError('A master is a Matroska file.', 'Give it a name that ends in .mkv.', { code: 'usage' });
  if (clock)
    throw new UserError('A drive has no clock to burn in; its running time is shown anyway.', 'Leave --clock out.', {
      code: 'usage',
    });
  if (height !== undefined)
    throw new UserError('The size of a clip of a drive is chosen with --size.', 'Leave --height out.', {
      code: 'usage',
    });
  if (quality !== undefined && (quality < BEST_CRF || quality > WORST_CRF))
    throw new UserError(
      `--quality: ${quality} is not between ${BEST_CRF} and ${WORST_CRF}.`,
      'Lower is better and larger; 18 is usual.',
      { code: 'usage' },
    );
  if (length !== undefined && parseSeconds(length) <= 0)
    throw new UserError('The length is zero.', 'Give it in seconds, e.g. -l 30.', { code: 'usage' });
}

function rangesOf({ start, length, range }: ClipOptions, drive: Drive): { start: number; end: number }[] {
  const ranges = (range ?? []).map(parseRange);
  if (start !== undefined || length !== undefined) {
    const from = start === undefined ? (drive.asked?.start ?? 0) : parseSeconds(start);
    const until = drive.asked && drive.asked.end > from ? drive.asked.end : undefined;
    const end = length === undefined ? until : from + parseSeconds(length);
    if (end === undefined)
      throw new UserError('The length of the clip is missing.', 'Give it in seconds, e.g. -l 30.', { code: 'usage' });
    ranges.unshift({ start: from, end });
  }
  if (ranges.length === 0 && drive.asked) ranges.push(drive.asked);
  if (ranges.length === 0)
    throw new UserError(
      'It is not said which part of the drive is wanted.',
      'Give a start and a length in seconds, e.g. -s 90 -l 30, or an address that names them, e.g. https://connect.comma.ai/a2a0ccea32023010/2023-07-27--13-01-19/90/105.',
      { code: 'usage' },
    );
  return ranges;
}

function checkLength(ranges: readonly { start: number; end: number }[], { longest }: ClipOptions): void {
  const most = longest === undefined ? LONGEST_SECONDS : parseSeconds(longest);
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  if (total <= most) return;
  throw new UserError(
    `The clip would show ${clockText(total)} of the drive; more than ${clockText(most)} is taken for a mistake.`,
    `Choose less, or say that it is none: --longest ${clockText(Math.ceil(total))}.`,
    { code: 'usage' },
  );
}

function clockText(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
}

function parseRange(text: string): { start: number; end: number } {
  const [from = '', to = '', more] = text.split('-');
  if (from === '' || to === '' || more !== undefined)
    throw new UserError(`“${text}” is not a part of a drive.`, 'Write it as 90-120, or 1:30-2:00.', { code: 'usage' });
  const range = { start: parseSeconds(from), end: parseSeconds(to) };
  if (range.end <= range.start)
    throw new UserError(`“${text}” ends before it begins.`, 'Write the earlier time first: 90-120.', { code: 'usage' });
  return range;
}

function askedOptions(
  options: ClipOptions,
  ranges: readonly { start: number; end: number }[],
  drive: Drive,
): DriveClipOptions {
  const hidden = options.private ?? false;
  const { dongle, logId } = drive;
  const name = logId === null ? '' : routeName({ dongle: hidden ? null : dongle, logId });
  const shown = hidden || options.route === false ? '' : name;
  const title = options.title ?? '';
  const chosen = Object.fromEntries(
    DRIVE_CHOICES.flatMap(([option, field]) => (options[option] === undefined ? [] : [[field, options[option]]])),
  );
  const shape = OpenpilotRenderParams.omit({ minutes: true });
  const params = shape.safeParse({
    ...chosen,
    ranges,
    sound: options.mute ? 'mute' : 'keep',
    brand: { title, route: shown, clock: options.timer ?? true, details: options.details ?? false },
    privacy: { hideRoute: shown === '', hideDongle: hidden },
    ...(options.tag
      ? { fileTitle: [title, name].filter((part) => part !== '').join(' · ') }
      : title
        ? { fileTitle: title }
        : {}),
  });
  if (params.success) return params.data;
  throw wrongOption(params.error.issues[0]);
}

const QUALITIES = ['best', 'full', 'low'] as const;

function qualityOf({ files = 'best' }: ClipOptions): (typeof QUALITIES)[number] {
  const found = QUALITIES.find((one) => one === files);
  if (found) return found;
  throw new UserError(`“${files}” is not a choice of files.`, 'Use best, full or low.', { code: 'usage' });
}

function outputName({ ranges, privacy }: DriveClipOptions, { logId }: Drive): string {
  return `${privacy.hideRoute || logId === null ? 'drive' : logId} ${timeName(ranges[0]?.start ?? 0)}.mp4`;
}
