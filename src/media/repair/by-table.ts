/** The pictures that a movie's tables promise, each checked by its own bytes. */
import { readTeslaSei } from '../bitstream/tesla-sei.ts';
import { impossibleInside, NAL_HEAD, nalHeadAt } from '../trail/nal-header.ts';
import type { Bytes } from './bytes.ts';
import { type SlicePlace, SliceReader } from './parameters.ts';
import type { Picture } from './runs.ts';
import type { SampleTable, TableSample } from './sample-table.ts';

const LONGEST = 1 << 24;

export interface TablePictures {
  readonly pictures: readonly Picture[];
  /** Samples whose bytes are pictures, and those whose bytes are not. */
  readonly good: number;
  readonly broken: number;
}

export function picturesByTable(bytes: Bytes, table: SampleTable): TablePictures {
  const reader = new SliceReader(table.coding);
  const pictures: Picture[] = [];
  let broken = 0;
  let afterLoss = false;
  for (const sample of table.samples) {
    const picture = pictureOf(bytes, sample, reader);
    if (picture) pictures.push({ ...picture, afterLoss });
    else {
      broken += 1;
      // What broke this one may reach into its neighbour, unless it begins as it should or was never written.
      const last = pictures.at(-1);
      const begin = bytes.read(sample.at, NAL_HEAD);
      const clear = nalHeadAt(table.coding.codec, begin, 0) !== undefined || begin.every((byte) => byte === 0);
      if (last && !afterLoss && !clear) pictures.splice(-1, 1, { ...last, doubt: true });
    }
    afterLoss = picture === undefined;
  }
  return { pictures, good: pictures.length, broken };
}

function pictureOf(bytes: Bytes, { at, length, key }: TableSample, reader: SliceReader): Picture | undefined {
  const { codec } = reader.coding;
  if (length < 6 || length > LONGEST || at < 0 || at + length > bytes.size) return undefined;
  const sample = bytes.read(at, length);
  let sequence: number | undefined;
  let place: SlicePlace | undefined;
  let slices = 0;
  let next = 0;
  while (next < length) {
    const head = nalHeadAt(codec, sample, next);
    const end = next + 4 + (head?.length ?? 0);
    if (!head || end > length || impossibleInside(sample, next + 4, end) >= 0 || sample[end - 1] === 0)
      return undefined;
    const unit = sample.subarray(next + 4, end);
    if (codec === 'h264' && head.type === 6) sequence = readTeslaSei(unit)?.sequence ?? sequence;
    if (head.slice) {
      slices += 1;
      if (head.first) {
        place = reader.place(unit.subarray(0, 64));
        if (!place || place.key !== head.key) return undefined;
      }
    }
    next = end;
  }
  if (slices === 0) return undefined;
  return { pieces: [{ at, end: at + length }], key, sequence, place, doubt: false, afterLoss: false };
}
