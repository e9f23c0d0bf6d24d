/**
 * A small drawn rectangle that is laid over a YUV picture. Only its own pixels are touched: blending a whole frame of
 * transparent canvas halves the speed of a render.
 */

/** Planar, ready for a 4:2:0 picture with limited range (ITU-R BT.601 luma weights; overlays are nearly grey). */
export interface Patch {
  /** Even pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
  readonly alpha: Uint8Array;
  readonly cb: Uint8Array;
  readonly cr: Uint8Array;
  /** Of the halved planes. */
  readonly alphaHalf: Uint8Array;
}

/** @param rgba straight (not premultiplied) RGBA; width, height and place must be even */
export function patchFromRgba(
  rgba: Uint8ClampedArray | Uint8Array,
  place: { x: number; y: number; width: number; height: number },
): Patch {
  const { width, height } = place;
  const luma = new Uint8Array(width * height);
  const alpha = new Uint8Array(width * height);
  const half = (width / 2) * (height / 2);
  const cb = new Uint8Array(half);
  const cr = new Uint8Array(half);
  const alphaHalf = new Uint8Array(half);
  for (let at = 0; at < width * height; at++) {
    const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray(at * 4, at * 4 + 4);
    luma[at] = 16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256;
    alpha[at] = a;
  }
  for (let row = 0; row < height / 2; row++)
    for (let column = 0; column < width / 2; column++) {
      let [r, g, b, a] = [0, 0, 0, 0];
      for (const at of [0, 1, width, width + 1].map((step) => row * 2 * width + column * 2 + step)) {
        const weight = rgba[at * 4 + 3] ?? 0;
        r += (rgba[at * 4] ?? 0) * weight;
        g += (rgba[at * 4 + 1] ?? 0) * weight;
        b += (rgba[at * 4 + 2] ?? 0) * weight;
        a += weight;
      }
      const at = row * (width / 2) + column;
      if (a > 0) [r, g, b] = [r / a, g / a, b / a];
      cb[at] = 128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256;
      cr[at] = 128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256;
      alphaHalf[at] = a / 4;
    }
  return { ...place, luma, alpha, cb, cr, alphaHalf };
}

/** Lays a patch over a 4:2:0 picture in place. Parts outside the picture are left out. */
export function blendPatch(
  planes: readonly Uint8Array[],
  strides: readonly number[],
  size: { readonly width: number; readonly height: number },
  patch: Patch,
): void {
  const layers = [
    { source: patch.luma, alpha: patch.alpha, by: 1 },
    { source: patch.cb, alpha: patch.alphaHalf, by: 2 },
    { source: patch.cr, alpha: patch.alphaHalf, by: 2 },
  ];
  for (const [index, { source, alpha, by }] of layers.entries()) {
    const plane = planes[index];
    const stride = strides[index];
    if (!plane || !stride) continue;
    const width = patch.width / by;
    const left = patch.x / by;
    const top = patch.y / by;
    const columns = Math.min(width, Math.floor(size.width / by) - left);
    const rows = Math.min(patch.height / by, Math.floor(size.height / by) - top);
    for (let row = 0; row < rows; row++) {
      let from = row * width;
      let to = (top + row) * stride + left;
      for (let column = 0; column < columns; column++, from++, to++) {
        const weight = alpha[from] ?? 0;
        if (weight === 0) continue;
        const under = plane[to] ?? 0;
        plane[to] = under + (((source[from] ?? 0) - under) * weight) / 255;
      }
    }
  }
}
