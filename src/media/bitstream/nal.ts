/** NAL units of H.264 and H.265, in Annex B byte streams and behind 4-byte lengths. */
import { InputError } from '../../base/errors.ts';

export type VideoCodec = 'h264' | 'h265';

/** What a NAL unit is, as far as a recorder cares. */
export type NalRole = 'slice' | 'key-slice' | 'vps' | 'sps' | 'pps' | 'sei' | 'delimiter' | 'filler' | 'end' | 'other';

/** nal_unit_type: ITU-T H.264 table 7-1, H.265 table 7-1. */
export function nalType(codec: VideoCodec, header: number): number {
  return codec === 'h264' ? header & 0x1f : (header >> 1) & 0x3f;
}

/** `type` is nal_unit_type. H.265: all IRAP pictures (BLA, IDR, CRA) are key pictures. */
export function nalRole(codec: VideoCodec, type: number): NalRole {
  if (codec === 'h264') {
    if (type === 5) return 'key-slice';
    if (type >= 1 && type <= 4) return 'slice';
    if (type === 6) return 'sei';
    if (type === 7) return 'sps';
    if (type === 8) return 'pps';
    if (type === 9) return 'delimiter';
    if (type === 12) return 'filler';
    return type === 10 || type === 11 ? 'end' : 'other';
  }
  if (type >= 16 && type <= 23) return 'key-slice';
  if (type < 32) return 'slice';
  if (type === 32) return 'vps';
  if (type === 33) return 'sps';
  if (type === 34) return 'pps';
  if (type === 35) return 'delimiter';
  if (type === 36 || type === 37) return 'end';
  if (type === 38) return 'filler';
  return type === 39 || type === 40 ? 'sei' : 'other';
}

/** Bytes of a NAL unit header. */
export function nalHeaderSize(codec: VideoCodec): number {
  return codec === 'h264' ? 1 : 2;
}

/** The NAL units of an Annex B byte stream (ITU-T H.264 annex B), as views, without start codes and trailing zeros. */
export function* annexBUnits(stream: Uint8Array): Generator<Uint8Array> {
  const view = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  let code = view.indexOf(START_CODE);
  while (code >= 0) {
    const begin = code + 3;
    code = view.indexOf(START_CODE, begin);
    let end = code < 0 ? view.length : code;
    while (end > begin && view[end - 1] === 0) end -= 1;
    if (end > begin) yield stream.subarray(begin, end);
  }
}

const START_CODE = Buffer.from([0, 0, 1]);

/** The NAL units of one MP4 sample: each behind a 4-byte big-endian length. @throws InputError */
export function* sampleUnits(sample: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(sample.buffer, sample.byteOffset, sample.byteLength);
  let at = 0;
  while (at < sample.length) {
    if (at + 4 > sample.length) throw new InputError('sample', 'a NAL length is cut off', { offset: at });
    const size = view.getUint32(at);
    if (size > sample.length - at - 4)
      throw new InputError('sample', `a NAL unit of ${size} bytes reaches beyond the end`, { offset: at });
    yield sample.subarray(at + 4, at + 4 + size);
    at += 4 + size;
  }
}

/** RBSP of a NAL unit's payload: emulation prevention bytes removed (ITU-T H.264 section 7.4.1). Always a copy. */
export function toRbsp(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(payload.length);
  let length = 0;
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    out[length++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, length);
}

/** The reverse: a payload that holds no start code. */
export function fromRbsp(rbsp: Uint8Array): Uint8Array {
  const out = new Uint8Array(rbsp.length + (rbsp.length >> 1) + 2);
  let length = 0;
  let zeros = 0;
  for (const byte of rbsp) {
    if (zeros >= 2 && byte <= 3) {
      out[length++] = 3;
      zeros = 0;
    }
    out[length++] = byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return out.subarray(0, length);
}

/** A NAL unit behind its 4-byte length, as one piece. */
export function lengthPrefixed(nal: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + nal.length);
  new DataView(out.buffer).setUint32(0, nal.length);
  out.set(nal, 4);
  return out;
}
