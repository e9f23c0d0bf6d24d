/** What both kinds of sound have in common. */
import type { AudioConfig } from '../../../media/access-unit.ts';
import type { RtpPacket } from './rtp.ts';

export interface AudioSink {
  /** One raw frame of the track's codec. `offset`: ticks of the RTP clock after the time of its packet (may be negative). The bytes are valid during the call. */
  frame(data: Uint8Array, offset: number): void;
}

export interface AudioDepacketizer {
  readonly config: AudioConfig;
  /** @throws InputError when the packet makes no sense */
  packet(data: Buffer, packet: RtpPacket, gap: boolean): void;
}
