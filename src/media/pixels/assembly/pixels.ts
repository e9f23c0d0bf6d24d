/**
 * Pixels, sixteen at a time: AssemblyScript, compiled to `../pixels-wasm.ts` by `npm run pixels`. All places are addresses in the module's own memory,
 * all numbers whole. Whoever calls sees to it that nothing lies outside of what was allocated (`../patch.ts`, `../picture.ts`).
 *
 * A component of a drawing (Y, Cb or Cr) is kept as *colour* (times alpha, as it is added) and *under* (255 − alpha: how much of what lies under it
 * stays), in rows that begin at a multiple of {@link ROW} and are transparent from their width on.
 */

/** Bytes of a vector. */
const ROW: i32 = 16;
/** What {@link blend} may read and write behind the end of anything. */
export const SLACK: i32 = 32;

export function alloc(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function free(at: usize): void {
  heap.free(at);
}

/** A drawing as it is laid down, or a picture: three of these, of Y, Cb and Cr. */
@unmanaged
class Layer {
  /** Of a drawing: times alpha. */
  colour: usize;
  /** Of a drawing alone. */
  under: usize;
  /** Bytes from row to row. */
  stride: i32;
  /** Of a drawing: stretches of rows that are not wholly transparent; {@link Run}. */
  runs: usize;
  count: i32;
}

@unmanaged
class Run {
  row: i32;
  first: i32;
  /** Behind the last. */
  last: i32;
  /** Opaque from end to end. */
  solid: i32;
}

/** 16 times all bits, 16 times none: from `16 − n` on it is a mask of n bytes. */
const MASK: usize = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0,
]);

/** Each of eight 16-bit products of two bytes, divided by 255 and rounded. */
function over255(product: v128): v128 {
  const rounded = i16x8.add(product, i16x8.splat(128));
  return i16x8.shr_u(i16x8.add(rounded, i16x8.shr_u(rounded, 8)), 8);
}

/** Sixteen bytes times sixteen others, over 255. */
function share(bytes: v128, parts: v128): v128 {
  return i8x16.narrow_i16x8_u(
    over255(i16x8.extmul_low_i8x16_u(bytes, parts)),
    over255(i16x8.extmul_high_i8x16_u(bytes, parts)),
  );
}

/** Sixteen bytes times a strength of 0 to 256, over 256 and rounded. */
function weaken(bytes: v128, strength: v128): v128 {
  const half = i16x8.splat(128);
  const low = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_u(bytes), strength), half);
  const high = i16x8.add(i16x8.mul(i16x8.extend_high_i8x16_u(bytes), strength), half);
  return i8x16.narrow_i16x8_u(i16x8.shr_u(low, 8), i16x8.shr_u(high, 8));
}

/** Lays `count` bytes of a drawing over as many of a plane; whole. */
function blend(to: usize, colour: usize, under: usize, count: i32): void {
  for (let left = count; left > 0; left -= ROW, to += ROW, colour += ROW, under += ROW) {
    const there = v128.load(to);
    const mixed = i8x16.add_sat_u(v128.load(colour), share(there, v128.load(under)));
    v128.store(to, left >= ROW ? mixed : v128.bitselect(mixed, there, v128.load(MASK + ROW - left)));
  }
}

/** As {@link blend}, but only a part of it: `strength` of 256. */
function blendPart(to: usize, colour: usize, under: usize, count: i32, strength: i32): void {
  const weight = i16x8.splat(<i16>strength);
  const full = i8x16.splat(-1);
  for (let left = count; left > 0; left -= ROW, to += ROW, colour += ROW, under += ROW) {
    const there = v128.load(to);
    const stays = v128.not(weaken(v128.xor(v128.load(under), full), weight));
    const mixed = i8x16.add_sat_u(weaken(v128.load(colour), weight), share(there, stays));
    v128.store(to, left >= ROW ? mixed : v128.bitselect(mixed, there, v128.load(MASK + ROW - left)));
  }
}

/**
 * Lays one component of a drawing over one of a picture.
 * @param left column of the picture at which the drawing begins @param top row; both may lie outside of it
 * @param strength how much of it, 1 to 256
 * @param fromX first column of the drawing that is seen @param toX the column behind the last @param fromY row @param toY
 */
export function lay(
  plane: usize,
  stride: i32,
  layer: usize,
  left: i32,
  top: i32,
  strength: i32,
  fromX: i32,
  toX: i32,
  fromY: i32,
  toY: i32,
): void {
  const drawing = changetype<Layer>(layer);
  const end = drawing.runs + <usize>drawing.count * offsetof<Run>();
  for (let at = drawing.runs; at < end; at += offsetof<Run>()) {
    const run = changetype<Run>(at);
    if (run.row < fromY) continue;
    if (run.row >= toY) return;
    const first = max(fromX, run.first);
    const count = min(toX, run.last) - first;
    if (count <= 0) continue;
    const from = <usize>(run.row * drawing.stride + first);
    const to = plane + <isize>((top + run.row) * stride + left + first);
    if (strength < 256) blendPart(to, drawing.colour + from, drawing.under + from, count, strength);
    else if (run.solid) memory.copy(to, drawing.colour + from, count);
    else blend(to, drawing.colour + from, drawing.under + from, count);
  }
}

/** Makes a rectangle of one plane all of one value. */
export function fillRows(to: usize, stride: i32, value: u8, width: i32, height: i32): void {
  for (let row = 0; row < height; row++, to += stride) memory.fill(to, value, width);
}

/** Copies a rectangle of one plane. */
export function copyRows(to: usize, toStride: i32, from: usize, fromStride: i32, width: i32, height: i32): void {
  for (let row = 0; row < height; row++, to += toStride, from += fromStride) memory.copy(to, from, width);
}

/**
 * Weights of R, G, B and 255 in Y, Cb and Cr, times 32768: three times four numbers of 16 bits.
 * The last of each is what black has of it.
 */
function weightsOf(matrix: usize, component: i32): v128 {
  return v128.load64_splat(matrix + component * 8);
}

/**
 * Sums of weighted products, times 32768 · 127.5 (a product is a colour times its alpha, halved), as four bytes in the low halves of four numbers.
 * @param a two times two halves of sums @param b the next
 */
function component(a: v128, b: v128, weights: v128): v128 {
  const first = i32x4.dot_i16x8_s(a, weights);
  const second = i32x4.dot_i16x8_s(b, weights);
  const sum = i32x4.add(v128.shuffle<i32>(first, second, 0, 2, 4, 6), v128.shuffle<i32>(first, second, 1, 3, 5, 7));
  // Over 32768 · 127.5: by 256, then by 16320 as 257 · 2⁻²².
  const parts = i32x4.mul(i32x4.max_s(i32x4.shr_s(sum, 8), i32x4.splat(0)), i32x4.splat(257));
  return i32x4.shr_u(i32x4.add(parts, i32x4.splat(1 << 21)), 22);
}

/** The low bytes of four numbers, as one number. */
function packed(four: v128): i32 {
  const narrow = i16x8.narrow_i32x4_u(four, four);
  return i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0);
}

const OPAQUE_LANES: i32 = 0xff000000;

/** Four pixels, each of R, G, B and 255 times its alpha: the first two. */
function lowProducts(pixels: v128): v128 {
  return i16x8.extmul_low_i8x16_u(v128.or(pixels, i32x4.splat(OPAQUE_LANES)), alphas(pixels));
}

function highProducts(pixels: v128): v128 {
  return i16x8.extmul_high_i8x16_u(v128.or(pixels, i32x4.splat(OPAQUE_LANES)), alphas(pixels));
}

function alphas(pixels: v128): v128 {
  return v128.shuffle<u8>(pixels, pixels, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15);
}

/**
 * Two rows of pixels become two rows of Y and one each of Cb and Cr. Writes up to three bytes more than there are.
 * @param rgba straight, in memory order; what lies behind it may be read @param rowBytes from row to row
 * @param width even @param stride of Y from row to row
 */
function convertTwo(
  rgba: usize,
  rowBytes: i32,
  width: i32,
  matrix: usize,
  luma: usize,
  lumaUnder: usize,
  stride: i32,
  cb: usize,
  cr: usize,
  chromaUnder: usize,
): void {
  const y = weightsOf(matrix, 0);
  const u = weightsOf(matrix, 1);
  const v = weightsOf(matrix, 2);
  for (let x = 0; x < width; x += 4, rgba += 16) {
    const upper = v128.load(rgba);
    const lower = v128.load(rgba + rowBytes);
    const out = <usize>x;
    const half = <usize>(x >> 1);
    if (!v128.any_true(i32x4.shr_u(v128.or(upper, lower), 24))) {
      store<u32>(luma + out, 0);
      store<u32>(luma + out + stride, 0);
      store<u32>(lumaUnder + out, -1);
      store<u32>(lumaUnder + out + stride, -1);
      store<u16>(cb + half, 0);
      store<u16>(cr + half, 0);
      store<u16>(chromaUnder + half, -1);
      continue;
    }
    const upperLow = lowProducts(upper);
    const upperHigh = highProducts(upper);
    const lowerLow = lowProducts(lower);
    const lowerHigh = highProducts(lower);
    store<i32>(luma + out, packed(component(i16x8.shr_u(upperLow, 1), i16x8.shr_u(upperHigh, 1), y)));
    store<i32>(luma + out + stride, packed(component(i16x8.shr_u(lowerLow, 1), i16x8.shr_u(lowerHigh, 1), y)));
    store<i32>(lumaUnder + out, ~packed(i32x4.shr_u(upper, 24)));
    store<i32>(lumaUnder + out + stride, ~packed(i32x4.shr_u(lower, 24)));
    // Of four pixels, an eighth of each: half of their mean.
    const low = i16x8.add(i16x8.shr_u(upperLow, 3), i16x8.shr_u(lowerLow, 3));
    const high = i16x8.add(i16x8.shr_u(upperHigh, 3), i16x8.shr_u(lowerHigh, 3));
    const blocks = i16x8.add(v128.shuffle<i64>(low, high, 0, 2), v128.shuffle<i64>(low, high, 1, 3));
    const stays = i32x4.add(i32x4.shr_u(upper, 24), i32x4.shr_u(lower, 24));
    store<u16>(cb + half, <u16>packed(component(blocks, blocks, u)));
    store<u16>(cr + half, <u16>packed(component(blocks, blocks, v)));
    const right = i32x4.add(stays, v128.shuffle<i32>(stays, stays, 1, 0, 3, 2));
    const mean = i32x4.shr_u(i32x4.add(right, i32x4.splat(2)), 2);
    store<u16>(chromaUnder + half, <u16>~packed(v128.shuffle<i32>(mean, mean, 0, 2, 0, 2)));
  }
}

/** Where {@link blendPixels} converts: two rows of Y and their under, one of Cb, Cr and their under. */
let scratch: usize = 0;
let scratchStride: i32 = 0;

/**
 * Lays pixels over a picture that are seen in this frame alone.
 * @param strength how much of them, 1 to 256
 * @param rgba straight, in memory order, rows of `width`
 * @param width even @param height even
 * @param y where the upper left pixel comes to lie @param cb @param cr
 */
export function blendPixels(
  rgba: usize,
  width: i32,
  height: i32,
  matrix: usize,
  strength: i32,
  y: usize,
  yStride: i32,
  cb: usize,
  cr: usize,
  chromaStride: i32,
): void {
  const stride = (width + 2 * ROW - 1) & -ROW;
  if (stride > scratchStride) {
    if (scratch) heap.free(scratch);
    scratch = heap.alloc(7 * stride + SLACK);
    scratchStride = stride;
  }
  const under = scratch + 2 * stride;
  const u = under + 2 * stride;
  const v = u + stride;
  const chromaUnder = v + stride;
  for (let row = 0; row < height; row += 2) {
    convertTwo(rgba, width * 4, width, matrix, scratch, under, stride, u, v, chromaUnder);
    if (strength < 256) {
      blendPart(y, scratch, under, width, strength);
      blendPart(y + yStride, scratch + stride, under + stride, width, strength);
      blendPart(cb, u, chromaUnder, width >> 1, strength);
      blendPart(cr, v, chromaUnder, width >> 1, strength);
    } else {
      blend(y, scratch, under, width);
      blend(y + yStride, scratch + stride, under + stride, width);
      blend(cb, u, chromaUnder, width >> 1);
      blend(cr, v, chromaUnder, width >> 1);
    }
    rgba += width * 8;
    y += 2 * yStride;
    cb += chromaStride;
    cr += chromaStride;
  }
}

/**
 * Pixels become what is kept of a drawing: three layers, whose `colour`, `under` and `stride` are set.
 * @param rgba straight, in memory order, rows of `width` @param width even @param height even
 */
export function convert(rgba: usize, width: i32, height: i32, matrix: usize, y: usize, cb: usize, cr: usize): void {
  const luma = changetype<Layer>(y);
  const u = changetype<Layer>(cb);
  const v = changetype<Layer>(cr);
  for (let row = 0; row < height; row += 2) {
    const at = <usize>(row * luma.stride);
    const half = <usize>((row >> 1) * u.stride);
    convertTwo(
      rgba + <usize>(row * width * 4),
      width * 4,
      width,
      matrix,
      luma.colour + at,
      luma.under + at,
      luma.stride,
      u.colour + half,
      v.colour + half,
      u.under + half,
    );
  }
  clean(luma, width, height);
  clean(u, width >> 1, height >> 1);
  clean(v, width >> 1, height >> 1);
}

/** Transparent from the width on. */
function clean(layer: Layer, width: i32, height: i32): void {
  for (let row = 0; row < height; row++) {
    const at = <usize>(row * layer.stride + width);
    memory.fill(layer.colour + at, 0, layer.stride - width);
    memory.fill(layer.under + at, 255, layer.stride - width);
  }
}

/** Shorter stretches that are opaque, or gaps, are not worth a run of their own. */
const WORTH_IT: i32 = 48;

/**
 * Finds the stretches of a layer that are seen.
 * @param runs room for them, or 0 to count alone
 * @returns how many there are
 */
export function runsOf(layer: usize, width: i32, height: i32, runs: usize): i32 {
  const drawing = changetype<Layer>(layer);
  let count = 0;
  for (let row = 0; row < height; row++) {
    const start = drawing.under + <usize>(row * drawing.stride);
    let mixed = -1;
    for (let x = 0; x < width; ) {
      const value = load<u8>(start + x);
      const plain = value === 0 || value === 255;
      const end = plain ? sameUntil(start, x, width, value) : x + 1;
      if (plain && (end - x >= WORTH_IT || (value === 255 && (end === width || mixed < 0)))) {
        if (mixed >= 0) count = put(runs, count, row, mixed, x, 0);
        if (value === 0) count = put(runs, count, row, x, end, 1);
        mixed = -1;
      } else if (mixed < 0) mixed = x;
      x = end;
    }
    if (mixed >= 0) count = put(runs, count, row, mixed, width, 0);
  }
  return count;
}

function sameUntil(start: usize, x: i32, width: i32, value: u8): i32 {
  let end = x + 1;
  while (end < width && load<u8>(start + end) === value) end++;
  return end;
}

function put(runs: usize, count: i32, row: i32, first: i32, last: i32, solid: i32): i32 {
  if (runs) {
    const run = changetype<Run>(runs + <usize>count * offsetof<Run>());
    run.row = row;
    run.first = first;
    run.last = last;
    run.solid = solid;
  }
  return count + 1;
}

export { layScaled, scaledRuns, spread } from './scaled';
