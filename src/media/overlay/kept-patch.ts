/**
 * A drawing that is kept from frame to frame: converted once, then laid over each picture at the cost of what it covers. Pure.
 */
import { BT601, type ColourMatrix, type Planes } from './blend.ts';
import type { Rect } from './overlay-scene.ts';

interface Layer {
  /** Colour times alpha, as it is added. */
  readonly colour: Uint8Array;
  /** 255 − alpha: how much of what lies under it stays. */
  readonly under: Uint8Array;
  readonly width: number;
  /** Runs that are not wholly transparent: row, first column, column behind the last, and 1 where all of it is opaque. */
  readonly runs: Int32Array;
}

export interface KeptPatch {
  readonly rect: Rect;
  readonly layers: readonly [Layer, Layer, Layer];
  /** Of memory. */
  readonly bytes: number;
}

/**
 * @param pixels straight RGBA in memory order, rows of `rect.width`
 * @param rect even
 */
export function keepPatch(pixels: Uint8ClampedArray, rect: Rect, matrix: ColourMatrix = BT601): KeptPatch {
  const { width, height } = rect;
  const luma = new Uint8Array(width * height);
  const lumaUnder = new Uint8Array(width * height);
  const half = (width >> 1) * (height >> 1);
  const cb = new Uint8Array(half);
  const cr = new Uint8Array(half);
  const chromaUnder = new Uint8Array(half);
  const sums = new Float64Array(half * 4);
  const [yr, yg, yb] = matrix.y;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const alpha = pixels[at * 4 + 3] ?? 0;
      const r = ((pixels[at * 4] ?? 0) * alpha) / 255;
      const g = ((pixels[at * 4 + 1] ?? 0) * alpha) / 255;
      const b = ((pixels[at * 4 + 2] ?? 0) * alpha) / 255;
      luma[at] = Math.round((yr * r + yg * g + yb * b) / 65_536 + (16 * alpha) / 255);
      lumaUnder[at] = 255 - alpha;
      const sum = ((y >> 1) * (width >> 1) + (x >> 1)) * 4;
      sums[sum] = (sums[sum] ?? 0) + r / 4;
      sums[sum + 1] = (sums[sum + 1] ?? 0) + g / 4;
      sums[sum + 2] = (sums[sum + 2] ?? 0) + b / 4;
      sums[sum + 3] = (sums[sum + 3] ?? 0) + alpha / 4;
    }
  for (let at = 0; at < half; at++) {
    const [r = 0, g = 0, b = 0, alpha = 0] = sums.subarray(at * 4, at * 4 + 4);
    cb[at] = Math.round((matrix.cb[0] * r + matrix.cb[1] * g + matrix.cb[2] * b) / 65_536 + (128 * alpha) / 255);
    cr[at] = Math.round((matrix.cr[0] * r + matrix.cr[1] * g + matrix.cr[2] * b) / 65_536 + (128 * alpha) / 255);
    chromaUnder[at] = Math.round(255 - alpha);
  }
  const chromaRuns = runsOf(chromaUnder, width >> 1);
  const layer = (colour: Uint8Array, under: Uint8Array, columns: number, runs: Int32Array): Layer => ({
    colour,
    under,
    width: columns,
    runs,
  });
  return {
    rect,
    layers: [
      layer(luma, lumaUnder, width, runsOf(lumaUnder, width)),
      layer(cb, chromaUnder, width >> 1, chromaRuns),
      layer(cr, chromaUnder, width >> 1, chromaRuns),
    ],
    bytes: width * height * 2 + half * 3,
  };
}

/** Lays it over the picture, in place. The patch must be inside of it. */
export function blendKept(target: Planes, patch: KeptPatch): void {
  for (const [index, layer] of patch.layers.entries()) {
    const plane = target.data[index];
    const stride = target.strides[index];
    if (!plane || !stride) continue;
    const by = index === 0 ? 0 : 1;
    const origin = (patch.rect.y >> by) * stride + (patch.rect.x >> by);
    const { colour, under, width, runs } = layer;
    for (let run = 0; run < runs.length; run += 4) {
      const row = runs[run] ?? 0;
      const first = runs[run + 1] ?? 0;
      const end = row * width + (runs[run + 2] ?? 0);
      let from = row * width + first;
      let to = origin + row * stride + first;
      if (runs[run + 3] === 1) {
        plane.set(colour.subarray(from, end), to);
        continue;
      }
      for (; from < end; from++, to++)
        plane[to] = (colour[from] ?? 0) + (((plane[to] ?? 0) * (under[from] ?? 0) * 257 + 32_768) >>> 16);
    }
  }
}

/** Shorter opaque stretches are not worth a run of their own. */
const WORTH_COPYING = 24;

function runsOf(under: Uint8Array, width: number): Int32Array {
  const runs: number[] = [];
  const height = width > 0 ? under.length / width : 0;
  for (let row = 0; row < height; row++) {
    const at = (column: number): number => under[row * width + column] ?? 255;
    for (let x = 0; x < width; ) {
      if (at(x) === 255) {
        x++;
        continue;
      }
      const start = x;
      const opaqueEnd = stretch(at, x, width);
      if (opaqueEnd - start >= WORTH_COPYING) {
        runs.push(row, start, opaqueEnd, 1);
        x = opaqueEnd;
        continue;
      }
      x = Math.max(opaqueEnd, start + 1);
      while (x < width && at(x) !== 255) {
        const end = stretch(at, x, width);
        if (end - x >= WORTH_COPYING) break;
        x = Math.max(end, x + 1);
      }
      runs.push(row, start, x, 0);
    }
  }
  return Int32Array.from(runs);
}

/** Where the opaque stretch that begins at `x` ends; `x` itself where it is not opaque. */
function stretch(at: (column: number) => number, x: number, width: number): number {
  let end = x;
  while (end < width && at(end) === 0) end++;
  return end;
}
