/** What a picture looks like, small enough to be kept of every picture: luma and both chroma planes of 32 × 24. */
export const LOOK_WIDTH = 32;
export const LOOK_HEIGHT = 24;

/** Y, then Cb, then Cr; rows from the top. */
export type Look = Uint8Array;

const PLANE = LOOK_WIDTH * LOOK_HEIGHT;

/** Mean difference of two pictures, 0 to 255: luma, and both chroma planes together. */
export function difference(a: Look, b: Look): { luma: number; chroma: number } {
  let luma = 0;
  let chroma = 0;
  for (let at = 0; at < PLANE; at += 1) luma += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  for (let at = PLANE; at < 3 * PLANE; at += 1) chroma += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  return { luma: luma / PLANE, chroma: chroma / (2 * PLANE) };
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
