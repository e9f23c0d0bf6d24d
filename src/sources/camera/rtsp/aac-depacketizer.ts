/** MPEG4-GENERIC in mode AAC-hbr or AAC-lbr (RFC 3640). */
import { InputError } from '../../../base/errors.ts';
import type { AudioConfig } from '../../../media/access-unit.ts';
import { aacAudioConfig, parseAudioSpecificConfig } from '../../../media/bitstream/aac.ts';
import { BitReader } from '../../../media/bitstream/bits.ts';
import type { AudioDepacketizer, AudioSink } from './audio-depacketizer.ts';
import type { RtpPacket } from './rtp.ts';
import type { SdpMedia } from './sdp.ts';

const MOST_FRAME = 8192;

export class AacDepacketizer implements AudioDepacketizer {
  readonly config: AudioConfig;
  readonly #sink: AudioSink;
  readonly #sizeLength: number;
  readonly #indexLength: number;
  readonly #indexDeltaLength: number;
  readonly #frameTicks: number;
  #fragments: Buffer[] = [];
  #fragmentNeed = 0;
  #fragmentHave = 0;

  /** @throws InputError when the description says too little */
  constructor(media: SdpMedia, sink: AudioSink) {
    const text = media.fmtp.get('config') ?? '';
    if (!/^([0-9a-f]{2}){2,256}$/i.test(text))
      throw new InputError('AAC track', 'its description holds no usable config');
    const description = Uint8Array.from(Buffer.from(text, 'hex'));
    const core = parseAudioSpecificConfig(description);
    const rate = media.clockRate || core.sampleRate;
    this.config = aacAudioConfig(description, rate);
    this.#frameTicks = Math.round((core.frameLength * rate) / core.sampleRate);
    const number = (name: string, otherwise: number): number => {
      const value = Number(media.fmtp.get(name) ?? otherwise);
      if (!Number.isInteger(value) || value < 0 || value > 16)
        throw new InputError('AAC track', `a ${name} of ${value}`);
      return value;
    };
    const low = /lbr/i.test(media.fmtp.get('mode') ?? '');
    this.#sizeLength = number('sizelength', low ? 6 : 13);
    this.#indexLength = number('indexlength', low ? 2 : 3);
    this.#indexDeltaLength = number('indexdeltalength', low ? 2 : 3);
    if (this.#sizeLength === 0) throw new InputError('AAC track', 'frames of constant size are not supported');
    this.#sink = sink;
  }

  packet(data: Buffer, packet: RtpPacket, gap: boolean): void {
    if (gap) this.#fragments = [];
    if (packet.end - packet.start < 2) return;
    const headerBits = data.readUInt16BE(packet.start);
    let at = packet.start + 2 + ((headerBits + 7) >> 3);
    if (at > packet.end) throw new InputError('AAC track', `${headerBits} bits of headers in a shorter packet`);
    const reader = new BitReader(data.subarray(packet.start + 2, at), 'AAC track');
    for (let index = 0; ; index += 1) {
      const indexBits = index === 0 ? this.#indexLength : this.#indexDeltaLength;
      if (reader.position + this.#sizeLength + indexBits > headerBits) return;
      const size = reader.bits(this.#sizeLength);
      reader.skip(indexBits);
      const left = packet.end - at;
      if (size > left || this.#fragments.length > 0) {
        this.#fragment(data.subarray(at, packet.end), size, packet.marker);
        return;
      }
      if (size > 0) this.#sink.frame(data.subarray(at, at + size), index * this.#frameTicks);
      at += size;
    }
  }

  /** Section 3.2.3.2: every fragment's header tells the size of the whole; the last has the marker. */
  #fragment(piece: Buffer, size: number, last: boolean): void {
    if (this.#fragments.length === 0) {
      this.#fragmentNeed = size;
      this.#fragmentHave = 0;
    }
    this.#fragments.push(Buffer.from(piece));
    this.#fragmentHave += piece.length;
    const whole = this.#fragmentHave === this.#fragmentNeed;
    if (!whole && !last && this.#fragmentHave < this.#fragmentNeed && this.#fragmentNeed <= MOST_FRAME) return;
    const pieces = this.#fragments;
    this.#fragments = [];
    if (!whole) throw new InputError('AAC track', 'the fragments of a frame do not add up');
    this.#sink.frame(Buffer.concat(pieces), 0);
  }
}
