/** RTCP (RFC 3550 section 6): sender reports and goodbyes in, receiver reports out; the rest is passed over. */
import type { ReceptionSummary } from './rtp.ts';

export interface SenderReport {
  readonly ssrc: number;
  /** Seconds since 1900, by the sender's clock. */
  readonly ntp: number;
  /** RTP time of the same moment. */
  readonly rtp: number;
}
export interface Rtcp {
  readonly report?: SenderReport;
  readonly goodbye: boolean;
}

/** Reads a compound packet; what is broken ends the reading, silently. */
export function readRtcp(data: Buffer, start: number, end: number): Rtcp {
  let report: SenderReport | undefined;
  let goodbye = false;
  let at = start;
  while (at + 4 <= end && (data[at] ?? 0) >> 6 === 2) {
    const type = data[at + 1];
    const size = 4 + 4 * data.readUInt16BE(at + 2);
    if (at + size > end) break;
    if (type === 200 && size >= 28)
      report = {
        ssrc: data.readUInt32BE(at + 4),
        ntp: data.readUInt32BE(at + 8) + data.readUInt32BE(at + 12) / 2 ** 32,
        rtp: data.readUInt32BE(at + 16),
      };
    else if (type === 203) goodbye = true;
    at += size;
  }
  return report ? { report, goodbye } : { goodbye };
}

const NTP_EPOCH = 2_208_988_800;

/** A sender report and the SDES CNAME that RFC 3550 wants with it. @param wallMs by the sender's calendar */
export function buildSenderReport(ssrc: number, wallMs: number, rtp: number, packets: number, octets: number): Buffer {
  const out = Buffer.alloc(28);
  const ntp = wallMs / 1000 + NTP_EPOCH;
  out[0] = 0x80;
  out[1] = 200;
  out.writeUInt16BE(6, 2);
  out.writeUInt32BE(ssrc, 4);
  out.writeUInt32BE(Math.floor(ntp) % 2 ** 32, 8);
  out.writeUInt32BE(Math.floor((ntp % 1) * 2 ** 32), 12);
  out.writeUInt32BE(rtp >>> 0, 16);
  out.writeUInt32BE(packets >>> 0, 20);
  out.writeUInt32BE(octets >>> 0, 24);
  return Buffer.concat([out, sourceDescription(ssrc)]);
}

/** A receiver report and the SDES CNAME; without a block as long as nothing has come. */
export function buildReceiverReport(ssrc: number, block: ReceptionSummary | undefined): Buffer {
  const out = Buffer.alloc(block ? 32 : 8);
  out[0] = block ? 0x81 : 0x80;
  out[1] = 201;
  out.writeUInt16BE(out.length / 4 - 1, 2);
  out.writeUInt32BE(ssrc >>> 0, 4);
  if (block) {
    out.writeUInt32BE(block.ssrc >>> 0, 8);
    out.writeUInt32BE(((block.fraction << 24) | Math.min(block.lost, 0x7fffff)) >>> 0, 12);
    out.writeUInt32BE(block.highest >>> 0, 16);
    out.writeUInt32BE(Math.min(block.jitter, 0xffffffff), 20);
    if (block.report) {
      // The middle 32 bits of the NTP time, and the delay in 1/65536 s.
      out.writeUInt32BE(Math.floor(block.report.ntp * 65_536) % 2 ** 32, 24);
      out.writeUInt32BE(Math.min(0xffffffff, Math.round((block.report.ago / 1000) * 65_536)), 28);
    }
  }
  return Buffer.concat([out, sourceDescription(ssrc)]);
}

function sourceDescription(ssrc: number): Buffer {
  const name = Buffer.from('vidette');
  const out = Buffer.alloc(4 + Math.ceil((4 + 2 + name.length + 1) / 4) * 4);
  out[0] = 0x81;
  out[1] = 202;
  out.writeUInt16BE(out.length / 4 - 1, 2);
  out.writeUInt32BE(ssrc >>> 0, 4);
  out[8] = 1;
  out[9] = name.length;
  name.copy(out, 10);
  return out;
}
