/**
 * `vidette capture`: one stream into one file, until it is stopped.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { refuseExisting } from '../media/finished-file.ts';
import { capture as captureStream } from '../sources/camera/alone/capture.ts';
import { cameraAddress } from './camera-address.ts';
import { parseSeconds } from './duration.ts';
import { megabytes, print, progressLine, say, untilAsked } from './terminal.ts';

export interface CaptureCliOptions {
  readonly for?: string;
  readonly fragmented?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly passwordFile?: string;
}

export async function capture(url: string, out: string, options: CaptureCliOptions): Promise<void> {
  const path = resolve(out);
  const address = await cameraAddress(url, options.passwordFile);
  const seconds = options.for === undefined ? undefined : parseSeconds(options.for);
  await refuseExisting(path, options.force ?? false);
  await mkdir(dirname(path), { recursive: true });
  const line = progressLine(options.json ?? false);
  const enough = new AbortController();
  try {
    const files = await captureStream(address, {
      path,
      force: options.force ?? false,
      fragmented: options.fragmented ?? false,
      signal: AbortSignal.any([untilAsked(), enough.signal]),
      clock: systemClock,
      say: (words) => {
        line.end();
        say(words);
      },
      onProgress: ({ duration, bytes, gaps }) => {
        line.count(`● ${clock(duration)}  ${megabytes(bytes)}${gaps === 0 ? '' : `  gaps: ${gaps}`}`);
        if (seconds !== undefined && duration >= seconds) enough.abort();
      },
    });
    line.end();
    if (options.json) print(JSON.stringify({ files }));
    else
      for (const { file, bytes, duration, pictures, gaps } of files)
        print(
          `${file}  ${clock(duration)}, ${megabytes(bytes)}, ${pictures} pictures${gaps === 0 ? '' : `, gaps: ${gaps}`}`,
        );
  } finally {
    line.end();
  }
}

/** `1:02:03` */
function clock(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}
