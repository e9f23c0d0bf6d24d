/**
 * How the pictures of a camera are coded: what stands in its `avcC` or `hvcC`, and what that tells of the head of each slice.
 */
import { createHash } from 'node:crypto';
import { InputError } from '../../base/errors.ts';
import { parseAvcC, parseH264Sps } from '../bitstream/h264.ts';
import { parseH264Pps, parseH264Slice } from '../bitstream/h264-slice.ts';
import { parseH265Sps, parseHvcC } from '../bitstream/h265.ts';
import { parseH265Pps, parseH265Slice } from '../bitstream/h265-slice.ts';
import type { VideoCodec } from '../bitstream/nal.ts';
import type { KnownCoding } from './task.ts';

export interface Coding {
  readonly codec: VideoCodec;
  /** Body of `avcC` or `hvcC`. */
  readonly description: Buffer;
  readonly width: number;
  readonly height: number;
  /** Pictures a second and ticks a second of its track. */
  readonly fps: number;
  readonly timescale: number;
}

/** What the head of a slice says of its place in the group of pictures. */
export interface SlicePlace {
  /** The picture stands for itself. */
  readonly key: boolean;
  /** Counts the pictures of a group: frame_num of H.264 (those that others refer to), slice_pic_order_cnt_lsb of H.265. */
  readonly number: number;
  /** `number` begins again at 0 after so many. */
  readonly cycle: number;
  /** A second counter, which goes twice as fast in recordings without B-frames that have it (pic_order_cnt_lsb of H.264). */
  readonly twice: number;
}

/** Reads the heads of slices of one coding. */
export class SliceReader {
  readonly coding: Coding;
  readonly #place: (unit: Buffer) => SlicePlace | undefined;

  /** @throws InputError when the description is none */
  constructor(coding: Coding) {
    this.coding = coding;
    this.#place = coding.codec === 'h264' ? h264Places(coding.description) : h265Places(coding.description);
  }

  /** Of the first slice of a picture; undefined when these bytes are no head of a slice of this coding. */
  place(unit: Buffer): SlicePlace | undefined {
    try {
      return this.#place(unit);
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }
}

function h264Places(description: Buffer): (unit: Buffer) => SlicePlace | undefined {
  const { sps, pps } = parseAvcC(description);
  const [first] = sps;
  if (!first) throw new InputError('avcC', 'it holds no sequence parameter set');
  const { counting } = parseH264Sps(first);
  const sets = new Map(pps.map((unit) => parseH264Pps(unit)).map((set) => [set.id, set]));
  return (unit) => {
    const set = sets.get(ppsOf(unit));
    if (!set) return undefined;
    const { idr, frameNum, lsb } = parseH264Slice(unit, counting, set);
    return { key: idr, number: frameNum, cycle: 1 << counting.frameNumBits, twice: lsb };
  };
}

function h265Places(description: Buffer): (unit: Buffer) => SlicePlace | undefined {
  const { sps, pps } = parseHvcC(description);
  const [first] = sps;
  if (!first) throw new InputError('hvcC', 'it holds no sequence parameter set');
  const counting = parseH265Sps(first);
  const sets = new Map(pps.map((unit) => parseH265Pps(unit)).map((set) => [set.id, set]));
  return (unit) => {
    const slice = parseH265Slice(unit, (id) => {
      const set = sets.get(id);
      return set && { sps: counting, pps: set };
    });
    return slice && { key: slice.irap, number: slice.lsb, cycle: 1 << counting.pocBits, twice: 2 * slice.lsb };
  };
}

/** pic_parameter_set_id without a copy; -1 when the codes are too long to be one. */
function ppsOf(unit: Buffer): number {
  let bit = 8;
  let value = -1;
  for (let code = 0; code < 3; code += 1) {
    let zeros = 0;
    while (zeros < 20 && (((unit[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 0) {
      zeros += 1;
      bit += 1;
    }
    value = 0;
    for (let left = 0; left <= zeros; left += 1, bit += 1)
      value = value * 2 + (((unit[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    value -= 1;
  }
  return value <= 255 ? value : -1;
}

/** As it is kept and sent: plain JSON. */
export const keptCoding = (coding: Coding): KnownCoding => ({
  ...coding,
  description: coding.description.toString('base64'),
});

export const codingOfKept = (kept: KnownCoding): Coding => ({
  ...kept,
  description: Buffer.from(kept.description, 'base64'),
});

/** Two clips with the same of this are coded alike. */
export const codingId = (coding: Coding): string => createHash('sha256').update(coding.description).digest('hex');

/** Size of the pictures by their own parameter set, which counts more than the box around it. @throws InputError */
export function codedSize(codec: VideoCodec, description: Buffer): { width: number; height: number } {
  const [sps] = codec === 'h264' ? parseAvcC(description).sps : parseHvcC(description).sps;
  if (!sps) throw new InputError('parameter sets', 'there is no sequence parameter set');
  const { width, height } = codec === 'h264' ? parseH264Sps(sps) : parseH265Sps(sps);
  return { width, height };
}

/** Pictures from one place to a later one of the same group, 0 for the same; where the counter has begun again, the fewest that it can be. */
export function placesBetween(one: SlicePlace, next: SlicePlace): number {
  return (next.number - one.number + next.cycle) % next.cycle;
}
