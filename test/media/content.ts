/**
 * Pictures that tests and benches draw themselves, straight into the planes of a 4:2:0 picture. Same numbers on every machine.
 */

export type Drawn = 'plain' | 'grain' | 'text' | 'static' | 'cuts';

export interface Planes {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
  readonly lumaStride: number;
  readonly chroma: readonly [Uint8Array, Uint8Array];
  readonly chromaStride: number;
}

/** A small fast generator (xorshift32); good enough for grain. */
function random(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Grain is looked up in a table, since drawing a number for each pixel would take longer than to encode it. */
const grain = ((): Int8Array => {
  const next = random(42);
  return Int8Array.from({ length: 1 << 16 }, () => ((next() % 29) + (next() % 29) - 28) as number);
})();

/** Draws frame `index` of the content at `fps`. */
export function drawContent(content: Drawn, planes: Planes, index: number, fps: number): void {
  const t = index / fps;
  switch (content) {
    case 'plain':
      shapes(planes, t, 1);
      return;
    case 'grain':
      shapes(planes, t, 1);
      addGrain(planes, index);
      return;
    case 'text':
      text(planes, t);
      return;
    case 'static':
      shapes(planes, 0, 3);
      return;
    case 'cuts':
      shapes(planes, t * 3, 10 + Math.floor(t * 2));
      return;
  }
}

function shapes(planes: Planes, t: number, seed: number): void {
  const { width, height, luma, lumaStride, chroma, chromaStride } = planes;
  const tilt = 0.35 + (seed % 5) * 0.11;
  for (let y = 0; y < height; y++) {
    const row = y * lumaStride;
    const base = 60 + (90 * y) / height;
    for (let x = 0; x < width; x++) luma[row + x] = base + ((x * tilt) & 63) * 0.3;
  }
  for (const [plane, shift] of [[chroma[0], 20] as const, [chroma[1], -14] as const])
    for (let y = 0; y < height / 2; y++)
      plane.fill(128 + shift * Math.sin(seed + y / height), y * chromaStride, y * chromaStride + width / 2);
  const next = random(seed * 7919);
  for (let one = 0; one < 14; one++) {
    const size = height / 16 + (next() % Math.max(1, height >> 3));
    const speed = 0.03 + (next() % 100) / 700;
    const x = Math.floor((((next() % 1000) / 1000 + t * speed) % 1.2) * width - size);
    const y = Math.floor(((next() % 1000) / 1000) * (height - size) + Math.sin(t * 2 + one) * height * 0.03);
    block(planes, x, y, size, 40 + (next() % 180), 90 + (next() % 80), 90 + (next() % 80));
  }
}

function block(planes: Planes, x: number, y: number, size: number, level: number, cb: number, cr: number): void {
  const { width, height, luma, lumaStride, chroma, chromaStride } = planes;
  const [left, right] = [Math.max(0, x), Math.min(width, Math.floor(x + size))];
  if (right <= left) return;
  for (let row = Math.max(0, y); row < Math.min(height, y + size); row++) {
    for (let at = left; at < right; at++) luma[row * lumaStride + at] = level + (((at - x) ^ (row - y)) & 15);
    if (row % 2 === 0) {
      chroma[0].fill(cb, (row / 2) * chromaStride + (left >> 1), (row / 2) * chromaStride + (right >> 1));
      chroma[1].fill(cr, (row / 2) * chromaStride + (left >> 1), (row / 2) * chromaStride + (right >> 1));
    }
  }
}

function addGrain({ width, height, luma, lumaStride }: Planes, index: number): void {
  const next = random(index * 2654435761 + 1);
  for (let y = 0; y < height; y++) {
    let at = next() & 0xffff;
    const row = y * lumaStride;
    for (let x = 0; x < width; x++) {
      luma[row + x] = Math.max(16, Math.min(235, (luma[row + x] ?? 0) + (grain[at] ?? 0)));
      at = (at + 1) & 0xffff;
    }
  }
}

/** Lines of something like letters that scroll up. */
function text({ width, height, luma, lumaStride, chroma, chromaStride }: Planes, t: number): void {
  for (const plane of chroma)
    for (let y = 0; y < height / 2; y++) plane.fill(128, y * chromaStride, y * chromaStride + width / 2);
  const scroll = Math.floor(t * 40);
  for (let y = 0; y < height; y++) {
    const line = Math.floor((y + scroll) / 20);
    const part = (y + scroll) % 20;
    const row = y * lumaStride;
    luma.fill(228, row, row + width);
    if (part > 13) continue;
    for (let x = 12; x < width - 12; x++) {
      const letter = Math.floor(x / 9);
      const bits = (Math.imul(letter + line * 131, 2654435761) >>> 0) ^ (line * 97);
      if (bits % 7 === 0) continue;
      if ((bits >>> ((part >> 1) * 3 + (Math.floor((x % 9) / 3) % 3))) & 1 && x % 9 < 7) luma[row + x] = 30;
    }
  }
}
