/** Which of the test camera's pictures some bytes of MP4 hold, by the marks in their SEI messages: for files of any writer. */
import { toRbsp } from '../../../src/media/bitstream/nal.ts';
import { FRAME_NUMBER } from '../../rtsp/frame-number.ts';

export interface Mark {
  readonly number: number;
  /** The camera's calendar when it sent the frame, in ms. */
  readonly sentAt: number;
}

/** Number and time, 16 bytes, with emulation prevention between them. */
const SPAN = 26;

/** In the order in which they stand. */
export function marksIn(file: Buffer): Mark[] {
  const marks: Mark[] = [];
  for (let at = file.indexOf(FRAME_NUMBER); at >= 0; at = file.indexOf(FRAME_NUMBER, at + 1)) {
    const begin = at + FRAME_NUMBER.length;
    const plain = Buffer.from(toRbsp(file.subarray(begin, begin + SPAN)));
    if (plain.length < 16) continue;
    marks.push({ number: Number(plain.readBigUInt64BE(0)), sentAt: plain.readDoubleBE(8) });
  }
  return marks;
}

/** Whether a player can open it: a `moov` box stands among the outermost (ISO/IEC 14496-12, 8.2.1). Without it an MP4 is a heap of bytes. */
export function hasMovie(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= file.length; ) {
    const short = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'moov') return at + short <= file.length;
    const size = short === 1 && at + 16 <= file.length ? Number(file.readBigUInt64BE(at + 8)) : short;
    if (size < 8) return false;
    at += size;
  }
  return false;
}
