/** In which order the pictures of a stream are shown, from its bits: ITU-T H.264 section 8.2.1, H.265 section 8.3.1. */
import { InputError } from '../../base/errors.ts';
import { type H264Counting, parseH264Sps } from './h264.ts';
import { type H264Pps, type H264Slice, h264SlicePpsId, parseH264Pps, parseH264Slice } from './h264-slice.ts';
import { parseH265Sps } from './h265.ts';
import { type H265Counting, type H265Pps, parseH265Pps, parseH265Slice } from './h265-slice.ts';
import { nalType, type VideoCodec } from './nal.ts';

/** Pictures of a lower sequence are shown before all of a higher one; within one, those of a lower count. */
export interface PictureOrder {
  /** Grows where the count starts anew. */
  readonly sequence: number;
  readonly count: number;
}

export interface OrderReader {
  /** Parameter sets; those that are broken are left out. */
  learn(nal: Uint8Array): void;
  /**
   * The order of one access unit, to be called for each in decoding order.
   * @param slices its slice NAL units, with their headers; the beginning of each is enough
   * @returns undefined where it cannot be read
   */
  read(slices: Iterable<Uint8Array>): PictureOrder | undefined;
}

export function orderReader(codec: VideoCodec): OrderReader {
  return codec === 'h264' ? new H264Order() : new H265Order();
}

/** Broken bits are as good as none. */
function orNothing<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

interface Counts {
  readonly top: number;
  readonly bottom: number;
}

class H264Order implements OrderReader {
  readonly #sps = new Map<number, H264Counting>();
  readonly #pps = new Map<number, H264Pps>();
  #sequence = 0;
  /** Of the reference picture before (type 0). */
  #previous = { msb: 0, lsb: 0 };
  /** Of the picture before (type 1 and 2). */
  #frameNum = 0;
  #frameNumOffset = 0;

  learn(nal: Uint8Array): void {
    const type = nalType('h264', nal[0] ?? 0);
    const sps = type === 7 ? orNothing(() => parseH264Sps(nal)) : undefined;
    const pps = type === 8 ? orNothing(() => parseH264Pps(nal)) : undefined;
    if (sps) this.#sps.set(sps.id, sps.counting);
    if (pps) this.#pps.set(pps.id, pps);
  }

  read(slices: Iterable<Uint8Array>): PictureOrder | undefined {
    let sequence = this.#sequence;
    let count: number | undefined;
    let before: H264Slice | undefined;
    for (const nal of slices) {
      // Only the first slice of a frame or field is looked at: first_mb_in_slice = ue(0) is a leading one.
      if (before !== undefined && ((nal[1] ?? 0) & 0x80) === 0) continue;
      const found = orNothing(() => this.#parse(nal));
      if (!found) continue;
      const { slice, sps } = found;
      if (before?.field === slice.field) continue;
      if (slice.idr && !before?.idr) this.#sequence += 1;
      const counts = this.#count(slice, sps);
      if (slice.resets) this.#sequence += 1;
      const own = slice.field === 'top' ? counts.top : slice.field === 'bottom' ? counts.bottom : least(counts);
      count = count === undefined || sequence !== this.#sequence ? own : Math.min(count, own);
      sequence = this.#sequence;
      before = slice;
    }
    return count === undefined ? undefined : { sequence, count };
  }

  #parse(nal: Uint8Array): { slice: H264Slice; sps: H264Counting } | undefined {
    const pps = this.#pps.get(h264SlicePpsId(nal));
    const sps = pps && this.#sps.get(pps.spsId);
    return pps && sps ? { slice: parseH264Slice(nal, sps, pps), sps } : undefined;
  }

  #count(slice: H264Slice, sps: H264Counting): Counts {
    const { poc } = sps;
    const counts = poc.type === 0 ? this.#byLsb(slice, poc.lsbBits) : this.#byFrameNum(slice, sps, poc);
    if (!slice.resets) return counts;
    // "tempPicOrderCnt": afterwards the picture counts from 0.
    const zero = slice.field === 'frame' ? least(counts) : slice.field === 'top' ? counts.top : counts.bottom;
    const shifted = { top: counts.top - zero, bottom: counts.bottom - zero };
    this.#previous = { msb: 0, lsb: slice.field === 'bottom' ? 0 : shifted.top };
    this.#frameNum = 0;
    this.#frameNumOffset = 0;
    return shifted;
  }

  /** Section 8.2.1.1. */
  #byLsb(slice: H264Slice, lsbBits: number): Counts {
    if (slice.idr) this.#previous = { msb: 0, lsb: 0 };
    const { msb: before, lsb: last } = this.#previous;
    const range = 2 ** lsbBits;
    let msb = before;
    if (slice.lsb < last && last - slice.lsb >= range / 2) msb += range;
    else if (slice.lsb > last && slice.lsb - last > range / 2) msb -= range;
    if (slice.reference) this.#previous = { msb, lsb: slice.lsb };
    const top = msb + slice.lsb;
    return { top, bottom: slice.field === 'frame' ? top + slice.delta[0] : top };
  }

  /** Sections 8.2.1.2 and 8.2.1.3. */
  #byFrameNum(slice: H264Slice, sps: H264Counting, poc: Exclude<H264Counting['poc'], { type: 0 }>): Counts {
    if (slice.idr) this.#frameNumOffset = 0;
    else if (this.#frameNum > slice.frameNum) this.#frameNumOffset += 2 ** sps.frameNumBits;
    this.#frameNum = slice.frameNum;
    const absolute = this.#frameNumOffset + slice.frameNum;
    if (poc.type === 2) {
      const count = slice.idr ? 0 : 2 * absolute - (slice.reference ? 0 : 1);
      return { top: count, bottom: count };
    }
    const { offsets } = poc;
    const length = offsets.length;
    let number = length === 0 ? 0 : absolute;
    if (!slice.reference && number > 0) number -= 1;
    let expected = 0;
    if (number > 0) {
      const cycles = Math.floor((number - 1) / length);
      expected = cycles * offsets.reduce((sum, offset) => sum + offset, 0);
      for (let at = 0; at <= (number - 1) % length; at += 1) expected += offsets[at] ?? 0;
    }
    if (!slice.reference) expected += poc.offsetForNonRef;
    const top = expected + slice.delta[0];
    if (slice.field === 'bottom') return { top, bottom: expected + poc.offsetTopToBottom + slice.delta[0] };
    return { top, bottom: top + poc.offsetTopToBottom + slice.delta[1] };
  }
}

function least({ top, bottom }: Counts): number {
  return Math.min(top, bottom);
}

class H265Order implements OrderReader {
  readonly #sps = new Map<number, H265Counting>();
  readonly #pps = new Map<number, H265Pps>();
  #sequence = 0;
  #started = false;
  /** slice_pic_order_cnt_lsb and PicOrderCntMsb of the picture before with TemporalId 0 that others may refer to. */
  #previous = { msb: 0, lsb: 0 };

  learn(nal: Uint8Array): void {
    const type = nalType('h265', nal[0] ?? 0);
    const sps = type === 33 ? orNothing(() => parseH265Sps(nal)) : undefined;
    const pps = type === 34 ? orNothing(() => parseH265Pps(nal)) : undefined;
    if (sps) this.#sps.set(sps.id, sps);
    if (pps) this.#pps.set(pps.id, pps);
  }

  read(slices: Iterable<Uint8Array>): PictureOrder | undefined {
    for (const nal of slices) {
      const found = orNothing(() => this.#read(nal));
      if (found) return found;
    }
    return undefined;
  }

  /** Section 7.3.6.1, up to slice_pic_order_cnt_lsb, and section 8.3.1. Undefined for another slice of a picture, or an unknown PPS. */
  #read(nal: Uint8Array): PictureOrder | undefined {
    const type = nalType('h265', nal[0] ?? 0);
    const temporalId = ((nal[1] ?? 0) & 7) - 1;
    let range = 0;
    const slice = parseH265Slice(nal, (id) => {
      const pps = this.#pps.get(id);
      const sps = pps && this.#sps.get(pps.spsId);
      if (!pps || !sps) return undefined;
      range = 2 ** sps.pocBits;
      return { sps, pps };
    });
    if (!slice) return undefined;
    const { idr, irap, lsb } = slice;
    // NoRaslOutputFlag: IDR, BLA, or a CRA picture at the beginning.
    const first = irap && (idr || type <= 18 || !this.#started);
    if (first) this.#sequence += 1;
    this.#started ||= irap;
    const { msb: before, lsb: last } = this.#previous;
    let msb = first ? 0 : before;
    if (!first && lsb < last && last - lsb >= range / 2) msb += range;
    else if (!first && lsb > last && lsb - last > range / 2) msb -= range;
    // RADL, RASL (6 to 9) and sub-layer non-reference pictures (even types below 15) are nobody's measure.
    const measure = temporalId === 0 && !(type >= 6 && type <= 9) && !(type < 15 && type % 2 === 0);
    if (measure) this.#previous = { msb, lsb };
    return { sequence: this.#sequence, count: msb + lsb };
  }
}
