/** RTP packets (RFC 3550 section 5.1), read in place. */

/** The last packet read; one object for the whole connection, so that a packet costs no allocation. */
export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  /** 32 bits, unsigned. */
  timestamp: number;
  ssrc: number;
  /** Offsets of the payload in the buffer. */
  start: number;
  end: number;
}

export function emptyPacket(): RtpPacket {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, start: 0, end: 0 };
}

/** Fills `packet` from `data[start, end)`; false when that is not RTP. */
export function readRtp(data: Buffer, start: number, end: number, packet: RtpPacket): boolean {
  if (end - start < 12) return false;
  const flags = data[start] ?? 0;
  if (flags >> 6 !== 2) return false;
  const second = data[start + 1] ?? 0;
  let from = start + 12 + (flags & 0x0f) * 4;
  let to = end;
  if (flags & 0x10) {
    if (from + 4 > to) return false;
    from += 4 + 4 * (((data[from + 2] ?? 0) << 8) | (data[from + 3] ?? 0));
  }
  if (flags & 0x20) to -= data[end - 1] ?? 0;
  if (from > to) return false;
  packet.payloadType = second & 0x7f;
  packet.marker = second >= 0x80;
  packet.sequence = ((data[start + 2] ?? 0) << 8) | (data[start + 3] ?? 0);
  packet.timestamp = data.readUInt32BE(start + 4);
  packet.ssrc = data.readUInt32BE(start + 8);
  packet.start = from;
  packet.end = to;
  return true;
}

/** Counts what is missing between packets. */
export class SequenceWatch {
  #last = -1;

  /** Packets lost before this one; 0 when in order; -1: an old or doubled one, to be left out. */
  next(sequence: number): number {
    const last = this.#last;
    if (last < 0) {
      this.#last = sequence;
      return 0;
    }
    const step = (sequence - last) & 0xffff;
    if (step === 0 || step > 0xff00) return -1;
    this.#last = sequence;
    return step - 1;
  }
}
