/** H.264 sequence parameter sets (ITU-T H.264 section 7.3.2.1.1) and the `avcC` box (ISO/IEC 14496-15 section 5.3.3). */
import { InputError } from '../../base/errors.ts';
import { BitReader } from './bits.ts';
import { toRbsp } from './nal.ts';
import type { SequenceInfo } from './sequence.ts';

/** What of a sequence parameter set slice headers and picture order counts need. */
export interface H264Counting {
  readonly separatePlanes: boolean;
  readonly chroma: boolean;
  readonly frameNumBits: number;
  /** pic_order_cnt_type, with what belongs to it. */
  readonly poc:
    | { readonly type: 0; readonly lsbBits: number }
    | {
        readonly type: 1;
        readonly deltaAlwaysZero: boolean;
        readonly offsetForNonRef: number;
        readonly offsetTopToBottom: number;
        readonly offsets: readonly number[];
      }
    | { readonly type: 2 };
  readonly framesOnly: boolean;
}

export interface H264Sps extends SequenceInfo {
  readonly counting: H264Counting;
  readonly id: number;
  readonly profile: number;
  /** constraint_set flags, as they stand in the byte. */
  readonly constraints: number;
  readonly level: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
}

const PROFILES_WITH_CHROMA = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** @param nal the NAL unit, with its header byte. @throws InputError */
export function parseH264Sps(nal: Uint8Array): H264Sps {
  if (nal.length > 4096) throw new InputError('H.264 SPS', `${nal.length} bytes are too many`);
  if (((nal[0] ?? 0) & 0x1f) !== 7) throw new InputError('H.264 SPS', 'this is another kind of NAL unit');
  const r = new BitReader(toRbsp(nal.subarray(1)), 'H.264 SPS');
  const profile = r.bits(8);
  const constraints = r.bits(8);
  const level = r.bits(8);
  const id = r.ue(31);
  let chromaFormat = 1;
  let bitDepthLuma = 8;
  let bitDepthChroma = 8;
  let separatePlanes = false;
  if (PROFILES_WITH_CHROMA.has(profile)) {
    chromaFormat = r.ue(3);
    if (chromaFormat === 3) separatePlanes = r.flag();
    bitDepthLuma = 8 + r.ue(6);
    bitDepthChroma = 8 + r.ue(6);
    r.skip(1);
    if (r.flag()) {
      const lists = chromaFormat === 3 ? 12 : 8;
      for (let i = 0; i < lists; i += 1) if (r.flag()) skipScalingList(r, i < 6 ? 16 : 64);
    }
  }
  const frameNumBits = 4 + r.ue(12);
  const poc = readOrderCount(r);
  r.ue(16);
  r.skip(1);
  const widthMbs = r.ue(1023) + 1;
  const heightMaps = r.ue(1023) + 1;
  const framesOnly = r.flag();
  if (!framesOnly) r.skip(1);
  r.skip(1);
  const fieldFactor = framesOnly ? 1 : 2;
  let width = widthMbs * 16;
  let height = heightMaps * 16 * fieldFactor;
  if (r.flag()) {
    const planar = separatePlanes || chromaFormat === 0;
    const unitX = !planar && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1;
    const unitY = (!planar && chromaFormat === 1 ? 2 : 1) * fieldFactor;
    width -= unitX * (r.ue(16384) + r.ue(16384));
    height -= unitY * (r.ue(16384) + r.ue(16384));
    if (width <= 0 || height <= 0) throw r.error('cropping leaves no picture');
  }
  // Frames of a profile without B slices are never reordered; POC type 2 says the same (section 8.2.1.3).
  const neverReorders = poc.type === 2 || profile === 66;
  const vui = r.flag() ? readVui(r) : {};
  return {
    id,
    profile,
    constraints,
    level,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    width,
    height,
    fps: vui.fps,
    maxReorder: neverReorders ? 0 : vui.maxReorder,
    counting: { separatePlanes, chroma: chromaFormat !== 0 && !separatePlanes, frameNumBits, poc, framesOnly },
    codecString: `avc1.${[profile, constraints, level].map((n) => n.toString(16).padStart(2, '0')).join('')}`,
  };
}

function readOrderCount(r: BitReader): H264Counting['poc'] {
  const type = r.ue(2);
  if (type === 0) return { type, lsbBits: 4 + r.ue(12) };
  if (type !== 1) return { type: 2 };
  const deltaAlwaysZero = r.flag();
  const offsetForNonRef = r.se();
  const offsetTopToBottom = r.se();
  const offsets = Array.from({ length: r.ue(255) }, () => r.se());
  return { type, deltaAlwaysZero, offsetForNonRef, offsetTopToBottom, offsets };
}

/** pic_parameter_set_id of a PPS NAL unit. @throws InputError */
export function h264PpsId(nal: Uint8Array): number {
  return new BitReader(toRbsp(nal.subarray(1, 16)), 'H.264 PPS').ue(255);
}

/** Body of `avcC`. Every NAL unit with its header, without start code. @throws InputError */
export function buildAvcC(spsUnits: readonly Uint8Array[], ppsUnits: readonly Uint8Array[]): Uint8Array {
  const first = spsUnits[0];
  if (!first || ppsUnits.length === 0) throw new InputError('H.264 parameter sets', 'SPS or PPS is missing');
  if (spsUnits.length > 31 || ppsUnits.length > 255) throw new InputError('H.264 parameter sets', 'there are too many');
  const sps = parseH264Sps(first);
  const parts: number[] = [1, sps.profile, sps.constraints, sps.level, 0xff, 0xe0 | spsUnits.length];
  const add = (nal: Uint8Array): void => {
    parts.push(nal.length >> 8, nal.length & 0xff, ...nal);
  };
  for (const nal of spsUnits) add(nal);
  parts.push(ppsUnits.length);
  for (const nal of ppsUnits) {
    if (nal.length > 4096) throw new InputError('H.264 PPS', `${nal.length} bytes are too many`);
    add(nal);
  }
  if ([100, 110, 122, 144].includes(sps.profile))
    parts.push(0xfc | sps.chromaFormat, 0xf8 | (sps.bitDepthLuma - 8), 0xf8 | (sps.bitDepthChroma - 8), 0);
  return Uint8Array.from(parts);
}

/** The parameter sets inside an `avcC` body. @throws InputError */
export function parseAvcC(body: Uint8Array): { sps: Uint8Array[]; pps: Uint8Array[] } {
  let at = 5;
  const units = (mask: number): Uint8Array[] => {
    const count = body[at++];
    if (count === undefined) throw new InputError('avcC', 'the data ends too early', { offset: at });
    return Array.from({ length: count & mask }, () => {
      const size = ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
      if (at + 2 + size > body.length) throw new InputError('avcC', 'the data ends too early', { offset: at });
      at += 2 + size;
      return body.subarray(at - size, at);
    });
  };
  const sps = units(0x1f);
  return { sps, pps: units(0xff) };
}

/** Annex E. Cameras get this part wrong often, so a broken one is as good as none. */
function readVui(r: BitReader): { fps?: number; maxReorder?: number } {
  const found: { fps?: number; maxReorder?: number } = {};
  try {
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
    if (r.flag()) {
      const units = r.bits(32);
      const scale = r.bits(32);
      r.skip(1);
      const fps = scale / (2 * units);
      if (fps > 0.01 && fps < 1000) found.fps = fps;
    }
    const nalHrd = r.flag();
    if (nalHrd) skipHrd(r);
    const vclHrd = r.flag();
    if (vclHrd) skipHrd(r);
    if (nalHrd || vclHrd) r.skip(1);
    r.skip(1);
    if (r.flag()) {
      r.skip(1);
      for (let i = 0; i < 4; i += 1) r.ue();
      found.maxReorder = r.ue(16);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  return found;
}

function skipHrd(r: BitReader): void {
  const count = r.ue(31) + 1;
  r.skip(8);
  for (let i = 0; i < count; i += 1) {
    r.ue();
    r.ue();
    r.skip(1);
  }
  r.skip(20);
}

function skipScalingList(r: BitReader, size: number): void {
  let next = 8;
  for (let i = 0; i < size && next !== 0; i += 1) next = (next + r.se() + 256) & 0xff;
}
