/**
 * Whether bytes can be the length and the head of a NAL unit in the `mdat` of an MP4: the smallest thing by which video proves that it goes on.
 */
import { nalRole, nalType, type VideoCodec } from '../bitstream/nal.ts';

/** Bytes that are looked at: a length of 4, a header of 2, and the first codes of a slice. */
export const NAL_HEAD = 16;
/** An intra picture of 4K at its worst. */
const MOST_SLICE = 0xffffff;
const MOST_PARAMETERS = 1024;
const MOST_SEI = 0xffff;

export interface NalHead {
  /** Bytes of the unit, without the 4 of its length. */
  readonly length: number;
  readonly type: number;
  readonly slice: boolean;
  readonly key: boolean;
  /** A slice with which a picture begins. */
  readonly first: boolean;
}

/** @param bytes at least `NAL_HEAD` of them, or fewer at the end of the data. Undefined when no encoder writes that. */
export function nalHeadAt(codec: VideoCodec, bytes: Buffer, at: number): NalHead | undefined {
  if (at + 6 > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  const header = bytes[at + 4] ?? 0;
  if (length < 2 || (header & 0x80) !== 0) return undefined;
  const type = nalType(codec, header);
  const role = nalRole(codec, type);
  const body = bytes.subarray(at + 4, at + NAL_HEAD);
  if (codec === 'h264' ? !plausibleH264(header, type) : !plausibleH265(header, body[1] ?? 0, type)) return undefined;
  switch (role) {
    case 'slice':
    case 'key-slice': {
      if (length > MOST_SLICE) return undefined;
      const key = role === 'key-slice';
      const first = codec === 'h264' ? firstOfH264(body, key) : ((body[2] ?? 0) & 0x80) !== 0;
      return first === undefined ? undefined : { length, type, slice: true, key, first };
    }
    case 'delimiter':
    case 'end':
      return length <= 8 ? { length, type, slice: false, key: false, first: false } : undefined;
    case 'vps':
    case 'sps':
    case 'pps':
      return length <= MOST_PARAMETERS ? { length, type, slice: false, key: false, first: false } : undefined;
    case 'sei':
    case 'filler':
      return length <= MOST_SEI ? { length, type, slice: false, key: false, first: false } : undefined;
    default:
      return undefined;
  }
}

/** nal_ref_idc is zero for what cannot be referred to, and not zero for parameter sets and IDR pictures (ITU-T H.264 section 7.4.1). */
function plausibleH264(header: number, type: number): boolean {
  const reference = (header >> 5) & 3;
  if (type === 5 || type === 7 || type === 8) return reference !== 0;
  if (type === 6 || type === 9 || type === 10 || type === 11 || type === 12) return reference === 0;
  return type === 1;
}

/** nuh_layer_id 0, nuh_temporal_id_plus1 not 0, and no reserved type (ITU-T H.265 section 7.4.2.2). */
function plausibleH265(first: number, second: number, type: number): boolean {
  const temporal = second & 7;
  if ((first & 1) !== 0 || second >> 3 !== 0 || temporal === 0) return false;
  if (type >= 16 && type <= 21) return temporal === 1;
  return type <= 9 || (type >= 32 && type <= 40);
}

/** Whether a slice begins at the first macroblock; undefined when its first codes are those of no slice (section 7.3.3). */
function firstOfH264(body: Buffer, key: boolean): boolean | undefined {
  // Three Exp-Golomb codes; a plain loop, because this runs for each picture of an image.
  let bit = 8;
  const code = (): number => {
    let zeros = 0;
    while (zeros < 20 && !bitAt(body, bit)) {
      zeros += 1;
      bit += 1;
    }
    let value = 0;
    for (let left = 0; left <= zeros; left += 1) {
      value = value * 2 + (bitAt(body, bit) ? 1 : 0);
      bit += 1;
    }
    return value - 1;
  };
  const macroblock = code();
  const kind = code();
  const parameters = code();
  if (macroblock >= 139_264 || kind > 9 || parameters > 255) return undefined;
  if (key && kind % 5 !== 2) return undefined;
  return macroblock === 0;
}

function bitAt(bytes: Buffer, bit: number): boolean {
  return (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
}

const TWO_ZEROS = Buffer.alloc(2);

/**
 * Where, inside of a NAL unit, three bytes stand that emulation prevention never leaves there (00 00 00, 00 00 01, 00 00 02: ITU-T H.264 section
 * 7.4.1, H.265 7.4.2.1): these bytes are no video, or the beginning of another unit. -1 when there are none.
 */
export function impossibleInside(bytes: Buffer, from: number, to: number): number {
  let at = bytes.indexOf(TWO_ZEROS, from);
  while (at >= 0 && at + 2 < to) {
    if ((bytes[at + 2] ?? 3) <= 2) return at;
    at = bytes.indexOf(TWO_ZEROS, at + 1);
  }
  return -1;
}
