/** Opus (RFC 7587): each packet is one Opus packet, and passes as it is. */
import type { AudioConfig } from '../../../media/access-unit.ts';
import { opusAudioConfig } from '../../../media/bitstream/opus.ts';
import type { AudioDepacketizer, AudioSink } from './audio-depacketizer.ts';
import type { RtpPacket } from './rtp.ts';

export class OpusDepacketizer implements AudioDepacketizer {
  readonly config: AudioConfig = opusAudioConfig();
  readonly #sink: AudioSink;

  constructor(sink: AudioSink) {
    this.#sink = sink;
  }

  packet(data: Buffer, packet: RtpPacket): void {
    // Silence that is not sent (DTX) comes as a byte or none; its time is a hole, and sounds like one.
    if (packet.end - packet.start > 1) this.#sink.frame(data.subarray(packet.start, packet.end), 0);
  }
}
