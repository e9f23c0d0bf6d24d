/**
 * A drawing that is kept from frame to frame: converted once, then laid over each picture at the cost of what it covers. Pure.
 */
import { BT601, type ColourMatrix, type Planes } from './blend.ts';
import { type Bytes, bytesOf, copyBytes } from './copy-bytes.ts';
import type { Rect } from './overlay-scene.ts';

const MIXED = 0;
/** All of it opaque: copied. */
const OPAQUE = 1;
/** One colour and alpha throughout: four pixels at a time. */
const EVEN = 2;

interface Layer {
  /** Colour times alpha, as it is added. */
  readonly colour: Uint8Array;
  readonly copied: Bytes;
  /** 255 − alpha: how much of what lies under it stays. */
  readonly under: Uint8Array;
  readonly width: number;
  /** Stretches of rows that are not wholly transparent: row, first column, column behind the last, and how it is blended. */
  readonly runs: Int32Array;
}

export interface KeptPatch {
  readonly rect: Rect;
  readonly layers: readonly [Layer, Layer, Layer];
}

/**
 * @param pixels straight RGBA in memory order, rows of `rect.width`
 * @param rect even
 */
export function keepPatch(pixels: Uint8Array | Uint8ClampedArray, rect: Rect, matrix: ColourMatrix = BT601): KeptPatch {
  const { width, height } = rect;
  const luma = new Uint8Array(width * height);
  const lumaUnder = new Uint8Array(width * height);
  const half = (width >> 1) * (height >> 1);
  const cb = new Uint8Array(half);
  const cr = new Uint8Array(half);
  const chromaUnder = new Uint8Array(half);
  const [yr, yg, yb] = matrix.y;
  lumaUnder.fill(255);
  chromaUnder.fill(255);
  for (let at = 0, top = 0; top < height; top += 2)
    for (let left = 0; left < width; left += 2, at++) {
      let [red, green, blue, opacity] = [0, 0, 0, 0];
      for (let corner = 0; corner < 4; corner++) {
        const pixel = (top + (corner >> 1)) * width + left + (corner & 1);
        const alpha = pixels[pixel * 4 + 3] ?? 0;
        if (alpha === 0) continue;
        lumaUnder[pixel] = 255 - alpha;
        const r = ((pixels[pixel * 4] ?? 0) * alpha) / 255;
        const g = ((pixels[pixel * 4 + 1] ?? 0) * alpha) / 255;
        const b = ((pixels[pixel * 4 + 2] ?? 0) * alpha) / 255;
        luma[pixel] = Math.round((yr * r + yg * g + yb * b) / 65_536 + (16 * alpha) / 255);
        red += r / 4;
        green += g / 4;
        blue += b / 4;
        opacity += alpha / 4;
      }
      if (opacity === 0) continue;
      cb[at] = shareOf(matrix.cb, red, green, blue, opacity);
      cr[at] = shareOf(matrix.cr, red, green, blue, opacity);
      chromaUnder[at] = Math.round(255 - opacity);
    }
  const layer = (colour: Uint8Array, under: Uint8Array, columns: number): Layer => ({
    colour,
    copied: bytesOf(colour),
    under,
    width: columns,
    runs: runsOf(colour, under, columns),
  });
  return {
    rect,
    layers: [layer(luma, lumaUnder, width), layer(cb, chromaUnder, width >> 1), layer(cr, chromaUnder, width >> 1)],
  };
}

/** Of chroma, times alpha. */
const shareOf = ([a, b, c]: ColourMatrix['cb'], r: number, g: number, bl: number, alpha: number): number =>
  Math.round((a * r + b * g + c * bl) / 65_536 + (128 * alpha) / 255);

/** Lays it over the picture, in place. The patch must be inside of it. */
export function blendKept(target: Planes, patch: KeptPatch): void {
  blendMoved(target, patch, patch.rect, 256, patch.rect);
}

/**
 * Lays it over the picture at another place.
 * @param at even
 * @param strength how much of it, 0 to 256
 * @param clip even, inside of the picture: nothing outside of it is touched
 */
export function blendMoved(
  target: Planes,
  patch: KeptPatch,
  at: { readonly x: number; readonly y: number },
  strength: number,
  clip: Rect,
): void {
  for (let index = 0; index < 3; index++) {
    const layer = patch.layers[index];
    const plane = target.data[index];
    const stride = target.strides[index];
    if (!plane || !stride || !layer) continue;
    const by = index === 0 ? 0 : 1;
    const [left, top] = [at.x >> by, at.y >> by];
    blendLayer(plane, stride, layer, strength, {
      left,
      top,
      fromX: (clip.x >> by) - left,
      toX: ((clip.x + clip.width) >> by) - left,
      fromY: (clip.y >> by) - top,
      toY: ((clip.y + clip.height) >> by) - top,
    });
  }
}

/** The newest few planes: their views are not made again for each patch. */
const NEWEST: Bytes[] = [];

function bytesIn(plane: Uint8Array): Bytes {
  const known = NEWEST.find(({ bytes }) => bytes === plane);
  if (known) return known;
  const made = bytesOf(plane);
  NEWEST.unshift(made);
  NEWEST.length = Math.min(NEWEST.length, 3);
  return made;
}

/** Where a layer lies in a plane, and which part of it is seen, in its own columns and rows. */
interface LayerPlace {
  readonly left: number;
  readonly top: number;
  readonly fromX: number;
  readonly toX: number;
  readonly fromY: number;
  readonly toY: number;
}

function blendLayer(plane: Uint8Array, stride: number, layer: Layer, strength: number, place: LayerPlace): void {
  const { colour, copied, under, width, runs } = layer;
  let target: Bytes | undefined;
  const { left, top, fromX, toX, fromY, toY } = place;
  const origin = top * stride + left;
  const whole = strength >= 256;
  for (let run = 0; run < runs.length; run += 4) {
    const row = runs[run] ?? 0;
    if (row < fromY) continue;
    if (row >= toY) return;
    const first = Math.max(fromX, runs[run + 1] ?? 0);
    const last = Math.min(toX, runs[run + 2] ?? 0);
    if (first >= last) continue;
    let from = row * width + first;
    const end = row * width + last;
    let to = origin + row * stride + first;
    const how = runs[run + 3];
    if (how === OPAQUE && whole) {
      target ??= bytesIn(plane);
      copyBytes(target, to, copied, from, end - from);
    } else if (how === EVEN && (plane.byteOffset & 3) === 0) {
      target ??= bytesIn(plane);
      const words = target.words ?? new Uint32Array();
      const [tint, stays] = [colour[from] ?? 0, under[from] ?? 0];
      if (whole) blendEven(plane, words, to, end - from, tint, stays);
      else
        blendEven(
          plane,
          words,
          to,
          end - from,
          (tint * strength + 128) >>> 8,
          255 - (((255 - stays) * strength + 128) >>> 8),
        );
    } else if (whole)
      for (; from < end; from++, to++)
        plane[to] = (colour[from] ?? 0) + (((plane[to] ?? 0) * (under[from] ?? 0) * 257 + 32_768) >>> 16);
    else
      for (; from < end; from++, to++) {
        // In parts of 255 · 256.
        const stays = 65_280 - (255 - (under[from] ?? 0)) * strength;
        const sum = (colour[from] ?? 0) * strength * 255 + (plane[to] ?? 0) * stays;
        plane[to] = (sum + (sum >>> 8) + 32_768) >>> 16;
      }
  }
}

/** Four pixels at once: as two numbers of two pixels, each with a byte of room between them. @param words of the same bytes */
function blendEven(
  plane: Uint8Array,
  words: Uint32Array,
  at: number,
  length: number,
  colour: number,
  under: number,
): void {
  // In parts of 256 instead of 255, so that a shift divides.
  const weight = Math.round((under * 256) / 255);
  const end = at + length;
  let to = at;
  for (; to < end && (to & 3) !== 0; to++) plane[to] = colour + (((plane[to] ?? 0) * weight + 128) >>> 8);
  const colours = colour * 0x01010101;
  const lastWord = end >> 2;
  for (let word = to >> 2; word < lastWord; word++) {
    const four = words[word] ?? 0;
    const low = ((Math.imul(four & 0x00ff00ff, weight) + 0x00800080) >>> 8) & 0x00ff00ff;
    const high = (Math.imul((four >>> 8) & 0x00ff00ff, weight) + 0x00800080) & 0xff00ff00;
    words[word] = colours + (low | high);
  }
  for (to = Math.max(to, lastWord * 4); to < end; to++) plane[to] = colour + (((plane[to] ?? 0) * weight + 128) >>> 8);
}

/** Shorter stretches of one kind are not worth a run of their own. */
const WORTH_IT = 24;

function runsOf(colour: Uint8Array, under: Uint8Array, width: number): Int32Array {
  const runs: number[] = [];
  const height = width > 0 ? under.length / width : 0;
  for (let row = 0; row < height; row++) {
    const start = row * width;
    /** How far what is at `x` goes on the same: opaque, transparent, or equal. */
    const sameUntil = (x: number): number => {
      const [alpha, tint] = [under[start + x], colour[start + x]];
      let end = x + 1;
      while (end < width && under[start + end] === alpha && (alpha === 0 || colour[start + end] === tint)) end++;
      return end;
    };
    let mixed = -1;
    const endMixed = (x: number): void => {
      if (mixed >= 0) runs.push(row, mixed, x, MIXED);
      mixed = -1;
    };
    for (let x = 0; x < width; ) {
      const end = sameUntil(x);
      const alpha = under[start + x];
      if (alpha === 255) endMixed(x);
      else if (end - x >= WORTH_IT) {
        endMixed(x);
        runs.push(row, x, end, alpha === 0 ? OPAQUE : EVEN);
      } else if (mixed < 0) mixed = x;
      x = end;
    }
    endMixed(width);
  }
  return Int32Array.from(runs);
}
