/**
 * Lays drawings over 4:2:0 pictures of limited range. Only what was drawn is touched; integers only. Pure.
 */
import type { Rect } from './overlay-scene.ts';

export interface Planes {
  /** Y, Cb, Cr. */
  readonly data: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Bytes of a row of each. */
  readonly strides: readonly [number, number, number];
}

/** Weights of red, green and blue in Y, Cb and Cr, times 65536, for limited range. */
export interface ColourMatrix {
  readonly y: readonly [number, number, number];
  readonly cb: readonly [number, number, number];
  readonly cr: readonly [number, number, number];
}

/** From the luma weights of red and blue (ITU-T H.273 section 8.3, equations 41 to 46 with the ranges 219 and 224). */
function matrixOf(kr: number, kb: number): ColourMatrix {
  const kg = 1 - kr - kb;
  const luma = (65_536 * 219) / 255;
  const chroma = (65_536 * 224) / 255 / 2;
  const round = (a: number, b: number, c: number) => [Math.round(a), Math.round(b), Math.round(c)] as const;
  return {
    y: round(luma * kr, luma * kg, luma * kb),
    cb: round((-chroma * kr) / (1 - kb), (-chroma * kg) / (1 - kb), chroma),
    cr: round(chroma, (-chroma * kg) / (1 - kr), (-chroma * kb) / (1 - kr)),
  };
}

export const BT601: ColourMatrix = matrixOf(0.299, 0.114);
export const BT709: ColourMatrix = matrixOf(0.2126, 0.0722);

/**
 * Blends the pixels of `rect` into the picture.
 * @param pixels straight (not premultiplied) RGBA in memory order, one number a pixel, rows of `rect.width`
 * @param rect even, inside the picture
 */
export function blendPixels(target: Planes, pixels: Int32Array, rect: Rect, matrix: ColourMatrix): void {
  const [luma, cbs, crs] = target.data;
  const [lumaStride, cbStride, crStride] = target.strides;
  const [yr, yg, yb] = matrix.y;
  const [ur, ug, ub] = matrix.cb;
  const [vr, vg, vb] = matrix.cr;
  const { width, height } = rect;
  for (let row = 0; row < height; row += 2) {
    let from = row * width;
    let at = (rect.y + row) * lumaStride + rect.x;
    let cbAt = ((rect.y + row) >> 1) * cbStride + (rect.x >> 1);
    let crAt = ((rect.y + row) >> 1) * crStride + (rect.x >> 1);
    for (let end = from + width; from < end; from += 2, at += 2, cbAt++, crAt++) {
      const p0 = pixels[from] ?? 0;
      const p1 = pixels[from + 1] ?? 0;
      const p2 = pixels[from + width] ?? 0;
      const p3 = pixels[from + width + 1] ?? 0;
      // Little-endian: alpha is the highest byte, red the lowest.
      const a0 = p0 >>> 24;
      const a1 = p1 >>> 24;
      const a2 = p2 >>> 24;
      const a3 = p3 >>> 24;
      const alpha = a0 + a1 + a2 + a3;
      if (alpha === 0) continue;
      const low = at + lumaStride;
      const r0 = p0 & 255;
      const g0 = (p0 >>> 8) & 255;
      const b0 = (p0 >>> 16) & 255;
      const r1 = p1 & 255;
      const g1 = (p1 >>> 8) & 255;
      const b1 = (p1 >>> 16) & 255;
      const r2 = p2 & 255;
      const g2 = (p2 >>> 8) & 255;
      const b2 = (p2 >>> 16) & 255;
      const r3 = p3 & 255;
      const g3 = (p3 >>> 8) & 255;
      const b3 = (p3 >>> 16) & 255;
      luma[at] = mix(luma[at] ?? 0, (yr * r0 + yg * g0 + yb * b0 + Y_ZERO) >> 16, a0);
      luma[at + 1] = mix(luma[at + 1] ?? 0, (yr * r1 + yg * g1 + yb * b1 + Y_ZERO) >> 16, a1);
      luma[low] = mix(luma[low] ?? 0, (yr * r2 + yg * g2 + yb * b2 + Y_ZERO) >> 16, a2);
      luma[low + 1] = mix(luma[low + 1] ?? 0, (yr * r3 + yg * g3 + yb * b3 + Y_ZERO) >> 16, a3);
      // The mean colour of the four, each weighted by its alpha. Inside of a fill all have the same.
      const even = a0 === a1 && a0 === a2 && a0 === a3;
      const r = even ? r0 + r1 + r2 + r3 : (((r0 * a0 + r1 * a1 + r2 * a2 + r3 * a3) * 4) / alpha) | 0;
      const g = even ? g0 + g1 + g2 + g3 : (((g0 * a0 + g1 * a1 + g2 * a2 + g3 * a3) * 4) / alpha) | 0;
      const b = even ? b0 + b1 + b2 + b3 : (((b0 * a0 + b1 * a1 + b2 * a2 + b3 * a3) * 4) / alpha) | 0;
      const share = even ? a0 : (alpha + 2) >> 2;
      cbs[cbAt] = mix(cbs[cbAt] ?? 0, (ur * r + ug * g + ub * b + C_ZERO) >> 18, share);
      crs[crAt] = mix(crs[crAt] ?? 0, (vr * r + vg * g + vb * b + C_ZERO) >> 18, share);
    }
  }
}

/** Black and half a step, in the scale of a matrix; of chroma for the sum of four. */
const Y_ZERO = 16 * 65_536 + 32_768;
const C_ZERO = 4 * (128 * 65_536 + 32_768);

/** @param alpha 0 to 255 */
const mix = (under: number, over: number, alpha: number): number =>
  under + (((over - under) * alpha * 257 + 32_768) >> 16);

/** The smallest even rectangle around `rect` within a picture, or undefined where nothing of it is inside. */
export function evenRect(rect: Rect, size: { readonly width: number; readonly height: number }): Rect | undefined {
  const left = Math.max(0, Math.floor(rect.x / 2) * 2);
  const top = Math.max(0, Math.floor(rect.y / 2) * 2);
  const right = Math.min(size.width, Math.ceil((rect.x + rect.width) / 2) * 2);
  const bottom = Math.min(size.height, Math.ceil((rect.y + rect.height) / 2) * 2);
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

/** Reading a rectangle back costs as much as so many pixels more of another. */
const WORTH_OWN_RECT = 1000;

/** Few rectangles around the same area, of which no two overlap: those that do, or that are near each other, become one around both. */
export function fewRects(rects: readonly Rect[]): Rect[] {
  const done: Rect[] = [];
  for (const rect of rects) {
    let grown = rect;
    for (let index = 0; index < done.length; ) {
      const other = done[index];
      const both = other && around(grown, other);
      if (!other || !both || (!overlap(grown, other) && area(both) > area(grown) + area(other) + WORTH_OWN_RECT)) {
        index++;
        continue;
      }
      grown = both;
      done.splice(index, 1);
      index = 0;
    }
    done.push(grown);
  }
  return done;
}

function around(a: Rect, b: Rect): Rect {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

const area = (rect: Rect): number => rect.width * rect.height;

export const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
