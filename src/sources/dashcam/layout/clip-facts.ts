/**
 * What a clip says of itself, from its boxes and its first picture: enough to tell when it was taken, and perhaps by which camera.
 */
import { InputError } from '../../../base/errors.ts';
import { readTeslaSei } from '../../../media/bitstream/tesla-sei.ts';
import { type FileBoxes, fileBoxesOf } from '../../../media/mp4/file-boxes.ts';
import { dataOf, type PlainMovie, readMovieHead, readPlainMovie } from '../../../media/mp4/plain-movie.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { NAL_HEAD, nalHeadAt } from '../../../media/trail/nal-header.ts';

export interface ClipFacts {
  /** UTC ms of the first picture, by `mvhd`; undefined when it is lost. */
  readonly utc: number | undefined;
  /** Seconds; 0 when the movie box is lost. */
  readonly duration: number;
  /** Pixels; 0 when not known. */
  readonly width: number;
  readonly height: number;
  /** Sample entry: `avc1`, `hvc1`, `mp4v`; undefined when not known. */
  readonly coding: string | undefined;
  /** Sequence number of the telemetry of the first picture. */
  readonly sequence: number | undefined;
  readonly movie: PlainMovie | undefined;
  /** Boxes that tile it, with data and movie, and every sample inside. */
  readonly complete: boolean;
}

/** What is needed to name and to keep it. */
export type ClipHead = Omit<ClipFacts, 'movie' | 'coding'>;

/** Memory for {@link clipHead}: the tables of a clip have some tens of kilobytes. */
export const headScratch = (): Buffer => Buffer.allocUnsafeSlow(1 << 18);

/**
 * A part of the facts, without the tables of its pictures: those of a full drive are hundreds of megabytes. Never fails on what the clip holds.
 * @param scratch used meanwhile
 */
export async function clipHead(reader: RandomReader, scratch: Buffer): Promise<ClipHead> {
  const file = await fileBoxesOf(reader);
  const movie = await unlessWrong(readMovieHead(reader, file, scratch));
  const video = movie?.tracks.find((track) => track.handler === 'vide');
  return {
    utc: movie?.created,
    duration: movie?.duration ?? 0,
    complete: file.state === 'whole' && file.end === reader.size && movie?.complete === true,
    width: video?.width ?? 0,
    height: video?.height ?? 0,
    sequence: await firstSequence(reader, file),
  };
}

/** Never fails on what the clip holds. */
export async function clipFacts(reader: RandomReader): Promise<ClipFacts> {
  const file = await fileBoxesOf(reader);
  const movie = await unlessWrong(readPlainMovie(reader));
  const video = movie?.tracks.find((track) => track.handler === 'vide');
  return {
    utc: movie?.created,
    duration: movie?.duration ?? 0,
    width: video?.width ?? 0,
    height: video?.height ?? 0,
    coding: video?.coding,
    sequence: await firstSequence(reader, file),
    movie,
    complete: file.state === 'whole' && file.end === reader.size && movie !== undefined && isInside(movie, reader.size),
  };
}

async function unlessWrong<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Whether every sample lies in the data. */
function isInside(movie: PlainMovie, size: number): boolean {
  const data = dataOf(movie.file, size);
  return movie.tracks.every(({ samples }) => {
    for (let at = 0; at < samples.count; at += 1) {
      const from = samples.offsets[at] ?? 0;
      const end = from + (samples.sizes[at] ?? 0);
      if (!data.some((span) => from >= span.from && end <= span.to)) return false;
    }
    return true;
  });
}

/** The first units of the data: telemetry stands before the first picture. */
async function firstSequence(reader: RandomReader, file: FileBoxes): Promise<number | undefined> {
  const data = file.boxes.find((box) => box.type === 'mdat');
  if (!data) return undefined;
  const bytes = Buffer.from(await reader.read(data.start + data.head, 2048));
  for (let at = 0; at + NAL_HEAD <= bytes.length; ) {
    const head = nalHeadAt('h264', bytes, at);
    if (!head || head.slice) return undefined;
    const found = readTeslaSei(bytes.subarray(at + 4, at + 4 + head.length));
    if (found) return found.sequence;
    at += 4 + head.length;
  }
  return undefined;
}
