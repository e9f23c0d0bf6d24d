/** SEI messages of the kind "user data unregistered" (ITU-T H.264 section D.1.7, H.265 section D.2.7). */
import { fromRbsp, nalRole, nalType, toRbsp, type VideoCodec } from './nal.ts';

const USER_DATA_UNREGISTERED = 5;

/** A whole SEI NAL unit (header included, no start code). @param uuid 16 bytes */
export function writeUserData(codec: VideoCodec, uuid: Uint8Array, payload: Uint8Array): Uint8Array {
  const size = 16 + payload.length;
  const longs = Math.floor(size / 255);
  const rbsp = new Uint8Array(1 + longs + 1 + size + 1);
  rbsp[0] = USER_DATA_UNREGISTERED;
  rbsp.fill(0xff, 1, 1 + longs);
  rbsp[1 + longs] = size % 255;
  rbsp.set(uuid, 2 + longs);
  rbsp.set(payload, 18 + longs);
  rbsp[rbsp.length - 1] = 0x80;
  const body = fromRbsp(rbsp);
  const header = codec === 'h264' ? [6] : [39 << 1, 1];
  const nal = new Uint8Array(header.length + body.length);
  nal.set(header);
  nal.set(body, header.length);
  return nal;
}

/** The user data under `uuid` in a NAL unit; undefined when it holds none, or is broken. */
export function readUserData(codec: VideoCodec, nal: Uint8Array, uuid: Uint8Array): Uint8Array | undefined {
  if (nalRole(codec, nalType(codec, nal[0] ?? 0)) !== 'sei') return undefined;
  const rbsp = toRbsp(nal.subarray(codec === 'h264' ? 1 : 2));
  let at = 0;
  const number = (): number => {
    let sum = 0;
    while (rbsp[at] === 0xff) {
      sum += 255;
      at += 1;
    }
    return sum + (rbsp[at++] ?? 0);
  };
  while (at + 1 < rbsp.length) {
    const type = number();
    const size = number();
    const end = at + size;
    if (end > rbsp.length) return undefined;
    if (type === USER_DATA_UNREGISTERED && size >= 16 && uuid.every((byte, i) => rbsp[at + i] === byte))
      return rbsp.subarray(at + 16, end);
    at = end;
  }
  return undefined;
}
