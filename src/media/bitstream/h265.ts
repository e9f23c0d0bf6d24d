/** H.265 sequence parameter sets (ITU-T H.265 section 7.3.2.2) and the `hvcC` box (ISO/IEC 14496-15 section 8.3.3). */
import { InputError } from '../../base/errors.ts';
import { BitReader } from './bits.ts';
import { toRbsp } from './nal.ts';
import type { SequenceInfo } from './sequence.ts';

export interface H265Sps extends SequenceInfo {
  readonly id: number;
  readonly profileSpace: number;
  readonly highTier: boolean;
  readonly profile: number;
  /** general_profile_compatibility_flags, 32 bits. */
  readonly compatibility: number;
  /** The 48 constraint bits. */
  readonly constraints: Uint8Array;
  /** general_level_idc: 30 times the level. */
  readonly level: number;
  readonly temporalLayers: number;
  readonly temporalNested: boolean;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly separatePlanes: boolean;
  /** Bits of slice_pic_order_cnt_lsb. */
  readonly pocBits: number;
}

/** @param nal the NAL unit, with its two header bytes. @throws InputError */
export function parseH265Sps(nal: Uint8Array): H265Sps {
  if (nal.length > 8192) throw new InputError('H.265 SPS', `${nal.length} bytes are too many`);
  if ((((nal[0] ?? 0) >> 1) & 0x3f) !== 33) throw new InputError('H.265 SPS', 'this is another kind of NAL unit');
  const r = new BitReader(toRbsp(nal.subarray(2)), 'H.265 SPS');
  r.skip(4);
  const subLayers = r.bits(3);
  if (subLayers > 6) throw r.error('too many sub-layers');
  const temporalNested = r.flag();
  const profileSpace = r.bits(2);
  const highTier = r.flag();
  const profile = r.bits(5);
  const compatibility = r.bits(32);
  const constraints = Uint8Array.from({ length: 6 }, () => r.bits(8));
  const level = r.bits(8);
  skipSubLayers(r, subLayers);
  const id = r.ue(15);
  const chromaFormat = r.ue(3);
  const separatePlanes = chromaFormat === 3 && r.flag();
  const planar = separatePlanes || chromaFormat === 0;
  let width = r.ue(65_535);
  let height = r.ue(65_535);
  if (r.flag()) {
    const unitX = !planar && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1;
    const unitY = !planar && chromaFormat === 1 ? 2 : 1;
    width -= unitX * (r.ue(65_535) + r.ue(65_535));
    height -= unitY * (r.ue(65_535) + r.ue(65_535));
  }
  if (width <= 0 || height <= 0) throw r.error('the picture has no size');
  const bitDepthLuma = 8 + r.ue(8);
  const bitDepthChroma = 8 + r.ue(8);
  const pocBits = 4 + r.ue(12);
  const allLayers = r.flag();
  let maxReorder = 0;
  for (let i = allLayers ? 0 : subLayers; i <= subLayers; i += 1) {
    r.ue();
    maxReorder = r.ue(16);
    r.ue();
  }
  const tier = highTier ? 'H' : 'L';
  let used = 6;
  while (used > 0 && constraints[used - 1] === 0) used -= 1;
  const flags = [...constraints.subarray(0, used)].map((byte) => `.${byte.toString(16).toUpperCase()}`).join('');
  const space = ['', 'A', 'B', 'C'][profileSpace] ?? '';
  return {
    id,
    profileSpace,
    highTier,
    profile,
    compatibility,
    constraints,
    level,
    temporalLayers: subLayers + 1,
    temporalNested,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    width,
    height,
    fps: readFps(r, pocBits, chromaFormat),
    maxReorder,
    separatePlanes,
    pocBits,
    codecString: `hvc1.${space}${profile}.${reverseBits(compatibility).toString(16).toUpperCase()}.${tier}${level}${flags}`,
  };
}

/** pps_pic_parameter_set_id of a PPS NAL unit. @throws InputError */
export function h265PpsId(nal: Uint8Array): number {
  return new BitReader(toRbsp(nal.subarray(2, 16)), 'H.265 PPS').ue(63);
}

/** vps_video_parameter_set_id of a VPS NAL unit. @throws InputError */
export function h265VpsId(nal: Uint8Array): number {
  return new BitReader(toRbsp(nal.subarray(2, 16)), 'H.265 VPS').bits(4);
}

/** Body of `hvcC`, for the sample entry `hvc1`: all parameter sets here, none needed in the samples. @throws InputError */
export function buildHvcC(sets: {
  readonly vps: readonly Uint8Array[];
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}): Uint8Array {
  const first = sets.sps[0];
  if (!first || sets.pps.length === 0 || sets.vps.length === 0)
    throw new InputError('H.265 parameter sets', 'VPS, SPS or PPS is missing');
  const sps = parseH265Sps(first);
  const bytes: number[] = [
    1,
    (sps.profileSpace << 6) | (sps.highTier ? 0x20 : 0) | sps.profile,
    ...[24, 16, 8, 0].map((shift) => (sps.compatibility >>> shift) & 0xff),
    ...sps.constraints,
    sps.level,
    0xf0,
    0,
    0xfc,
    0xfc | sps.chromaFormat,
    0xf8 | (sps.bitDepthLuma - 8),
    0xf8 | (sps.bitDepthChroma - 8),
    0,
    0,
    (sps.temporalLayers << 3) | (sps.temporalNested ? 4 : 0) | 3,
    3,
  ];
  for (const [type, units] of [
    [32, sets.vps],
    [33, sets.sps],
    [34, sets.pps],
  ] as const) {
    bytes.push(0x80 | type, units.length >> 8, units.length & 0xff);
    for (const nal of units) {
      if (nal.length > 8192) throw new InputError('H.265 parameter sets', `${nal.length} bytes are too many`);
      bytes.push(nal.length >> 8, nal.length & 0xff, ...nal);
    }
  }
  return Uint8Array.from(bytes);
}

/** The parameter sets inside an `hvcC` body. @throws InputError */
export function parseHvcC(body: Uint8Array): { vps: Uint8Array[]; sps: Uint8Array[]; pps: Uint8Array[] } {
  const found = { vps: [] as Uint8Array[], sps: [] as Uint8Array[], pps: [] as Uint8Array[] };
  const short = (at: number): InputError => new InputError('hvcC', 'the data ends too early', { offset: at });
  if (body.length < 23) throw short(body.length);
  let at = 23;
  for (let array = body[22] ?? 0; array > 0; array -= 1) {
    if (at + 3 > body.length) throw short(at);
    const type = (body[at] ?? 0) & 0x3f;
    const count = ((body[at + 1] ?? 0) << 8) | (body[at + 2] ?? 0);
    at += 3;
    for (let i = 0; i < count; i += 1) {
      const size = ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
      if (at + 2 + size > body.length) throw short(at);
      at += 2 + size;
      const nal = body.subarray(at - size, at);
      if (type === 32) found.vps.push(nal);
      else if (type === 33) found.sps.push(nal);
      else if (type === 34) found.pps.push(nal);
    }
  }
  return found;
}

function skipSubLayers(r: BitReader, subLayers: number): void {
  const present = Array.from({ length: subLayers }, () => [r.flag(), r.flag()] as const);
  if (subLayers > 0) r.skip(2 * (8 - subLayers));
  for (const [profile, level] of present) r.skip((profile ? 88 : 0) + (level ? 8 : 0));
}

function reverseBits(value: number): number {
  let out = 0;
  for (let i = 0; i < 32; i += 1) out = (out << 1) | ((value >>> i) & 1);
  return out >>> 0;
}

/** All between the reordering limits and the VUI timing (annex E.2.1). Broken there is as good as not said. */
function readFps(r: BitReader, pocBits: number, chromaFormat: number): number | undefined {
  try {
    for (let i = 0; i < 6; i += 1) r.ue();
    if (r.flag() && r.flag()) skipScalingLists(r, chromaFormat);
    r.skip(2);
    if (r.flag()) {
      r.skip(8);
      r.ue();
      r.ue();
      r.skip(1);
    }
    skipReferenceSets(r);
    if (r.flag()) r.skip(r.ue(32) * (pocBits + 1));
    r.skip(2);
    if (!r.flag()) return undefined;
    if (r.flag() && r.bits(8) === 255) r.skip(32);
    if (r.flag()) r.skip(1);
    if (r.flag()) {
      r.skip(4);
      if (r.flag()) r.skip(24);
    }
    if (r.flag()) {
      r.ue(5);
      r.ue(5);
    }
    r.skip(3);
    if (r.flag()) for (let i = 0; i < 4; i += 1) r.ue();
    if (!r.flag()) return undefined;
    const units = r.bits(32);
    const fps = r.bits(32) / units;
    return fps > 0.01 && fps < 1000 ? fps : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Section 7.3.4. */
function skipScalingLists(r: BitReader, chromaFormat: number): void {
  for (let size = 0; size < 4; size += 1) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 && chromaFormat !== 3 ? 3 : 1) {
      if (!r.flag()) {
        r.ue();
        continue;
      }
      const count = Math.min(64, 1 << (4 + (size << 1)));
      if (size > 1) r.se();
      for (let i = 0; i < count; i += 1) r.se();
    }
  }
}

/** Section 7.3.7. */
function skipReferenceSets(r: BitReader): void {
  const count = r.ue(64);
  let deltas = 0;
  for (let set = 0; set < count; set += 1) {
    if (set > 0 && r.flag()) {
      r.skip(1);
      r.ue();
      let kept = 0;
      for (let i = 0; i <= deltas; i += 1) {
        const used = r.flag();
        if (used || r.flag()) kept += 1;
      }
      deltas = kept;
      continue;
    }
    const negative = r.ue(16);
    const positive = r.ue(16);
    deltas = negative + positive;
    for (let i = 0; i < deltas; i += 1) {
      r.ue();
      r.skip(1);
    }
  }
}
