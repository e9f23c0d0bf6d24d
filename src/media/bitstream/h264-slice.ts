/** What H.264 slice headers (ITU-T H.264 section 7.3.3) and picture parameter sets say of the order of pictures. */
import { BitReader } from './bits.ts';
import type { H264Counting } from './h264.ts';
import { toRbsp } from './nal.ts';

/** Of a picture parameter set (section 7.3.2.2), what slice headers need. */
export interface H264Pps {
  readonly id: number;
  readonly spsId: number;
  readonly bottomFieldOrder: boolean;
  readonly defaultRefs: readonly [number, number];
  readonly weightedP: boolean;
  readonly weightedB: boolean;
  readonly redundantCount: boolean;
}

/** Of a slice of a primary coded picture. */
export interface H264Slice {
  readonly idr: boolean;
  readonly reference: boolean;
  readonly frameNum: number;
  readonly field: 'frame' | 'top' | 'bottom';
  readonly lsb: number;
  /** delta_pic_order_cnt_bottom, or delta_pic_order_cnt[0] and [1]. */
  readonly delta: readonly [number, number];
  /** memory_management_control_operation 5: everything before it counts as left behind. */
  readonly resets: boolean;
}

/** Prediction weights of many references take hundreds of bits; no header is longer than this. */
const HEADER_BYTES = 640;

/** @param nal with its header byte. @throws InputError */
export function parseH264Pps(nal: Uint8Array): H264Pps {
  const r = new BitReader(toRbsp(nal.subarray(1, 4096)), 'H.264 PPS');
  const id = r.ue(255);
  const spsId = r.ue(31);
  r.skip(1);
  const bottomFieldOrder = r.flag();
  const groups = r.ue(7) + 1;
  if (groups > 1) skipSliceGroups(r, groups);
  const defaultRefs = [r.ue(31) + 1, r.ue(31) + 1] as const;
  const weightedP = r.flag();
  const weightedB = r.bits(2) === 1;
  r.se();
  r.se();
  r.se();
  r.skip(2);
  return { id, spsId, bottomFieldOrder, defaultRefs, weightedP, weightedB, redundantCount: r.flag() };
}

/** pic_parameter_set_id of a slice. @throws InputError */
export function h264SlicePpsId(nal: Uint8Array): number {
  const r = new BitReader(toRbsp(nal.subarray(1, 32)), 'H.264 slice');
  r.ue();
  r.ue(9);
  return r.ue(255);
}

/** @param nal with its header byte; its first few hundred bytes are enough. @throws InputError */
export function parseH264Slice(nal: Uint8Array, sps: H264Counting, pps: H264Pps): H264Slice {
  const header = nal[0] ?? 0;
  const idr = (header & 0x1f) === 5;
  const reference = (header & 0x60) !== 0;
  const r = new BitReader(toRbsp(nal.subarray(1, HEADER_BYTES)), 'H.264 slice');
  r.ue();
  const type = r.ue(9) % 5;
  r.ue(255);
  if (sps.separatePlanes) r.skip(2);
  const frameNum = r.bits(sps.frameNumBits);
  let field: H264Slice['field'] = 'frame';
  if (!sps.framesOnly && r.flag()) field = r.flag() ? 'bottom' : 'top';
  if (idr) r.ue(65_535);
  let lsb = 0;
  const delta: [number, number] = [0, 0];
  const both = pps.bottomFieldOrder && field === 'frame';
  if (sps.poc.type === 0) {
    lsb = r.bits(sps.poc.lsbBits);
    if (both) delta[0] = r.se();
  } else if (sps.poc.type === 1 && !sps.poc.deltaAlwaysZero) {
    delta[0] = r.se();
    if (both) delta[1] = r.se();
  }
  // What follows is only of interest for a reset, which an IDR picture is anyway.
  const resets = reference && !idr && readReset(r, type, sps, pps);
  return { idr, reference, frameNum, field, lsb, delta, resets };
}

const P = 0;
const B = 1;
const SP = 3;

/** From redundant_pic_cnt to dec_ref_pic_marking (section 7.3.3.3). */
function readReset(r: BitReader, type: number, sps: H264Counting, pps: H264Pps): boolean {
  if (pps.redundantCount) r.ue(127);
  if (type === B) r.skip(1);
  const [first, second] = pps.defaultRefs;
  const refs: [number, number] = [first, second];
  const predicted = type === P || type === B || type === SP;
  if (predicted && r.flag()) {
    refs[0] = r.ue(31) + 1;
    if (type === B) refs[1] = r.ue(31) + 1;
  }
  if (predicted) skipListChanges(r);
  if (type === B) skipListChanges(r);
  if ((pps.weightedP && (type === P || type === SP)) || (pps.weightedB && type === B)) {
    r.ue(7);
    if (sps.chroma) r.ue(7);
    skipWeights(r, refs[0], sps.chroma);
    if (type === B) skipWeights(r, refs[1], sps.chroma);
  }
  if (!r.flag()) return false;
  for (let operations = 0; operations < 70; operations += 1) {
    const operation = r.ue(6);
    if (operation === 0) return false;
    if (operation === 5) return true;
    r.ue();
    if (operation === 3) r.ue();
  }
  throw r.error('too many memory management operations');
}

/** Section 7.3.3.1. */
function skipListChanges(r: BitReader): void {
  if (!r.flag()) return;
  for (let changes = 0; changes < 70; changes += 1) {
    if (r.ue(3) === 3) return;
    r.ue();
  }
  throw r.error('too many changes of a reference list');
}

/** Section 7.3.3.2. */
function skipWeights(r: BitReader, refs: number, chroma: boolean): void {
  for (let at = 0; at < refs; at += 1) {
    if (r.flag()) {
      r.se();
      r.se();
    }
    if (chroma && r.flag()) for (let value = 0; value < 4; value += 1) r.se();
  }
}

/** Section 7.3.2.2. */
function skipSliceGroups(r: BitReader, groups: number): void {
  const type = r.ue(6);
  if (type === 0) for (let at = 0; at < groups; at += 1) r.ue();
  else if (type === 2) for (let at = 0; at < 2 * (groups - 1); at += 1) r.ue();
  else if (type >= 3 && type <= 5) {
    r.skip(1);
    r.ue();
  } else if (type === 6) {
    const bits = Math.ceil(Math.log2(groups));
    r.skip((r.ue(100_000) + 1) * bits);
  }
}
