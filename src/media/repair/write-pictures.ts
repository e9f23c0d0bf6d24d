/** A playable file of pictures that lie in pieces in another: an ordinary MP4, `moov` first, coded bytes as they are. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import { parseAvcC, parseH264Sps } from '../bitstream/h264.ts';
import { parseH265Sps, parseHvcC } from '../bitstream/h265.ts';
import { VIDEO_TRACK } from '../mp4/box.ts';
import { flatMovieHead } from '../mp4/flat-movie.ts';
import { FlatTrack } from '../mp4/flat-track.ts';
import { initSegment } from '../mp4/init.ts';
import type { Bytes } from './bytes.ts';
import type { Coding } from './parameters.ts';
import type { Piece } from './stitched.ts';

export interface TimedPicture {
  readonly pieces: readonly Piece[];
  readonly key: boolean;
  /** Seconds. */
  readonly duration: number;
}

/** @param created UTC ms @returns seconds of the file */
export function writePictures(
  path: string,
  source: Bytes,
  pictures: readonly TimedPicture[],
  coding: Coding,
  created: number,
  onPicture: (index: number) => void,
): number {
  const table = new FlatTrack();
  let dataBytes = 0;
  let ticks = 0;
  let seconds = 0;
  for (const { pieces, key, duration } of pictures) {
    const size = pieces.reduce((sum, { at, end }) => sum + end - at, 0);
    seconds += duration;
    // From the sum, so that rounding does not add up.
    const until = Math.round(seconds * VIDEO_TIMESCALE);
    table.chunk(dataBytes, [{ size, duration: Math.max(1, until - ticks), offset: 0, key }]);
    ticks = Math.max(ticks + 1, until);
    dataBytes += size;
  }
  const { codec, description, width, height } = coding;
  const init = initSegment({ video: { codec, description, width, height, codecString: codecString(coding) } });
  const head = flatMovieHead({
    init,
    timescale: VIDEO_TIMESCALE,
    dataBytes,
    tracks: [{ id: VIDEO_TRACK, table, edit: { empty: 0, mediaTime: 0, duration: ticks } }],
    created,
  });
  const file = openSync(path, 'wx', 0o644);
  try {
    writeAll(file, head);
    for (const [index, { pieces }] of pictures.entries()) {
      for (const { at, end } of pieces) writeAll(file, source.read(at, end - at));
      onPicture(index);
    }
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
  return ticks / VIDEO_TIMESCALE;
}

function codecString({ codec, description }: Coding): string {
  const [sps] = codec === 'h264' ? parseAvcC(description).sps : parseHvcC(description).sps;
  if (!sps) return '';
  return codec === 'h264' ? parseH264Sps(sps).codecString : parseH265Sps(sps).codecString;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
}
