/**
 * Tiny valid H.264 (ITU-T H.264, Constrained Baseline, CAVLC) without an encoder: grey macroblocks, and raw ones (I_PCM) with what a test wants
 * to see again. A picture of 1280×960 is about 5 kB, one that repeats the last a few bytes and its raw macroblocks.
 */
import { BitWriter } from '../../src/media/bitstream/bits.ts';
import { fromRbsp } from '../../src/media/bitstream/nal.ts';

export interface PictureShape {
  readonly width: number;
  readonly height: number;
}

/** A raw macroblock. */
export interface RawBlock {
  /** In reading order from the top left. */
  readonly at: number;
  /** 256 values of brightness, then 64 and 64 of colour; none of them 0. */
  readonly samples: Uint8Array;
}

const ue = (bits: BitWriter, value: number): void => {
  const code = value + 1;
  const length = 32 - Math.clz32(code);
  bits.bits(0, length - 1);
  bits.bits(code, length);
};
const se = (bits: BitWriter, value: number): void => ue(bits, value > 0 ? value * 2 - 1 : -value * 2);

function nal(header: number, bits: BitWriter): Uint8Array {
  bits.bits(1, 1);
  bits.align();
  const body = fromRbsp(bits.bytes());
  return Uint8Array.from([header, ...body]);
}

/** Section 7.3.2.1.1: POC type 2, one reference, cropped to the size. */
export function sequenceSet({ width, height }: PictureShape): Uint8Array {
  const bits = new BitWriter();
  bits.bits(66, 8);
  bits.bits(0xc0, 8);
  bits.bits(51, 8);
  ue(bits, 0);
  ue(bits, 4);
  ue(bits, 2);
  ue(bits, 1);
  bits.bits(0, 1);
  const [wide, high] = [Math.ceil(width / 16), Math.ceil(height / 16)];
  ue(bits, wide - 1);
  ue(bits, high - 1);
  bits.bits(1, 1);
  bits.bits(1, 1);
  const [right, bottom] = [(wide * 16 - width) / 2, (high * 16 - height) / 2];
  bits.bits(right + bottom > 0 ? 1 : 0, 1);
  if (right + bottom > 0) for (const crop of [0, right, 0, bottom]) ue(bits, crop);
  bits.bits(0, 1);
  return nal(0x67, bits);
}

/** Section 7.3.2.2: CAVLC, deblocking controlled by the slice. */
export function pictureSet(): Uint8Array {
  const bits = new BitWriter();
  ue(bits, 0);
  ue(bits, 0);
  bits.bits(0, 2);
  ue(bits, 0);
  ue(bits, 0);
  ue(bits, 0);
  bits.bits(0, 3);
  se(bits, 0);
  se(bits, 0);
  se(bits, 0);
  bits.bits(0b100, 3);
  return nal(0x68, bits);
}

/** Number of macroblocks. */
export function blocksOf({ width, height }: PictureShape): number {
  return Math.ceil(width / 16) * Math.ceil(height / 16);
}

/** An IDR picture: grey but for the raw blocks. @param idrId differs between neighbouring ones */
export function keyPicture(shape: PictureShape, idrId: number, raw: readonly RawBlock[]): Uint8Array {
  const bits = new BitWriter(1 << 16);
  ue(bits, 0);
  ue(bits, 7);
  ue(bits, 0);
  bits.bits(0, 8);
  ue(bits, idrId);
  bits.bits(0, 2);
  se(bits, 0);
  ue(bits, 1);
  const wide = Math.ceil(shape.width / 16);
  const blocks = new Map(raw.map((block) => [block.at, block.samples]));
  for (let at = 0; at < blocksOf(shape); at += 1) {
    const samples = blocks.get(at);
    if (samples) {
      ue(bits, 25);
      rawSamples(bits, samples);
      continue;
    }
    // I_16x16 with DC prediction and nothing left over.
    ue(bits, 3);
    ue(bits, 0);
    se(bits, 0);
    // coeff_token of no coefficients; its code depends on the neighbours (section 9.2.1): a raw one counts 16.
    const left = at % wide === 0 ? undefined : blocks.has(at - 1) ? 16 : 0;
    const above = at < wide ? undefined : blocks.has(at - wide) ? 16 : 0;
    const context = left !== undefined && above !== undefined ? (left + above + 1) >> 1 : (left ?? above ?? 0);
    if (context >= 8) bits.bits(0b000011, 6);
    else bits.bits(1, 1);
  }
  return nal(0x65, bits);
}

/** A P picture: everything as before but for the raw blocks. @param frameNum counts from the last IDR picture */
export function nextPicture(shape: PictureShape, frameNum: number, raw: readonly RawBlock[]): Uint8Array {
  const bits = new BitWriter(1024);
  ue(bits, 0);
  ue(bits, 5);
  ue(bits, 0);
  bits.bits(frameNum & 0xff, 8);
  bits.bits(0, 1);
  bits.bits(0, 1);
  bits.bits(0, 1);
  se(bits, 0);
  ue(bits, 1);
  let at = 0;
  for (const { at: place, samples } of [...raw].sort((one, other) => one.at - other.at)) {
    ue(bits, place - at);
    ue(bits, 30);
    rawSamples(bits, samples);
    at = place + 1;
  }
  if (at < blocksOf(shape)) ue(bits, blocksOf(shape) - at);
  return nal(0x41, bits);
}

function rawSamples(bits: BitWriter, samples: Uint8Array): void {
  bits.align();
  for (const sample of samples) bits.bits(sample, 8);
}
