/**
 * The telemetry of a clip, picture by picture. A message belongs to the next picture that begins behind it in the stream, and has that picture's time:
 * not every picture has one, so their order says nothing.
 */
import { type CarTelemetry, readTeslaSei } from '../../../media/bitstream/tesla-sei.ts';
import { fileBoxesOf } from '../../../media/mp4/file-boxes.ts';
import type { PlainTrack } from '../../../media/mp4/plain-movie.ts';
import { type RandomReader, ReadWindow } from '../../../media/mp4/random-reader.ts';
import { NAL_HEAD, nalHeadAt } from '../../../media/trail/nal-header.ts';
import { clipFacts } from '../layout/clip-facts.ts';

export interface TelemetryPicture {
  /** Counted from 0 over all pictures of the clip, with and without telemetry. */
  readonly picture: number;
  /** Seconds from the clip's start; null when its table of times is lost. */
  readonly time: number | null;
  readonly telemetry: CarTelemetry;
}

export interface ClipTelemetry {
  readonly pictures: readonly TelemetryPicture[];
  /** Pictures of the clip. */
  readonly total: number;
}

const BLOCK = 1 << 20;
/** Ten minutes at 36 pictures a second: more than any clip. */
const MOST_PICTURES = 21_600;
const MOST_SEI = 4096;

/**
 * Never fails on what the clip holds.
 * @param most pictures that are looked at
 */
export async function readTelemetry(
  reader: RandomReader,
  signal?: AbortSignal,
  most: number = MOST_PICTURES,
): Promise<ClipTelemetry> {
  const { movie } = await clipFacts(reader);
  const track = movie?.tracks.find((one) => one.handler === 'vide');
  const found = new Collector(most);
  const window = new ReadWindow(reader, reader.size, BLOCK);
  if (track && track.samples.count > 0) await bySamples(track, window, found, signal);
  else await byData(reader, window, found, signal);
  return { pictures: found.pictures, total: found.total };
}

class Collector {
  readonly pictures: TelemetryPicture[] = [];
  total = 0;
  #pending: CarTelemetry | undefined;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.total >= this.#most;
  }

  message(unit: Buffer): void {
    this.#pending = readTeslaSei(unit) ?? this.#pending;
  }

  picture(time: number | null): void {
    if (this.#pending) this.pictures.push({ picture: this.total, time, telemetry: this.#pending });
    this.#pending = undefined;
    this.total += 1;
  }
}

async function bySamples(
  { samples, timescale, coding }: PlainTrack,
  window: ReadWindow,
  found: Collector,
  signal: AbortSignal | undefined,
): Promise<void> {
  const codec = coding === 'hvc1' || coding === 'hev1' ? 'h265' : 'h264';
  for (let sample = 0; sample < samples.count && !found.full; sample += 1) {
    signal?.throwIfAborted();
    const bytes = await window.view(samples.offsets[sample] ?? 0, samples.sizes[sample] ?? 0);
    if (!bytes) continue;
    for (let at = 0; at + 6 <= bytes.length; ) {
      const head = nalHeadAt(codec, bytes, at);
      if (!head || at + 4 + head.length > bytes.length) break;
      if (head.type === 6 && codec === 'h264') found.message(bytes.subarray(at + 4, at + 4 + head.length));
      if (head.slice && head.first) found.picture((samples.times[sample] ?? 0) / timescale);
      at += 4 + head.length;
    }
  }
}

/** A clip without its tables: unit by unit as far as one follows the other. */
async function byData(
  reader: RandomReader,
  window: ReadWindow,
  found: Collector,
  signal: AbortSignal | undefined,
): Promise<void> {
  const data = (await fileBoxesOf(reader)).boxes.find((box) => box.type === 'mdat');
  if (!data) return;
  for (let at = data.start + data.head; at + NAL_HEAD <= reader.size && !found.full; ) {
    signal?.throwIfAborted();
    const bytes = await window.view(at, NAL_HEAD);
    const head = bytes && nalHeadAt('h264', bytes, 0);
    if (!head) return;
    if (head.type === 6 && head.length <= MOST_SEI) {
      const unit = await window.view(at + 4, head.length);
      if (unit) found.message(unit);
    }
    if (head.slice && head.first) found.picture(null);
    at += 4 + head.length;
  }
}
