/** What H.265 slice segment headers (ITU-T H.265 section 7.3.6.1) and picture parameter sets say of the order of pictures. */
import { BitReader } from './bits.ts';
import { nalType, toRbsp } from './nal.ts';

/** Of a picture parameter set (section 7.3.2.3.1), what slice headers need. */
export interface H265Pps {
  readonly id: number;
  readonly spsId: number;
  readonly outputFlag: boolean;
  readonly extraBits: number;
}

/** Of a sequence parameter set, what slice headers need. */
export interface H265Counting {
  /** Bits of slice_pic_order_cnt_lsb. */
  readonly pocBits: number;
  readonly separatePlanes: boolean;
}

/** Of the first slice segment of a picture. */
export interface H265Slice {
  readonly idr: boolean;
  readonly irap: boolean;
  /** slice_pic_order_cnt_lsb. */
  readonly lsb: number;
}

/** @param nal with its two header bytes. @throws InputError */
export function parseH265Pps(nal: Uint8Array): H265Pps {
  const r = new BitReader(toRbsp(nal.subarray(2, 24)), 'H.265 PPS');
  const id = r.ue(63);
  const spsId = r.ue(15);
  r.skip(1);
  return { id, spsId, outputFlag: r.flag(), extraBits: r.bits(3) };
}

/**
 * @param nal with its two header bytes; the first 48 are enough
 * @param setsOf the parameter sets of a pic_parameter_set_id; undefined when they are not known
 * @returns undefined for another slice segment of a picture, or an unknown parameter set
 * @throws InputError
 */
export function parseH265Slice(
  nal: Uint8Array,
  setsOf: (ppsId: number) => { readonly sps: H265Counting; readonly pps: H265Pps } | undefined,
): H265Slice | undefined {
  const type = nalType('h265', nal[0] ?? 0);
  const r = new BitReader(toRbsp(nal.subarray(2, 48)), 'H.265 slice');
  if (!r.flag()) return undefined;
  const irap = type >= 16 && type <= 23;
  const idr = type === 19 || type === 20;
  if (irap) r.skip(1);
  const sets = setsOf(r.ue(63));
  if (!sets) return undefined;
  r.skip(sets.pps.extraBits);
  r.ue(2);
  if (sets.pps.outputFlag) r.skip(1);
  if (sets.sps.separatePlanes) r.skip(2);
  return { idr, irap, lsb: idr ? 0 : r.bits(sets.sps.pocBits) };
}
