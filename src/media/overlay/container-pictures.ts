/** Pictures of a file with times (MPEG-TS, MP4 …) by their number in order of time. */
import { InputFile, secondsOf } from '../codec/input-file.ts';
import { measureInput } from '../codec/measure.ts';
import { newPacket } from '../codec/native.ts';
import { PictureReader } from '../codec/picture-reader.ts';
import type { RenderInput } from '../codec/plan.ts';
import type { NumberedPictures, PictureTable, ShownPicture } from './numbered-pictures.ts';

export class ContainerPictures implements NumberedPictures {
  readonly count: number;
  /** Seconds after the first picture. */
  private readonly times: readonly number[];
  private readonly reader: PictureReader;

  constructor(input: RenderInput & { readonly table?: PictureTable }) {
    const { table } = input;
    this.times = table?.times ?? pictureTimes(input);
    this.count = this.times.length;
    const end = this.times.at(-1) ?? 0;
    // Of a file whose table is known only the beginning is looked at.
    const measure = measureInput(input, 0, table ? 0 : end + 1);
    this.reader = new PictureReader(input, table ? { ...measure, keys: table.keys } : measure);
  }

  at(number: number): ShownPicture {
    // A quarter of a millisecond of room for rounding of time stamps.
    const wanted = this.times[Math.min(number, this.count - 1)] ?? 0;
    const { frame, time } = this.reader.at(wanted + 2.5e-4);
    return { frame, number: numberOf(this.times, time) };
  }

  close(): void {
    this.reader.close();
  }
}

const MOST_PICTURES = 1_000_000;

/** Times of the pictures in seconds after the first, in order. Nothing is decoded. */
export function pictureTimes(input: RenderInput): number[] {
  const file = new InputFile(input, { video: true, audio: false });
  try {
    const { video } = file;
    const times: number[] = [];
    using packet = newPacket();
    while (video && times.length < MOST_PICTURES && file.read(packet)) {
      if (packet.streamIndex !== video.index) continue;
      const time = secondsOf(packet.pts, video) ?? secondsOf(packet.dts, video);
      if (time !== undefined) times.push(time);
    }
    times.sort((a, b) => a - b);
    const [first = 0] = times;
    return times.map((time) => time - first);
  } finally {
    file.close();
  }
}

/** The number of the picture whose time is nearest. */
function numberOf(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < time - 2.5e-4) low = middle + 1;
    else high = middle;
  }
  return low;
}
