/** Sound as plain samples: G.711 and L16, L8 (RFC 3551 section 4.5) to FLAC frames of 1024 samples, without loss. */
import { InputError } from '../../../base/errors.ts';
import type { AudioConfig } from '../../../media/access-unit.ts';
import { encodeFlacFrame, FLAC_MIN_BLOCK, flacAudioConfig } from '../../../media/bitstream/flac.ts';
import { decodeG711 } from '../../../media/bitstream/g711.ts';
import type { AudioDepacketizer, AudioSink } from './audio-depacketizer.ts';
import type { RtpPacket } from './rtp.ts';

export type PcmCoding = 'alaw' | 'ulaw' | 'l16' | 'l8';

const BLOCK = 1024;
const MOST_CHANNELS = 2;

export class PcmDepacketizer implements AudioDepacketizer {
  readonly config: AudioConfig;
  readonly #coding: PcmCoding;
  readonly #sink: AudioSink;
  /** Interleaved, one packet. */
  #samples = new Int16Array(BLOCK * MOST_CHANNELS);
  readonly #blocks: readonly Int16Array[];
  #filled = 0;
  #position = 0;
  #next = -1;

  /** @throws InputError for more than two channels */
  constructor(coding: PcmCoding, sampleRate: number, channels: number, sink: AudioSink) {
    if (channels > MOST_CHANNELS) throw new InputError('sound track', `${channels} channels are not supported`);
    this.config = flacAudioConfig(sampleRate || 8000, channels);
    this.#coding = coding;
    this.#sink = sink;
    this.#blocks = Array.from({ length: channels }, () => new Int16Array(BLOCK));
  }

  packet(data: Buffer, packet: RtpPacket, gap: boolean): void {
    const channels = this.#blocks.length;
    const samples = this.#decode(data.subarray(packet.start, packet.end));
    const count = Math.floor(samples.length / channels);
    // Behind a hole (loss, or silence that was not sent) a new frame begins, so that it gets its own time.
    if (this.#filled > 0 && (gap || packet.timestamp !== this.#next))
      this.#flush((this.#next - this.#filled - packet.timestamp) | 0);
    this.#next = (packet.timestamp + count) >>> 0;
    for (let at = 0; at < count; ) {
      const take = Math.min(count - at, BLOCK - this.#filled);
      for (const [channel, block] of this.#blocks.entries())
        for (let i = 0; i < take; i += 1) block[this.#filled + i] = samples[(at + i) * channels + channel] ?? 0;
      this.#filled += take;
      at += take;
      if (this.#filled === BLOCK) this.#flush(at - BLOCK);
    }
  }

  #decode(codes: Buffer): Int16Array {
    const wide = this.#coding === 'l16';
    const count = wide ? codes.length >> 1 : codes.length;
    if (this.#samples.length < count) this.#samples = new Int16Array(count);
    const out = this.#samples.subarray(0, count);
    if (wide) for (let i = 0; i < count; i += 1) out[i] = codes.readInt16BE(i * 2);
    else if (this.#coding === 'l8') for (let i = 0; i < count; i += 1) out[i] = ((codes[i] ?? 128) - 128) << 8;
    else decodeG711(this.#coding === 'alaw' ? 'alaw' : 'ulaw', codes, out);
    return out;
  }

  #flush(offset: number): void {
    const count = this.#filled;
    this.#filled = 0;
    if (count < FLAC_MIN_BLOCK) return;
    const blocks = this.#blocks.map((block) => block.subarray(0, count));
    const frame = encodeFlacFrame(blocks, this.config.sampleRate, this.#position);
    this.#position += count;
    this.#sink.frame(frame, offset);
  }
}
