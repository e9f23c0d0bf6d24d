/** RTP packets (RFC 3550 section 5.1), read in place. */

/** The last packet read; one object for the whole connection, so that a packet costs no allocation. */
export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  /** 32 bits, unsigned. */
  timestamp: number;
  ssrc: number;
  /** Where the header extension begins, its own head included; 0: there is none. */
  extension: number;
  /** Offsets of the payload in the buffer. */
  start: number;
  end: number;
}

export function emptyPacket(): RtpPacket {
  return { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0, extension: 0, start: 0, end: 0 };
}

/** Fills `packet` from `data[start, end)`; false when that is not RTP. */
export function readRtp(data: Buffer, start: number, end: number, packet: RtpPacket): boolean {
  if (end - start < 12) return false;
  const flags = data[start] ?? 0;
  if (flags >> 6 !== 2) return false;
  const second = data[start + 1] ?? 0;
  let from = start + 12 + (flags & 0x0f) * 4;
  let to = end;
  packet.extension = 0;
  if (flags & 0x10) {
    packet.extension = from;
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

/** A sender that was heard within this time is not replaced by another. */
const QUIET_MS = 1000;

/** What came of one track, and what did not: numbers for us and for receiver reports (RFC 3550 sections 6.4.1 and A.8). */
export class Reception {
  readonly #rate: number;
  #last = -1;
  #ssrc = 0;
  #heardAt = 0;
  #first = 0;
  /** The highest sequence number with the count of its turns above 16 bits. */
  #highest = 0;
  #received = 0;
  #jitter = 0;
  #transit = Number.NaN;
  #reportNtp = 0;
  #reportedAt = -1;
  #expectedBefore = 0;
  #receivedBefore = 0;

  /** @param rate ticks of RTP time per second */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /**
   * Whether a packet of this sender belongs here. Some cameras go on sending what is left of an older session; one that has
   * begun anew under another number is followed when the first has been quiet for a second.
   * @param now ms, monotonic
   */
  admits(ssrc: number, now: number): boolean {
    if (ssrc !== this.#ssrc || this.#last < 0) {
      if (this.#last >= 0 && now - this.#heardAt < QUIET_MS) return false;
      this.#ssrc = ssrc;
      this.#last = -1;
    }
    this.#heardAt = now;
    return true;
  }

  /** Packets lost before this one; 0 when in order; -1: an old or doubled one, to be left out. */
  next(sequence: number): number {
    const last = this.#last;
    if (last < 0) {
      this.#last = sequence;
      this.#first = sequence;
      this.#highest = sequence;
      this.#received = 1;
      this.#expectedBefore = 0;
      this.#receivedBefore = 0;
      return 0;
    }
    const step = (sequence - last) & 0xffff;
    this.#received += 1;
    if (step === 0 || step > 0xff00) return -1;
    this.#last = sequence;
    this.#highest += step;
    return step - 1;
  }

  /** Smooths how evenly packets arrive. @param now ms, monotonic */
  timing(rtp: number, now: number): void {
    const transit = (now * this.#rate) / 1000 - rtp;
    const change = Math.abs(transit - this.#transit);
    this.#transit = transit;
    // A turn of the 32-bit clock or a jump is no jitter.
    if (change < this.#rate * 10) this.#jitter += (change - this.#jitter) / 16;
  }

  /** A sender report has come. @param ntp seconds, by the sender's clock */
  reported(ntp: number, now: number): void {
    this.#reportNtp = ntp;
    this.#reportedAt = now;
  }

  /** What the next receiver report says, undefined as long as nothing has come. Each call begins a new interval. */
  summary(now: number): ReceptionSummary | undefined {
    if (this.#last < 0) return undefined;
    const expected = this.#highest - this.#first + 1;
    const lost = Math.max(0, expected - this.#received);
    const interval = expected - this.#expectedBefore;
    const missing = interval - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const fraction = interval > 0 && missing > 0 ? Math.min(255, Math.floor((missing * 256) / interval)) : 0;
    const report =
      this.#reportedAt < 0 ? undefined : { ntp: this.#reportNtp, ago: Math.max(0, now - this.#reportedAt) };
    return { ssrc: this.#ssrc, fraction, lost, highest: this.#highest >>> 0, jitter: Math.round(this.#jitter), report };
  }
}

/** What a receiver report says of one sender (RFC 3550 section 6.4.1). */
export interface ReceptionSummary {
  readonly ssrc: number;
  /** Of the packets since the last report, in 1/256. */
  readonly fraction: number;
  /** Packets since the start. */
  readonly lost: number;
  /** Extended highest sequence number. */
  readonly highest: number;
  /** Ticks of RTP time. */
  readonly jitter: number;
  /** The last sender report: its NTP time in seconds, and the milliseconds since it came. */
  readonly report: { readonly ntp: number; readonly ago: number } | undefined;
}

/** An empty RTP packet: nobody plays it, but it opens a firewall for what comes back. */
export function emptyRtp(payloadType: number, ssrc: number): Buffer {
  const out = Buffer.alloc(12);
  out[0] = 0x80;
  out[1] = payloadType & 0x7f;
  out.writeUInt32BE(ssrc >>> 0, 8);
  return out;
}
