/** G.711 (RFC 3551 sections 4.5.14) to FLAC frames of 1024 samples: 128 ms. */
import { InputError } from '../../../base/errors.ts';
import type { AudioConfig } from '../../../media/access-unit.ts';
import { encodeFlacFrame, FLAC_MIN_BLOCK, flacAudioConfig } from '../../../media/bitstream/flac.ts';
import { decodeG711, type G711Law } from '../../../media/bitstream/g711.ts';
import type { AudioDepacketizer, AudioSink } from './audio-depacketizer.ts';
import type { RtpPacket } from './rtp.ts';

const BLOCK = 1024;

export class G711Depacketizer implements AudioDepacketizer {
  readonly config: AudioConfig;
  readonly #law: G711Law;
  readonly #sink: AudioSink;
  readonly #samples = new Int16Array(BLOCK);
  #filled = 0;
  #position = 0;
  #next = -1;

  /** @throws InputError for what is not one channel */
  constructor(law: G711Law, sampleRate: number, channels: number, sink: AudioSink) {
    if (channels !== 1) throw new InputError('G.711 track', `${channels} channels are not supported`);
    this.config = flacAudioConfig(sampleRate || 8000);
    this.#law = law;
    this.#sink = sink;
  }

  packet(data: Buffer, packet: RtpPacket, gap: boolean): void {
    const codes = data.subarray(packet.start, packet.end);
    // Behind a hole (loss, or silence that was not sent) a new frame begins, so that it gets its own time.
    if (this.#filled > 0 && (gap || packet.timestamp !== this.#next))
      this.#flush((this.#next - this.#filled - packet.timestamp) | 0);
    this.#next = (packet.timestamp + codes.length) >>> 0;
    for (let at = 0; at < codes.length; ) {
      const take = Math.min(codes.length - at, BLOCK - this.#filled);
      decodeG711(this.#law, codes.subarray(at, at + take), this.#samples, this.#filled);
      this.#filled += take;
      at += take;
      if (this.#filled === BLOCK) this.#flush(at - BLOCK);
    }
  }

  #flush(offset: number): void {
    const count = this.#filled;
    this.#filled = 0;
    if (count < FLAC_MIN_BLOCK) return;
    const frame = encodeFlacFrame(this.#samples.subarray(0, count), this.config.sampleRate, this.#position);
    this.#position += count;
    this.#sink.frame(frame, offset);
  }
}
