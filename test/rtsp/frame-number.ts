/** The number that the test camera writes into every frame: SEI user data under a UUID of our own. */
import { lengthPrefixed, sampleUnits, type VideoCodec } from '../../src/media/bitstream/nal.ts';
import { readUserData, writeUserData } from '../../src/media/bitstream/sei.ts';

/** UUID of the message. */
export const FRAME_NUMBER = Uint8Array.from(Buffer.from('6f0d2c4b9a3e4d7c8b1594e3a7c1d25e', 'hex'));

export interface FrameMark {
  /** Counts from 0 and never repeats, over all loops of the file. */
  readonly number: bigint;
  /** The camera's calendar when it sent the frame, in ms. */
  readonly wallMs: number;
}

/** The SEI as it stands in an MP4 sample. */
export function frameMark(codec: VideoCodec, mark: FrameMark): Uint8Array {
  const payload = Buffer.alloc(16);
  payload.writeBigUInt64BE(mark.number, 0);
  payload.writeDoubleBE(mark.wallMs, 8);
  return lengthPrefixed(writeUserData(codec, FRAME_NUMBER, payload));
}

/** The mark in a sample (a recorded one, or the joined pieces of an access unit); undefined when there is none. */
export function readFrameMark(codec: VideoCodec, sample: Uint8Array): FrameMark | undefined {
  for (const nal of sampleUnits(sample)) {
    const payload = readUserData(codec, nal, FRAME_NUMBER);
    if (payload?.length !== 16) continue;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    return { number: view.getBigUint64(0), wallMs: view.getFloat64(8) };
  }
  return undefined;
}
