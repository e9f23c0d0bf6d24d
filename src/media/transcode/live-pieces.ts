/**
 * Takes the pieces of a live track apart again: an init segment, then fragments of one access unit each (`media/mp4/fragment.ts`).
 */
import { InputError } from '../../base/errors.ts';
import { VIDEO_TIMESCALE } from '../../base/units.ts';
import { findBox } from '../mp4/box.ts';
import { type MovieTrack, parseMovie, pictureCoding } from '../mp4/movie.ts';
import { fragmentHeadBytes, sampleRuns } from '../mp4/sample-run.ts';
import type { CodedPicture, CodedStream } from './messages.ts';

const NAME = 'live stream';

export class LivePieces {
  readonly stream: CodedStream;
  readonly #tracks: readonly MovieTrack[];
  readonly #video: number;

  /** @param init `ftyp` and `moov` @throws InputError */
  constructor(init: Buffer) {
    const moov = findBox(init, 'moov', NAME);
    if (!moov) throw new InputError(NAME, 'it does not begin with an init segment');
    this.#tracks = parseMovie(moov, NAME);
    const video = this.#tracks.find((track) => track.kind === 'video');
    if (video === undefined || video.timescale !== VIDEO_TIMESCALE)
      throw new InputError(NAME, 'its pictures are not timed as Vidette times them');
    this.#video = video.id;
    this.stream = pictureCoding(moov, NAME);
  }

  /** The pictures of a fragment; none where it is sound. @throws InputError */
  pictures(fragment: Buffer): CodedPicture[] {
    const head = fragmentHeadBytes(fragment, NAME);
    if (head === undefined || head > fragment.length) throw new InputError(NAME, 'a fragment is cut off');
    const found: CodedPicture[] = [];
    for (const run of sampleRuns(fragment.subarray(0, head), fragment.length, this.#tracks, NAME)) {
      if (run.trackId !== this.#video) continue;
      let time = run.baseTime;
      for (const { at, size, duration, offset, key } of run.samples) {
        found.push({ key, pts: time + offset, data: fragment.subarray(at, at + size) });
        time += duration;
      }
    }
    return found;
  }
}
