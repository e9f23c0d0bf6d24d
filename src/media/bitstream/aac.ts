/** AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1). */
import { InputError } from '../../base/errors.ts';
import type { AudioConfig } from '../access-unit.ts';
import { BitReader } from './bits.ts';

const RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8];

export interface AacConfig {
  /** Audio object type; 2 is AAC-LC. */
  readonly objectType: number;
  /** Hertz of the core coder. */
  readonly sampleRate: number;
  /** 0: told inside the frames. */
  readonly channels: number;
  /** Samples of the core coder in one frame: 1024 or 960. */
  readonly frameLength: number;
}

/** @throws InputError */
export function parseAudioSpecificConfig(data: Uint8Array): AacConfig {
  if (data.length > 256) throw new InputError('AudioSpecificConfig', `${data.length} bytes are too many`);
  const r = new BitReader(data, 'AudioSpecificConfig');
  const readType = (): number => {
    const type = r.bits(5);
    return type === 31 ? 32 + r.bits(6) : type;
  };
  const readRate = (): number => {
    const index = r.bits(4);
    const rate = index === 15 ? r.bits(24) : RATES[index];
    if (rate === undefined || rate < 1000 || rate > 192_000) throw r.error('the sample rate is not a usable one');
    return rate;
  };
  let objectType = readType();
  const sampleRate = readRate();
  const channels = CHANNELS[r.bits(4)];
  if (channels === undefined) throw r.error('the channel configuration is reserved');
  const signalled = objectType;
  if (objectType === 5 || objectType === 29) {
    readRate();
    objectType = readType();
  }
  const short = [1, 2, 3, 4, 6, 7].includes(objectType) && r.flag();
  return { objectType: signalled, sampleRate, channels, frameLength: short ? 960 : 1024 };
}

/** @param timescale ticks per second of the track, by the stream's description. @throws InputError */
export function aacAudioConfig(description: Uint8Array, timescale?: number): AudioConfig {
  const { objectType, sampleRate, channels } = parseAudioSpecificConfig(description);
  return {
    codec: 'aac',
    codecString: `mp4a.40.${objectType}`,
    sampleRate: timescale ?? sampleRate,
    channels: Math.max(1, channels),
    description,
  };
}
