/** From access units to interleaved RTP packets: the way back of the depacketisers. */
import type { AccessUnit } from '../../../media/access-unit.ts';
import type { VideoCodec } from '../../../media/bitstream/nal.ts';

/** Bytes of an RTP packet, header included: what a camera on Ethernet sends. */
const MTU = 1400;
const RTP_HEADER = 12;
const FRAME_HEADER = 4;

export interface RtpSender {
  readonly payloadType: number;
  readonly ssrc: number;
  /** Of the next packet. */
  sequence: number;
  packets: number;
  octets: number;
}

/** Where one packet stands in a batch: `$` header included. */
export interface PacketBatch {
  /** All packets, each behind its `$` header with channel 0. */
  readonly data: Buffer;
  /** Offset of each packet's `$`. */
  readonly offsets: readonly number[];
}

/** Walks over the pieces of an access unit. */
class Cursor {
  readonly #pieces: readonly Uint8Array[];
  #index = 0;
  #at = 0;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
  }

  copy(target: Uint8Array, at: number, count: number): void {
    let done = 0;
    while (done < count) {
      const piece = this.#pieces[this.#index];
      if (!piece) throw new RangeError('an access unit is shorter than its NAL lengths say');
      const take = Math.min(count - done, piece.length - this.#at);
      target.set(piece.subarray(this.#at, this.#at + take), at + done);
      done += take;
      this.#at += take;
      if (this.#at === piece.length) {
        this.#index += 1;
        this.#at = 0;
      }
    }
  }
}

/** Sizes of the NAL units in a sample's pieces. @throws RangeError when they do not add up */
function nalSizes(unit: Pick<AccessUnit, 'data' | 'size'>): number[] {
  const sizes: number[] = [];
  let index = 0;
  let at = 0;
  let left = unit.size;
  const skip = (count: number): void => {
    let rest = count;
    while (rest > 0) {
      const piece = unit.data[index];
      if (!piece) throw new RangeError('an access unit is shorter than its NAL lengths say');
      const take = Math.min(rest, piece.length - at);
      rest -= take;
      at += take;
      if (at === piece.length) {
        index += 1;
        at = 0;
      }
    }
  };
  while (left >= 4) {
    let size = 0;
    for (let i = 0; i < 4; i += 1) {
      while (unit.data[index] && at === unit.data[index]?.length) {
        index += 1;
        at = 0;
      }
      size = size * 256 + (unit.data[index]?.[at] ?? 0);
      skip(1);
    }
    skip(size);
    sizes.push(size);
    left -= 4 + size;
  }
  return sizes;
}

/**
 * RFC 6184 section 5 (single NAL unit, FU-A) and RFC 7798 section 4.4 (single, FU).
 * @param sets parameter sets to send ahead, under the same time
 * @param timestamp RTP time, 32 bits
 */
export function packetizeVideo(
  codec: VideoCodec,
  sender: RtpSender,
  unit: Pick<AccessUnit, 'data' | 'size'>,
  sets: readonly Uint8Array[],
  timestamp: number,
): PacketBatch {
  const sizes = nalSizes(unit);
  const header = codec === 'h264' ? 1 : 2;
  const single = MTU - RTP_HEADER;
  const perFragment = single - header - 1;
  const fragments = (size: number): number => Math.ceil((size - header) / perFragment);
  const bytes = (size: number): number =>
    size <= single
      ? FRAME_HEADER + RTP_HEADER + size
      : fragments(size) * (FRAME_HEADER + RTP_HEADER + header + 1) + size - header;
  let total = 0;
  for (const nal of sets) total += bytes(nal.length);
  for (const size of sizes) total += bytes(size);
  const data = Buffer.allocUnsafeSlow(total);
  const offsets: number[] = [];
  let at = 0;
  const begin = (size: number, marker: boolean): void => {
    offsets.push(at);
    at = writeHeaders(data, at, sender, size, marker, timestamp);
  };
  const send = (cursor: Cursor, size: number, last: boolean): void => {
    if (size <= single) {
      begin(size, last);
      cursor.copy(data, at, size);
      at += size;
      return;
    }
    const nal = Buffer.alloc(header);
    cursor.copy(nal, 0, header);
    let left = size - header;
    for (let first = true; left > 0; first = false) {
      const take = Math.min(left, perFragment);
      left -= take;
      begin(header + 1 + take, last && left === 0);
      const flags = (first ? 0x80 : 0) | (left === 0 ? 0x40 : 0);
      if (codec === 'h264') {
        data[at++] = ((nal[0] ?? 0) & 0xe0) | 28;
        data[at++] = flags | ((nal[0] ?? 0) & 0x1f);
      } else {
        data[at++] = ((nal[0] ?? 0) & 0x81) | (49 << 1);
        data[at++] = nal[1] ?? 0;
        data[at++] = flags | (((nal[0] ?? 0) >> 1) & 0x3f);
      }
      cursor.copy(data, at, take);
      at += take;
    }
  };
  for (const nal of sets) send(new Cursor([nal]), nal.length, false);
  const cursor = new Cursor(unit.data);
  const length = new Uint8Array(4);
  for (const [i, size] of sizes.entries()) {
    cursor.copy(length, 0, 4);
    send(cursor, size, i === sizes.length - 1);
  }
  return { data, offsets };
}

/** RFC 3640 section 3.3.6 (AAC-hbr), one frame a packet, fragments when it is too long. */
export function packetizeAac(
  sender: RtpSender,
  unit: Pick<AccessUnit, 'data' | 'size'>,
  timestamp: number,
): PacketBatch {
  const most = MTU - RTP_HEADER - 4;
  const count = Math.max(1, Math.ceil(unit.size / most));
  const data = Buffer.allocUnsafeSlow(unit.size + count * (FRAME_HEADER + RTP_HEADER + 4));
  const offsets: number[] = [];
  const cursor = new Cursor(unit.data);
  let at = 0;
  for (let left = unit.size, i = 0; i < count; i += 1) {
    const take = Math.min(left, most);
    left -= take;
    offsets.push(at);
    at = writeHeaders(data, at, sender, 4 + take, left === 0, timestamp);
    at = data.writeUInt16BE(16, at);
    at = data.writeUInt16BE((unit.size << 3) & 0xffff, at);
    cursor.copy(data, at, take);
    at += take;
  }
  return { data, offsets };
}

function writeHeaders(
  data: Buffer,
  start: number,
  sender: RtpSender,
  size: number,
  marker: boolean,
  timestamp: number,
): number {
  data[start] = 0x24;
  data[start + 1] = 0;
  data.writeUInt16BE(RTP_HEADER + size, start + 2);
  data[start + 4] = 0x80;
  data[start + 5] = sender.payloadType | (marker ? 0x80 : 0);
  data.writeUInt16BE(sender.sequence, start + 6);
  data.writeUInt32BE(timestamp >>> 0, start + 8);
  data.writeUInt32BE(sender.ssrc, start + 12);
  sender.sequence = (sender.sequence + 1) & 0xffff;
  sender.packets += 1;
  sender.octets += size;
  return start + FRAME_HEADER + RTP_HEADER;
}
