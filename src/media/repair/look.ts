/** What a picture looks like, small enough to be kept of every picture: luma and both chroma planes of 32 × 24. */
export const LOOK_WIDTH = 32;
export const LOOK_HEIGHT = 24;

/** Y, then Cb, then Cr; rows from the top. */
export type Look = Uint8Array;

const PLANE = LOOK_WIDTH * LOOK_HEIGHT;

export interface Difference {
  /** Means over the picture, 0 to 255: luma, and both chroma planes together. */
  readonly luma: number;
  readonly chroma: number;
  /** Luma and chroma of the quarter of the picture that differs least: what moves does not count, another camera differs everywhere. */
  readonly calm: number;
}

export function difference(a: Look, b: Look): Difference {
  let luma = 0;
  let chroma = 0;
  const counts = new Uint16Array(3 * 256);
  for (let at = 0; at < PLANE; at += 1) {
    const bright = Math.abs((a[at] ?? 0) - (b[at] ?? 0));
    let colour = 0;
    for (const plane of [PLANE, 2 * PLANE]) colour += Math.abs((a[plane + at] ?? 0) - (b[plane + at] ?? 0));
    luma += bright;
    chroma += colour;
    const sum = bright + colour;
    counts[sum] = (counts[sum] ?? 0) + 1;
  }
  let calm = 0;
  for (let left = PLANE / 4 - (counts[0] ?? 0); left > 0; left -= counts[calm] ?? 0) calm += 1;
  return { luma: luma / PLANE, chroma: chroma / (2 * PLANE), calm };
}

/** How much there is to see: standard deviation of luma and of chroma. A dark garage looks alike from every camera. */
export function contrast(look: Look): number {
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < PLANE; at += 1) {
    const value = look[at] ?? 0;
    sum += value;
    squares += value * value;
  }
  const mean = sum / PLANE;
  return Math.sqrt(Math.max(0, squares / PLANE - mean * mean));
}
