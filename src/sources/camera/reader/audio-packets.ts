/**
 * Coded sound as FFmpeg hands it over: what of it can stand in a segment, and how.
 */
import type { AudioConfig } from '../../../media/access-unit.ts';
import { aacAudioConfig } from '../../../media/bitstream/aac.ts';

const SAMPLING_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];

/** Header of an ADTS frame (ISO/IEC 13818-7 section 6.2), undefined when there is none. */
export interface AdtsHeader {
  readonly bytes: number;
  /** AudioSpecificConfig of two bytes that says the same. */
  readonly config: Uint8Array;
}

function parseAdts(packet: Uint8Array): AdtsHeader | undefined {
  if (packet.length < 7 || packet[0] !== 0xff || ((packet[1] ?? 0) & 0xf6) !== 0xf0) return undefined;
  const [, one = 0, two = 0, three = 0] = packet;
  const objectType = (two >> 6) + 1;
  const rate = (two >> 2) & 15;
  const channels = ((two & 1) << 2) | (three >> 6);
  if (SAMPLING_RATES[rate] === undefined) return undefined;
  const config = Uint8Array.of((objectType << 3) | (rate >> 1), ((rate & 1) << 7) | (channels << 3));
  return { bytes: one & 1 ? 7 : 9, config };
}

/** @param extradata AudioSpecificConfig; none: the packets are ADTS frames and the first of them says it. @throws InputError */
export function aacConfig(extradata: Uint8Array | null, firstPacket: Uint8Array | undefined): AudioConfig | undefined {
  const description =
    extradata !== null && extradata.length >= 2 ? extradata : firstPacket && parseAdts(firstPacket)?.config;
  return description === undefined ? undefined : aacAudioConfig(Uint8Array.from(description));
}

/** The raw AAC frame in a packet. */
export function rawAac(packet: Uint8Array): Uint8Array {
  const header = parseAdts(packet);
  return header === undefined ? packet : packet.subarray(header.bytes);
}

/** @param extradata STREAMINFO without the header of its metadata block (RFC 9639 section 8.2), 34 bytes */
export function flacConfig(
  extradata: Uint8Array | null,
  sampleRate: number,
  channels: number,
): AudioConfig | undefined {
  if (extradata === null || extradata.length !== 34 || sampleRate <= 0) return undefined;
  const description = Uint8Array.of(0x80, 0, 0, 34, ...extradata);
  return { codec: 'flac', codecString: 'flac', sampleRate, channels, description };
}
