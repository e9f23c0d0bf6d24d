/**
 * `vidette clip FILE`: a clip of one local file, alone, without a hub.
 */
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { type CodecOptions, probeFile, renderVideo } from './codec/codec.ts';
import type { RenderLimits, RenderResult } from './codec/plan.ts';
import { publish, refuseExisting, scratchBeside } from './finished-file.ts';

export interface ClipFileOptions {
  readonly input: string;
  readonly output: string;
  /** Overwrite `output` and `master`. */
  readonly force?: boolean;
  /** Seconds after the first picture; 0 when absent. */
  readonly start?: number;
  /** Seconds; to the end when absent. */
  readonly length?: number;
  readonly limits?: RenderLimits;
  /** A lossless Matroska file of the same frames. */
  readonly master?: string;
  readonly title?: string;
  readonly sound?: 'keep' | 'mute';
  /** UTC ms of the file's first picture: gives the clip its creation time, and is burnt in with `clock`. */
  readonly wallStart?: number;
  readonly clock?: boolean;
  /** IANA zone of the clock; that of the machine when absent. */
  readonly timeZone?: string;
}

/**
 * Cuts, and meets the size limit. The output appears whole or not at all, and never over another file without `force`.
 * @throws UserError when the range or the output is wrong, InputError when the file is not what it should be
 */
export async function renderFileClip(options: ClipFileOptions, codec: CodecOptions = {}): Promise<RenderResult> {
  const input = resolve(options.input);
  const output = resolve(options.output);
  const master = options.master === undefined ? undefined : resolve(options.master);
  for (const path of [output, ...(master ? [master] : [])]) await refuseExisting(path, options.force ?? false, input);
  if (master === output)
    throw new UserError('The master would be the clip itself.', 'Give the master another name.', { code: 'conflict' });
  const probe = await probeFile(input, codec.signal ? { signal: codec.signal } : {});
  if (!probe.video)
    throw new UserError(`${basename(input)} has no pictures.`, 'Name a file that holds video.', { code: 'no-video' });
  const start = options.start ?? 0;
  const rest = probe.duration === null ? undefined : probe.duration - start;
  if (rest !== undefined && rest <= 0)
    throw new UserError(
      `${basename(input)} is ${probe.duration?.toFixed(1)} s long; the clip would begin after its end.`,
      'Choose an earlier start.',
    );
  const length = Math.min(options.length ?? Number.POSITIVE_INFINITY, rest ?? Number.POSITIVE_INFINITY);
  if (!Number.isFinite(length) || length <= 0)
    throw new UserError('The length of the clip is not known.', 'Give a length in seconds.');
  const scratch = await scratchBeside(output);
  try {
    const made = join(scratch, 'clip.mp4');
    const lossless = master && join(scratch, 'master.mkv');
    const wallStart = (options.wallStart ?? 0) + start * 1000;
    const result = await renderVideo(
      {
        inputs: [{ name: basename(input), path: input }],
        sources: [{ name: basename(input), pieces: [{ input: 0, from: start, to: start + length, wallStart }] }],
        layout: 'main',
        overlay: {
          ...(options.title === undefined ? {} : { title: options.title }),
          clock: options.clock ?? false,
          timeZone: options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
        },
        limits: options.limits ?? {},
        sound: options.sound ?? 'keep',
        metadata: {
          title: options.title ?? basename(input),
          ...(options.wallStart === undefined ? {} : { createdAt: wallStart }),
        },
        output: made,
        ...(lossless ? { master: lossless } : {}),
        scratch,
      },
      codec,
    );
    if (lossless && master) await publish(lossless, master, options.force ?? false);
    await publish(made, output, options.force ?? false);
    return result;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
