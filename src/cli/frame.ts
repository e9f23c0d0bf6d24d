/**
 * `vidette frame`: an always fresh JPEG at one path.
 */
import { resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { silentLog } from '../base/log.ts';
import { FrameFile } from '../sources/camera/alone/frame-file.ts';
import { keepFrame } from '../sources/camera/alone/keep-frame.ts';
import { cameraAddress, isAddress } from './camera-address.ts';
import { parseSeconds } from './duration.ts';
import { hubPictures } from './hub-pictures.ts';
import { say, untilAsked } from './terminal.ts';

export interface FrameOptions {
  readonly every?: boolean;
  readonly key?: boolean;
  readonly once?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly quality: number;
  readonly status?: string;
  readonly stale: string;
  readonly staleAfter: string;
  readonly passwordFile?: string;
}

export async function frame(what: string, path: string, options: FrameOptions): Promise<void> {
  const rate = rateOf(options);
  const { width, height, quality, stale } = options;
  if (quality < 1 || quality > 100) throw usage(`“${quality}” is not a quality.`, 'Write a number from 1 to 100.');
  if (stale !== 'remove' && stale !== 'keep' && stale !== 'mark')
    throw usage(`“${stale}” is nothing that can be done with an old picture.`, 'Write remove, keep or mark.');
  const target = resolve(path);
  const wish = { width, height, quality };
  const fromHub = !isAddress(what);
  const address = fromHub
    ? { url: `hub:${what}`, username: null, password: null }
    : await cameraAddress(what, options.passwordFile);
  const reader = hubPictures({ camera: what, ...wish, every: rate === 'every' });
  await keepFrame(address, new FrameFile(target, resolve(options.status ?? `${path}.json`)), {
    rate,
    // The hub has made them in the size that is wanted.
    wish: fromHub ? { quality } : wish,
    stale,
    staleAfterMs: parseSeconds(options.staleAfter) * 1000,
    clock: systemClock,
    log: silentLog,
    signal: untilAsked(),
    say,
    ...(fromHub ? { readers: { rtsp: reader, ffmpeg: reader } } : {}),
  });
}

function rateOf({ every, key, once }: FrameOptions): 'every' | 'key' | 'once' {
  if ([every, key, once].filter((given) => given === true).length > 1)
    throw usage('Only one of --every, --key and --once can be meant.', 'Leave the others out.');
  if (once === true) return 'once';
  return every === true ? 'every' : 'key';
}

function usage(message: string, remedy: string): UserError {
  return new UserError(message, remedy, { code: 'usage' });
}
