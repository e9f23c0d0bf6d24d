/**
 * `vidette clip FILE`: no hub is needed.
 */
import { basename, extname } from 'node:path';
import { UserError } from '../base/errors.ts';
import { renderFileClip } from '../media/clip-file.ts';
import { inspectFile } from '../media/probe.ts';
import type { ClipOfPart, MadeClip } from './clip.ts';
import { parseSeconds } from './duration.ts';
import { mostBytes } from './size-limit.ts';
import { progressLine, untilAsked } from './terminal.ts';

export async function clipFile(input: string, options: ClipOfPart): Promise<MadeClip> {
  const start = parseSeconds(options.start);
  const length = parseSeconds(options.length);
  if (length <= 0) throw new UserError('The length is zero.', 'Give it in seconds, e.g. -l 10.', { code: 'usage' });
  const output = options.out ?? `${basename(input, extname(input))} ${timeName(start)}.mp4`;
  if (extname(output).toLowerCase() !== '.mp4')
    throw new UserError('A clip is an MP4 file.', 'Give it a name that ends in .mp4.', { code: 'usage' });
  if (options.master !== undefined && extname(options.master).toLowerCase() !== '.mkv')
    throw new UserError('A master is a Matroska file.', 'Give it a name that ends in .mkv.', { code: 'usage' });
  const maxBytes = mostBytes(options);
  const recordedAt = (await inspectFile(input)).segment?.wallStart;
  if (options.clock && recordedAt === undefined)
    throw new UserError(
      `${basename(input)} does not say when it was recorded, so no clock can be burnt in.`,
      'Leave --clock out.',
      { code: 'usage' },
    );
  const signal = untilAsked();
  const bar = progressLine(options.json ?? false);
  try {
    const result = await renderFileClip(
      {
        input,
        output,
        start,
        length,
        limits: {
          ...(maxBytes === undefined ? {} : { maxBytes }),
          ...(options.height === undefined ? {} : { height: options.height }),
        },
        sound: options.mute ? 'mute' : 'keep',
        ...(options.force ? { force: true } : {}),
        ...(options.master === undefined ? {} : { master: options.master }),
        ...(options.title === undefined ? {} : { title: options.title }),
        ...(options.clock ? { clock: true } : {}),
        ...(recordedAt === undefined ? {} : { wallStart: Date.parse(recordedAt) }),
      },
      { signal, onProgress: (done, stage) => bar.update(done, stage) },
    );
    const { bytes, duration, width, height } = result;
    const notes = [...result.notes];
    if (duration < length - 0.5) notes.unshift(`The file ends ${duration.toFixed(1)} s after the start of the clip.`);
    return {
      file: output,
      bytes,
      duration,
      width,
      height,
      ...(options.master === undefined ? {} : { master: options.master }),
      notes,
    };
  } catch (error) {
    // Ctrl-C may reach the codec process first: its end is then no fault of the file.
    signal.throwIfAborted();
    throw error;
  } finally {
    bar.end();
  }
}

/** `00.01.30`, and `00.01.30.500` where it does not begin with a whole second. */
export function timeName(seconds: number): string {
  const [, time = '', thousandths = ''] =
    /T(.{8})\.(\d{3})Z$/.exec(new Date(Math.round(seconds * 1000)).toISOString()) ?? [];
  const hours = String(Math.floor(seconds / 3600)).padStart(2, '0');
  return `${hours}${time.slice(2).replaceAll(':', '.')}${thousandths === '000' ? '' : `.${thousandths}`}`;
}
