/** Small films as a device makes them, by FFmpeg: 526 × 330, H.264 at 20 pictures a second in MPEG-TS, with sound where it is switched on. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const filmsCanBeMade = existsSync('/usr/bin/ffmpeg') || Boolean(process.env.CI);
export const whyNoFilms = 'FFmpeg is not installed (Debian: ffmpeg)';

/** @param from seconds of the test picture's clock at which it begins: minutes of a drive differ */
export function makeFilm(path: string, options: { seconds: number; from?: number; sound?: boolean }): void {
  const { seconds, from = 0, sound = true } = options;
  const result = spawnSync(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', '-y'],
      ...['-f', 'lavfi', '-i', `testsrc2=size=526x330:rate=20:duration=${from + seconds}`],
      ...(sound ? ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=16000:duration=${from + seconds}`] : []),
      ...['-ss', String(from), '-t', String(seconds)],
      ...['-c:v', 'libx264', '-preset', 'superfast', '-profile:v', 'high', '-g', '15', '-bf', '0', '-b:v', '256k'],
      ...['-pix_fmt', 'yuv420p', ...(sound ? ['-c:a', 'aac', '-ac', '1', '-b:a', '32k'] : [])],
      ...['-output_ts_offset', '584.98', '-f', 'mpegts', path],
    ],
    { encoding: 'utf8' },
  );
  if (result.status !== 0) throw new Error(`ffmpeg: ${result.stderr}`);
}
