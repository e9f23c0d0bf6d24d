/** A small FLAC encoder (RFC 9639): one or two channels, 16 bits, fixed predictors, Rice coding. Lossless; meant for voice. */
import type { AudioConfig } from '../access-unit.ts';
import { BitWriter } from './bits.ts';

/** Least and most samples in one frame (section 8.2: blocks below 16 samples only at the very end of a stream). */
export const FLAC_MIN_BLOCK = 16;
const FLAC_MAX_BLOCK = 4096;

const RATE_CODES: Readonly<Record<number, number>> = {
  8000: 4,
  16000: 5,
  22050: 6,
  24000: 7,
  32000: 8,
  44100: 9,
  48000: 10,
  96000: 11,
};

/** STREAMINFO with its metadata block header (sections 8.1 and 8.2): 38 bytes. Sizes and MD5 are "unknown". */
export function flacAudioConfig(sampleRate: number, channels = 1): AudioConfig {
  const w = new BitWriter(40);
  w.bits(0x80, 8);
  w.bits(34, 24);
  w.bits(FLAC_MIN_BLOCK, 16);
  w.bits(FLAC_MAX_BLOCK, 16);
  w.bits(0, 24);
  w.bits(0, 24);
  w.bits(sampleRate, 20);
  w.bits(channels - 1, 3);
  w.bits(15, 5);
  for (let i = 0; i < 36 + 128; i += 4) w.bits(0, 4);
  return { codec: 'flac', codecString: 'flac', sampleRate, channels, description: w.bytes().slice() };
}

/**
 * One FLAC frame (section 9), of the variable block size kind, so that frames of any length may follow each other.
 * @param channels samples of each, 1 to 4096 and the same number; fewer than 16 only as the last of a stream
 * @param position number of the first sample in the stream, below 2^36
 */
export function encodeFlacFrame(channels: readonly Int16Array[], sampleRate: number, position: number): Uint8Array {
  const count = channels[0]?.length ?? 0;
  const w = new BitWriter(64 + count * channels.length * 2);
  w.bits(0b11111111_11111001, 16);
  w.bits(0b0111, 4);
  w.bits(RATE_CODES[sampleRate] ?? 0, 4);
  // Each channel by itself.
  w.bits(channels.length - 1, 4);
  w.bits(0b100, 3);
  w.bits(0, 1);
  writeCodedNumber(w, position);
  w.bits(count - 1, 16);
  w.bits(crc8(w.bytes()), 8);
  for (const samples of channels) writeSubframe(w, samples);
  w.align();
  w.bits(crc16(w.bytes()), 16);
  return w.bytes();
}

/** Section 9.1.5: the coding of UTF-8, extended to 36 bits. */
function writeCodedNumber(w: BitWriter, value: number): void {
  if (value < 0x80) {
    w.bits(value, 8);
    return;
  }
  let extra = 1;
  while (extra < 6 && value >= 2 ** (5 * extra + 6)) extra += 1;
  const lead = (0xff00 >> (extra + 1)) & 0xff;
  w.bits(lead | Math.floor(value / 2 ** (6 * extra)), 8);
  for (let i = extra - 1; i >= 0; i -= 1) w.bits(0x80 | (Math.floor(value / 2 ** (6 * i)) & 0x3f), 8);
}

function writeSubframe(w: BitWriter, samples: Int16Array): void {
  let bits = 0;
  let same = true;
  for (const sample of samples) {
    bits |= sample;
    same &&= sample === samples[0];
  }
  if (same) {
    w.bits(0, 8);
    w.signed(samples[0] ?? 0, 16);
    return;
  }
  // G.711 leaves the low bits of every sample zero; they cost nothing this way (section 9.2.2).
  const wasted = 31 - Math.clz32(bits & -bits);
  const depth = 16 - wasted;
  const values = Int32Array.from(samples, (sample) => sample >> wasted);
  const order = bestOrder(values);
  const residual = predict(values, order);
  const rice = bestRice(residual);
  const verbatim = rice.bits + order * depth > values.length * depth;
  w.bits(((verbatim ? 1 : 8 | order) << 1) | (wasted > 0 ? 1 : 0), 8);
  if (wasted > 0) w.unary(wasted - 1);
  if (verbatim) {
    for (const value of values) w.signed(value, depth);
    return;
  }
  for (let i = 0; i < order; i += 1) w.signed(values[i] ?? 0, depth);
  w.bits(0, 2);
  w.bits(0, 4);
  w.bits(rice.parameter, 4);
  for (const value of residual) {
    const folded = value >= 0 ? value * 2 : -value * 2 - 1;
    w.unary(folded >> rice.parameter);
    w.bits(folded & ((1 << rice.parameter) - 1), rice.parameter);
  }
}

/** Section 9.2.5: the order 0 to 4 whose residual has the smallest sum of sizes. */
function bestOrder(values: Int32Array): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  const most = Math.min(4, values.length - 1);
  let current = values;
  for (let order = 0; order <= most; order += 1) {
    if (order > 0) current = differences(current);
    let sum = 0;
    for (let i = most - order; i < current.length; i += 1) sum += Math.abs(current[i] ?? 0);
    if (sum < least) {
      least = sum;
      best = order;
    }
  }
  return best;
}

/** The fixed predictor of order n leaves the n-th difference. */
function predict(values: Int32Array, order: number): Int32Array {
  let current = values;
  for (let i = 0; i < order; i += 1) current = differences(current);
  return current;
}

function differences(values: Int32Array): Int32Array {
  const out = new Int32Array(values.length - 1);
  for (let i = 0; i < out.length; i += 1) out[i] = (values[i + 1] ?? 0) - (values[i] ?? 0);
  return out;
}

/** Section 9.2.7.1, one partition: the parameter that needs the fewest bits. */
function bestRice(residual: Int32Array): { parameter: number; bits: number } {
  let best = { parameter: 14, bits: Number.POSITIVE_INFINITY };
  for (let parameter = 0; parameter <= 14; parameter += 1) {
    let bits = residual.length * (1 + parameter);
    for (const value of residual) bits += (value >= 0 ? value * 2 : -value * 2 - 1) >> parameter;
    if (bits < best.bits) best = { parameter, bits };
    else break;
  }
  return best;
}

const CRC8 = table(8, 0x07);
const CRC16 = table(16, 0x8005);

function table(width: number, polynomial: number): Uint16Array {
  const top = 1 << (width - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte << (width - 8);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & top ? (crc << 1) ^ polynomial : crc << 1;
    return crc & ((1 << width) - 1);
  });
}

function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = CRC8[crc ^ byte] ?? 0;
  return crc;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC16[(crc >> 8) ^ byte] ?? 0);
  return crc;
}
