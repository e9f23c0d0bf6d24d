/** MP4A-LATM (RFC 6416 section 6) with its configuration in the description: AAC frames behind their lengths. */
import { InputError } from '../../../base/errors.ts';
import type { AudioConfig } from '../../../media/access-unit.ts';
import { aacAudioConfig, parseAudioSpecificConfig } from '../../../media/bitstream/aac.ts';
import { BitReader, BitWriter } from '../../../media/bitstream/bits.ts';
import type { AudioDepacketizer, AudioSink } from './audio-depacketizer.ts';
import type { RtpPacket } from './rtp.ts';
import type { SdpMedia } from './sdp.ts';

const MOST_ELEMENT = 65_536;

export class LatmDepacketizer implements AudioDepacketizer {
  readonly config: AudioConfig;
  readonly #sink: AudioSink;
  readonly #subframes: number;
  readonly #frameTicks: number;
  #pieces: Buffer[] = [];
  #have = 0;
  #broken = false;

  /** @throws InputError when the description says too little */
  constructor(media: SdpMedia, sink: AudioSink) {
    const text = media.fmtp.get('config') ?? '';
    if (media.fmtp.get('cpresent') === '1' || !/^([0-9a-f]{2}){3,256}$/i.test(text))
      throw new InputError('AAC track', 'its description holds no configuration of LATM');
    const { description, subframes } = parseStreamMuxConfig(Buffer.from(text, 'hex'));
    const core = parseAudioSpecificConfig(description);
    const rate = media.clockRate || core.sampleRate;
    this.config = aacAudioConfig(description, rate);
    this.#subframes = subframes;
    this.#frameTicks = Math.round((core.frameLength * rate) / core.sampleRate);
    this.#sink = sink;
  }

  packet(data: Buffer, packet: RtpPacket, gap: boolean): void {
    if (gap) {
      this.#broken = this.#pieces.length > 0;
      this.#pieces = [];
      this.#have = 0;
    }
    this.#pieces.push(Buffer.from(data.subarray(packet.start, packet.end)));
    this.#have += packet.end - packet.start;
    if (this.#have > MOST_ELEMENT || this.#pieces.length > MOST_ELEMENT / 64) {
      this.#pieces = [];
      this.#have = 0;
      throw new InputError('AAC track', `an element of more than ${MOST_ELEMENT} bytes`);
    }
    if (!packet.marker) return;
    const [only] = this.#pieces;
    const element = only && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#have = 0;
    if (!this.#broken) this.#element(element);
    this.#broken = false;
  }

  #element(element: Buffer): void {
    let at = 0;
    for (let index = 0; index < this.#subframes; index += 1) {
      let size = 0;
      let byte = 255;
      while (byte === 255) {
        if (at >= element.length) throw new InputError('AAC track', 'a length is cut off');
        byte = element[at] ?? 0;
        size += byte;
        at += 1;
      }
      if (at + size > element.length) throw new InputError('AAC track', 'a frame is cut off');
      if (size > 0) this.#sink.frame(element.subarray(at, at + size), index * this.#frameTicks);
      at += size;
    }
  }
}

/** ISO/IEC 14496-3 section 1.7.3, for one program of one layer. @throws InputError */
export function parseStreamMuxConfig(data: Uint8Array): { description: Uint8Array; subframes: number } {
  const r = new BitReader(data, 'StreamMuxConfig');
  if (r.flag()) throw r.error('of a version that is not known');
  r.skip(1);
  const subframes = r.bits(6) + 1;
  if (r.bits(4) !== 0 || r.bits(3) !== 0) throw r.error('several programs or layers');
  const w = new BitWriter();
  const copy = (count: number): number => {
    const value = r.bits(count);
    w.bits(value, count);
    return value;
  };
  const type = (): number => {
    const short = copy(5);
    return short === 31 ? 32 + copy(6) : short;
  };
  const rate = (): void => {
    if (copy(4) === 15) copy(24);
  };
  const signalled = type();
  rate();
  if (copy(4) === 0) throw r.error('the channels are described in a way that is not supported');
  if (signalled === 5 || signalled === 29) {
    rate();
    type();
  }
  copy(1);
  if (copy(1) === 1) copy(14);
  copy(1);
  w.align();
  return { description: w.bytes().slice(), subframes };
}
