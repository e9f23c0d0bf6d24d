/**
 * How the pictures of a camera are coded: what stands in its `avcC` or `hvcC`, and what that tells of the head of each slice.
 */
import { createHash } from 'node:crypto';
import { InputError } from '../../base/errors.ts';
import { type H264Counting, parseAvcC, parseH264Sps } from '../bitstream/h264.ts';
import { type H264Pps, parseH264Pps, parseH264Slice } from '../bitstream/h264-slice.ts';
import { parseH265Sps, parseHvcC } from '../bitstream/h265.ts';
import type { VideoCodec } from '../bitstream/nal.ts';

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
  readonly idr: boolean;
  /** Counts the pictures of a group that others refer to. */
  readonly frameNum: number;
  readonly lsb: number;
}

/** Reads the heads of slices of one coding. */
export class SliceReader {
  readonly coding: Coding;
  readonly #counting: H264Counting | undefined;
  readonly #sets = new Map<number, H264Pps>();

  /** @throws InputError when the description is none */
  constructor(coding: Coding) {
    this.coding = coding;
    if (coding.codec !== 'h264') return;
    const { sps, pps } = parseAvcC(coding.description);
    const [first] = sps;
    if (!first) throw new InputError('avcC', 'it holds no sequence parameter set');
    this.#counting = parseH264Sps(first).counting;
    for (const unit of pps) {
      const set = parseH264Pps(unit);
      this.#sets.set(set.id, set);
    }
  }

  /** Undefined when these bytes are no head of a slice of this coding; also for H.265, whose heads are not read. */
  place(unit: Buffer): SlicePlace | undefined {
    if (!this.#counting) return undefined;
    const set = this.#sets.get(ppsOf(unit));
    if (!set) return undefined;
    try {
      const { idr, frameNum, lsb } = parseH264Slice(unit, this.#counting, set);
      return { idr, frameNum, lsb };
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }

  get readsHeads(): boolean {
    return this.#counting !== undefined;
  }
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

/** Two clips with the same of this are coded alike. */
export const codingId = (coding: Coding): string => createHash('sha256').update(coding.description).digest('hex');

/** Size of the pictures by their own parameter set, which counts more than the box around it. @throws InputError */
export function codedSize(codec: VideoCodec, description: Buffer): { width: number; height: number } {
  const [sps] = codec === 'h264' ? parseAvcC(description).sps : parseHvcC(description).sps;
  if (!sps) throw new InputError('parameter sets', 'there is no sequence parameter set');
  const { width, height } = codec === 'h264' ? parseH264Sps(sps) : parseH265Sps(sps);
  return { width, height };
}
