/** Motion JPEG (RFC 2435): pictures whose tables are not sent. The header of each is made anew. */
import { InputError } from '../../../base/errors.ts';
import { type JpegTables, jpegHead, quantisation } from '../../../media/bitstream/jpeg.ts';
import { LIMITS } from './limits.ts';
import type { RtpPacket } from './rtp.ts';
import type { SdpMedia } from './sdp.ts';
import { type BlockPool, UnitMemory } from './unit-memory.ts';
import type { VideoUnitSink } from './video-depacketizer.ts';

const END_OF_IMAGE = 0xffd9;
const ENDING = Buffer.from([0xff, 0xd9]);
/** Q values above this carry their tables, or mean those of an earlier picture. */
const DYNAMIC = 128;

export class JpegDepacketizer {
  readonly #sink: VideoUnitSink;
  /** For pictures that are too large for the header of RFC 2435. */
  readonly #told: { width: number; height: number } | undefined;
  readonly #tables = new Map<number, Buffer>();
  readonly #memory: UnitMemory;
  /** Bytes of the scan so far, the last two of them, and the packets they came in. */
  #have = 0;
  #ending = 0;
  #packets = 0;
  #picture: { readonly width: number; readonly height: number } | undefined;
  #open = false;
  #damage: string | undefined;
  #rtp = 0;

  /** @param pool where the memory of the pictures comes from; without one it is left to garbage collection */
  constructor(media: SdpMedia, sink: VideoUnitSink, pool?: BlockPool) {
    this.#sink = sink;
    this.#told = media.frameSize;
    this.#memory = new UnitMemory(pool);
  }

  /** True while a picture is incomplete. */
  get open(): boolean {
    return this.#open;
  }

  /** @param gap packets went missing just before this one. @throws InputError beyond a limit */
  packet(data: Buffer, packet: RtpPacket, gap: boolean): void {
    if (gap && this.#open) this.#damage ??= 'packets of it were lost';
    if (this.#open && packet.timestamp !== this.#rtp) this.#finish();
    if (!this.#open) {
      this.#rtp = packet.timestamp;
      this.#open = true;
    }
    if (this.#damage === undefined) this.#damage = this.#payload(data, packet);
    this.#packets += 1;
    if (this.#have > LIMITS.accessUnit)
      throw new InputError('video track', `a picture of more than ${LIMITS.accessUnit} bytes`);
    if (this.#packets > LIMITS.packets)
      throw new InputError('video track', `a picture in more than ${LIMITS.packets} packets`);
    if (packet.marker) this.#finish();
  }

  /** Says what is wrong with it. */
  #payload(data: Buffer, { start, end, extension }: RtpPacket): string | undefined {
    if (end - start < 8) return 'a packet is too short';
    const offset = data.readUIntBE(start + 1, 3);
    if (offset !== this.#have) return 'its first packets were lost';
    const type = data[start + 4] ?? 0;
    const quality = data[start + 5] ?? 0;
    let at = start + 8;
    let restart = 0;
    if (type >= 64 && type < 128) {
      if (at + 4 > end) return 'a packet is too short';
      restart = data.readUInt16BE(at);
      at += 4;
    }
    if (offset === 0) {
      if ((type & 0x3f) > 1 || type >= 128) return `a picture of type ${type}, which is not supported`;
      const tables = this.#tablesOf(data, at, end, quality);
      if (typeof tables === 'string') return tables;
      at = tables.end;
      const size = this.#size(data, start, extension);
      if (!size) return 'its size is not told';
      const bytes = jpegHead({ ...size, subsampling: (type & 1) === 0 ? '4:2:2' : '4:2:0', restart, ...tables });
      this.#memory.drop();
      this.#memory.add(bytes, 0, bytes.length);
      this.#picture = size;
    }
    this.#memory.add(data, at, end);
    this.#have += end - at;
    for (let last = Math.max(at, end - 2); last < end; last += 1)
      this.#ending = ((this.#ending << 8) | (data[last] ?? 0)) & 0xffff;
    return undefined;
  }

  /** Section 3.1.8 and 4.2. */
  #tablesOf(data: Buffer, start: number, end: number, quality: number): (JpegTables & { end: number }) | string {
    if (quality === 0 || (quality >= 100 && quality < DYNAMIC)) return `a quality of ${quality}`;
    if (quality < DYNAMIC) return { ...quantisation(quality), end: start };
    if (start + 4 > end) return 'a packet is too short';
    const precision = data[start + 1] ?? 0;
    const length = data.readUInt16BE(start + 2);
    const from = start + 4;
    if (from + length > end) return 'its tables are cut off';
    const bytes = length > 0 ? Buffer.from(data.subarray(from, from + length)) : this.#tables.get(quality);
    if (!bytes) return 'its tables were never sent';
    if (length > 0 && quality < 255) this.#tables.set(quality, bytes);
    const first = precision & 1 ? 128 : 64;
    const second = precision & 2 ? 128 : 64;
    if (bytes.length !== first && bytes.length !== first + second) return 'its tables have an odd size';
    const luma = bytes.subarray(0, first);
    const chroma = bytes.length > first ? bytes.subarray(first) : luma;
    return { luma, chroma, end: from + length };
  }

  /** In units of 8 pixels; 0: above 2040, then by ONVIF's header extension (a JPEG header without its scan) or the description. */
  #size(data: Buffer, start: number, extension: number): { width: number; height: number } | undefined {
    const [width, height] = [(data[start + 6] ?? 0) * 8, (data[start + 7] ?? 0) * 8];
    const large = width === 0 || height === 0;
    const told = (large && extension > 0 ? frameSize(data.subarray(extension, start)) : undefined) ?? this.#told;
    if (large) return told;
    // The exact size, when the one here is it rounded up.
    const fits = told && Math.ceil(told.width / 8) * 8 === width && Math.ceil(told.height / 8) * 8 === height;
    return fits ? told : { width, height };
  }

  #finish(): void {
    const damage = this.#damage ?? (this.#picture && this.#have > 0 ? undefined : 'nothing of it came');
    const [picture, rtp] = [this.#picture, this.#rtp];
    if (this.#ending !== END_OF_IMAGE) this.#memory.add(ENDING, 0, ENDING.length);
    this.#have = 0;
    this.#ending = 0;
    this.#packets = 0;
    this.#picture = undefined;
    this.#open = false;
    this.#damage = undefined;
    if (damage === undefined && picture)
      this.#memory.give((unit) => this.#sink.unit({ ...unit, key: true, rtp, sets: [], picture }));
    else {
      this.#memory.drop();
      this.#sink.damaged(damage ?? 'nothing of it came');
    }
  }
}

/** Width and height in the SOF0 of ONVIF's extension (ONVIF Streaming Specification section 5.1.4); undefined when it has none. */
function frameSize(extension: Buffer): { width: number; height: number } | undefined {
  for (let at = 4; at + 9 <= extension.length; ) {
    if (extension[at] !== 0xff) return undefined;
    const marker = extension[at + 1] ?? 0;
    if (marker === 0xff || marker === 0xd8) at += marker === 0xd8 ? 2 : 1;
    else if (marker >= 0xc0 && marker <= 0xc2) {
      const [height, width] = [extension.readUInt16BE(at + 5), extension.readUInt16BE(at + 7)];
      return width > 0 && height > 0 ? { width, height } : undefined;
    } else at += 2 + extension.readUInt16BE(at + 2);
  }
  return undefined;
}
