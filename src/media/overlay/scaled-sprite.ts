/**
 * A drawing that is laid over pictures at any size and between pixels, without a canvas: it is kept as planes and read between its
 * own pixels. Integers only, but for where it lies. Pure.
 */
import type { ColourMatrix, Planes } from './blend.ts';
import type { Rect } from './overlay-scene.ts';

/** The pixels of one component, with an edge of one transparent pixel all around. */
interface Layer {
  /** With the edge. */
  readonly width: number;
  readonly height: number;
  /** Colour times alpha in the lower 16 bits, alpha in the upper: so both are weighted at once. */
  readonly pixels: Uint32Array;
  /** Of each row: where in `runs` the stretches begin that are seen in it or in the next row. One more at the end. */
  readonly rows: Uint32Array;
  /** First column, and column behind the last, of each stretch. */
  readonly runs: Uint16Array;
}

/** Y; Cb and Cr in half the size. */
export type ScaledSprite = readonly [Layer, Layer, Layer];

/** @param pixels straight RGBA in memory order */
export function scaledSprite(
  pixels: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  matrix: ColourMatrix,
): ScaledSprite {
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const luma = emptyLayer(width, height);
  const cb = emptyLayer(halfWidth, halfHeight);
  const cr = emptyLayer(halfWidth, halfHeight);
  for (let y = 0; y < halfHeight; y++)
    for (let x = 0; x < halfWidth; x++) {
      let [red, green, blue, opacity] = [0, 0, 0, 0];
      for (let corner = 0; corner < 4; corner++) {
        const [column, row] = [2 * x + (corner & 1), 2 * y + (corner >> 1)];
        const from = (row * width + column) * 4;
        const alpha = column < width && row < height ? (pixels[from + 3] ?? 0) : 0;
        if (alpha === 0) continue;
        const r = ((pixels[from] ?? 0) * alpha) / 255;
        const g = ((pixels[from + 1] ?? 0) * alpha) / 255;
        const b = ((pixels[from + 2] ?? 0) * alpha) / 255;
        luma.pixels[(row + 1) * luma.width + column + 1] = share(matrix.y, r, g, b, (16 * alpha) / 255) | (alpha << 16);
        red += r / 4;
        green += g / 4;
        blue += b / 4;
        opacity += alpha / 4;
      }
      const at = (y + 1) * cb.width + x + 1;
      const grey = (128 * opacity) / 255;
      cb.pixels[at] = share(matrix.cb, red, green, blue, grey) | (Math.round(opacity) << 16);
      cr.pixels[at] = share(matrix.cr, red, green, blue, grey) | (Math.round(opacity) << 16);
    }
  return [withRuns(luma), withRuns(cb), withRuns(cr)];
}

/** A component of a colour that has been multiplied by its alpha. @param zero what black has of it, at that alpha */
const share = ([wr, wg, wb]: ColourMatrix['y'], r: number, g: number, b: number, zero: number): number =>
  Math.max(0, Math.round((wr * r + wg * g + wb * b) / 65_536 + zero));

type Plain = Omit<Layer, 'rows' | 'runs'>;

function emptyLayer(width: number, height: number): Plain {
  return { width: width + 2, height: height + 2, pixels: new Uint32Array((width + 2) * (height + 2)) };
}

/** Gaps that are shorter are read through. */
const SHORT_GAP = 8;

function withRuns(layer: Plain): Layer {
  const { width, height, pixels } = layer;
  const rows = new Uint32Array(height);
  const runs: number[] = [];
  for (let row = 0; row + 1 < height; row++) {
    rows[row] = runs.length;
    const at = row * width;
    let [first, last] = [-1, -1];
    for (let x = 1; x < width - 1; x++) {
      if (pixels[at + x] === 0 && pixels[at + width + x] === 0) continue;
      if (first >= 0 && x - last > SHORT_GAP) {
        runs.push(first, last + 1);
        first = x;
      } else if (first < 0) first = x;
      last = x;
    }
    if (first >= 0) runs.push(first, last + 1);
  }
  rows[height - 1] = runs.length;
  return { ...layer, rows, runs: Uint16Array.from(runs) };
}

/**
 * Lays a sprite over the picture.
 * @param x of its left edge on the picture @param y of its upper edge
 * @param scale pixels of the picture for one of its own
 * @param strength how much of it, 0 to 256
 * @param clip even, inside of the picture: nothing outside of it is touched
 */
export function blendScaled(
  target: Planes,
  sprite: ScaledSprite,
  x: number,
  y: number,
  scale: number,
  strength: number,
  clip: Rect,
): void {
  for (let index = 0; index < 3; index++) {
    const [plane, stride, layer] = [target.data[index], target.strides[index], sprite[index]];
    if (!plane || !stride || !layer) continue;
    const by = index === 0 ? 0 : 1;
    const part = { x: clip.x >> by, y: clip.y >> by, width: clip.width >> by, height: clip.height >> by };
    blendLayer(plane, stride, layer, x / (1 << by), y / (1 << by), scale, strength, part);
  }
}

/** Fractions of a pixel are counted in so many parts. */
const ONE = 65_536;
/** One row of a layer, between two of its own; grows with the widest layer. */
let between = new Uint32Array(4096);

function blendLayer(
  plane: Uint8Array,
  stride: number,
  { width, height, pixels, rows, runs }: Layer,
  left: number,
  top: number,
  scale: number,
  strength: number,
  clip: Rect,
): void {
  if (between.length < width) between = new Uint32Array(width);
  const step = Math.round(ONE / scale);
  const [right, bottom] = [clip.x + clip.width, clip.y + clip.height];
  const lastRow = Math.min(bottom, Math.ceil(top + (height - 1.5) * scale + 0.5));
  for (let y = Math.max(clip.y, Math.floor(top - 0.5 * scale - 0.5)); y < lastRow; y++) {
    // Of the middle of this row of the picture, in rows of the layer.
    const place = Math.floor(((y + 0.5 - top) / scale + 0.5) * ONE);
    const row = place >> 16;
    if (row < 0 || row >= height - 1) continue;
    let done = clip.x;
    for (let run = rows[row] ?? 0; run < (rows[row + 1] ?? 0); run += 2) {
      const first = Math.max(done, Math.ceil(left + ((runs[run] ?? 0) - 1.5) * scale - 0.5));
      const end = Math.min(right, Math.floor(left + ((runs[run + 1] ?? 0) - 0.5) * scale - 0.5) + 1);
      if (first >= end) continue;
      done = end;
      const from = Math.max(0, Math.floor(((first + 0.5 - left) / scale + 0.5) * ONE));
      const last = Math.min(width, ((from + (end - 1 - first) * step) >> 16) + 2);
      mixRows(pixels, row * width, width, from >> 16, last, (place >> 8) & 255);
      blendRow(plane, y * stride + first, end - first, from, step, strength);
    }
  }
}

/** Two rows become one. @param down how much of the second, 0 to 255 */
function mixRows(pixels: Uint32Array, base: number, width: number, first: number, last: number, down: number): void {
  const row = between;
  const up = 256 - down;
  for (let x = first, at = base + first; x < last; x++, at++) {
    const sum = (Math.imul(pixels[at] ?? 0, up) + Math.imul(pixels[at + width] ?? 0, down) + 0x00800080) | 0;
    row[x] = (sum >>> 8) & 0x00ff00ff;
  }
}

function blendRow(
  plane: Uint8Array,
  start: number,
  count: number,
  begin: number,
  step: number,
  strength: number,
): void {
  const row = between;
  const end = start + count;
  for (let to = start, from = begin; to < end; to++, from += step) {
    const at = from >> 16;
    const right = (from >> 8) & 255;
    const sum = (Math.imul(row[at] ?? 0, 256 - right) + Math.imul(row[at + 1] ?? 0, right)) | 0;
    // Alpha and colour in parts of 256; what stays is in parts of 255 · 16 · 256.
    const stays = 1_044_480 - (sum >>> 20) * strength;
    const mixed = ((sum & 0xffff) >>> 4) * strength * 255 + (plane[to] ?? 0) * stays;
    plane[to] = (mixed + (mixed >>> 8) + 524_288) >>> 20;
  }
}
