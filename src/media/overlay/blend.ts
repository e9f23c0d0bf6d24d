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
export function blendPixels(target: Planes, pixels: Uint32Array, rect: Rect, matrix: ColourMatrix): void {
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
      const below = from + width;
      const p0 = pixels[from] ?? 0;
      const p1 = pixels[from + 1] ?? 0;
      const p2 = pixels[below] ?? 0;
      const p3 = pixels[below + 1] ?? 0;
      // Little-endian: alpha is the highest byte, red the lowest.
      const a0 = p0 >>> 24;
      const a1 = p1 >>> 24;
      const a2 = p2 >>> 24;
      const a3 = p3 >>> 24;
      const alpha = a0 + a1 + a2 + a3;
      if (alpha === 0) continue;
      let r = 0;
      let g = 0;
      let b = 0;
      if (a0 !== 0) {
        const pr = (p0 & 255) * a0;
        const pg = ((p0 >>> 8) & 255) * a0;
        const pb = ((p0 >>> 16) & 255) * a0;
        r = pr;
        g = pg;
        b = pb;
        luma[at] = over(luma[at] ?? 0, pr, pg, pb, a0, yr, yg, yb);
      }
      if (a1 !== 0) {
        const pr = (p1 & 255) * a1;
        const pg = ((p1 >>> 8) & 255) * a1;
        const pb = ((p1 >>> 16) & 255) * a1;
        r += pr;
        g += pg;
        b += pb;
        luma[at + 1] = over(luma[at + 1] ?? 0, pr, pg, pb, a1, yr, yg, yb);
      }
      if (a2 !== 0) {
        const pr = (p2 & 255) * a2;
        const pg = ((p2 >>> 8) & 255) * a2;
        const pb = ((p2 >>> 16) & 255) * a2;
        r += pr;
        g += pg;
        b += pb;
        luma[at + lumaStride] = over(luma[at + lumaStride] ?? 0, pr, pg, pb, a2, yr, yg, yb);
      }
      if (a3 !== 0) {
        const pr = (p3 & 255) * a3;
        const pg = ((p3 >>> 8) & 255) * a3;
        const pb = ((p3 >>> 16) & 255) * a3;
        r += pr;
        g += pg;
        b += pb;
        luma[at + lumaStride + 1] = over(luma[at + lumaStride + 1] ?? 0, pr, pg, pb, a3, yr, yg, yb);
      }
      // The mean of four pixels, weighted by their alpha: sums are of 255 × 4 parts.
      r = (r * 257) >>> 16;
      g = (g * 257) >>> 16;
      b = (b * 257) >>> 16;
      const rest = (1020 - alpha) * 257;
      const middle = 128 * 257 * alpha + 131_072;
      cbs[cbAt] = (ur * r + ug * g + ub * b + (cbs[cbAt] ?? 0) * rest + middle) >> 18;
      crs[crAt] = (vr * r + vg * g + vb * b + (crs[crAt] ?? 0) * rest + middle) >> 18;
    }
  }
}

/** One pixel of luma. `pr`, `pg`, `pb`: colour times alpha, up to 65025. */
function over(
  under: number,
  pr: number,
  pg: number,
  pb: number,
  alpha: number,
  yr: number,
  yg: number,
  yb: number,
): number {
  const light = yr * ((pr * 257) >>> 16) + yg * ((pg * 257) >>> 16) + yb * ((pb * 257) >>> 16);
  return (light + 4112 * alpha + under * (255 - alpha) * 257 + 32_768) >> 16;
}

/** The smallest even rectangle around `rect` within a picture, or undefined where nothing of it is inside. */
export function evenRect(rect: Rect, size: { readonly width: number; readonly height: number }): Rect | undefined {
  const left = Math.max(0, Math.floor(rect.x / 2) * 2);
  const top = Math.max(0, Math.floor(rect.y / 2) * 2);
  const right = Math.min(size.width, Math.ceil((rect.x + rect.width) / 2) * 2);
  const bottom = Math.min(size.height, Math.ceil((rect.y + rect.height) / 2) * 2);
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

/** The same area in rectangles of which no two overlap: those that do become one around both. */
export function apart(rects: readonly Rect[]): Rect[] {
  const done: Rect[] = [];
  for (const rect of rects) {
    let grown = rect;
    for (let index = 0; index < done.length; ) {
      const other = done[index];
      if (!other || !overlap(grown, other)) {
        index++;
        continue;
      }
      const x = Math.min(grown.x, other.x);
      const y = Math.min(grown.y, other.y);
      grown = {
        x,
        y,
        width: Math.max(grown.x + grown.width, other.x + other.width) - x,
        height: Math.max(grown.y + grown.height, other.y + other.height) - y,
      };
      done.splice(index, 1);
      index = 0;
    }
    done.push(grown);
  }
  return done;
}

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
