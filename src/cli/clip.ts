/**
 * `vidette clip`: out of a file, a drive of openpilot or a car's footage, alone; or out of a camera or by the link of a score of osu!, by the hub.
 */
import { stat } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';
import type { NativeProcess } from '../media/codec/native-process.ts';
import { holdsVolume } from '../sources/dashcam/image/recognise.ts';
import { dashcam } from '../sources/dashcam/kind.ts';
import { looksLikeRoute } from '../sources/openpilot/names/parse-route.ts';
import { clipCamera } from './clip-camera.ts';
import { type CarOptions, clipCar } from './clip-car.ts';
import { clipDrive, type DriveOptions } from './clip-drive.ts';
import { clipFile } from './clip-file.ts';
import { clipReplay, looksLikeReplay, type ReplayOptions } from './clip-replay.ts';
import { clipScore, looksLikeScore } from './clip-score.ts';
import { megabytes, print, say } from './terminal.ts';

export interface ClipOptions extends DriveOptions, CarOptions, ReplayOptions {
  readonly start?: string;
  readonly length?: string;
  /** MB of 1,000,000 bytes. */
  readonly max?: number;
  readonly out?: string;
  readonly title?: string;
  readonly clock?: boolean;
  readonly height?: number;
  readonly mute?: boolean;
  readonly master?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** With the part of it that is wanted. */
export type ClipOfPart = ClipOptions & { readonly start: string; readonly length: string };

/** What was made, as `--json` prints it. */
export interface MadeClip {
  /** Path, as the person would write it. */
  readonly file: string;
  readonly bytes: number;
  /** Seconds. */
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  readonly master?: string;
  /** Of drives and cars: bits a second of the pictures, runs of the encoder after the first pass, and the size of that one's pictures. */
  readonly coding?: {
    readonly bitrate: number;
    readonly passes: number;
    readonly firstPass: { readonly width: number; readonly height: number } | null;
  };
  /** What the person should know, in whole sentences. */
  readonly notes: readonly string[];
}

/** @param started for a drive: the process that draws, which starts while this one loads its modules */
export async function clip(
  what: string,
  options: ClipOptions,
  more: readonly string[] = [],
  started?: NativeProcess,
): Promise<void> {
  if (more.length > 0 && !options.knockout)
    throw new UserError(
      `A clip is made of one thing: what is ${more[0]}?`,
      'Several replays are shown at once with --knockout.',
      {
        code: 'usage',
      },
    );
  const made = await makeClip(what, options, more, started);
  if (options.json) return print(JSON.stringify(made));
  for (const note of made.notes) say(note);
  const size = `${megabytes(made.bytes)}, ${made.duration.toFixed(1)} s, ${made.width}×${made.height}`;
  print(`${made.file} (${size})`);
  if (made.master !== undefined) print(made.master);
}

async function makeClip(
  what: string,
  options: ClipOptions,
  more: readonly string[],
  started?: NativeProcess,
): Promise<MadeClip> {
  if (options.data !== undefined || looksLikeRoute(what)) return clipDrive(what, options, started);
  if (looksLikeScore(what)) return clipScore(what, options, more);
  if (looksLikeReplay(what)) return clipReplay(what, options, more);
  const { start, length } = options;
  const there = await kindOf(what);
  if (there === 'car') return clipCar(what, options);
  const isPath = there === 'file';
  if (start === undefined || length === undefined)
    throw new UserError(
      `Which part of ${what} is wanted?`,
      isPath
        ? 'Give a start and a length: -s 90 -l 20.'
        : 'Give a start and a length: -s -5m -l 30 for a camera, -s 90 -l 30 for a drive.',
      { code: 'usage' },
    );
  const part = { ...options, start, length };
  return isPath ? clipFile(what, part) : clipCamera(what, part);
}

/** `car`: a folder of its footage, or an image or a device that holds a drive; undefined: there is no such file. */
async function kindOf(path: string): Promise<'file' | 'car' | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      if (dashcam.isFolder(path)) return 'car';
      throw new UserError(
        `${path} is a folder.`,
        'Name a file in it, or the folder of a car’s footage (an event’s, or TeslaCam).',
        { code: 'usage' },
      );
    }
    return found.isBlockDevice() || holdsVolume(path) ? 'car' : 'file';
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw new UserError(`${path} cannot be read (${code ?? 'unknown reason'}).`, 'Check its permissions.', {
      cause: error,
    });
  }
}
