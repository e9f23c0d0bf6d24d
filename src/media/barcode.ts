/**
 * A row of black and white cells that carries a number through a video codec.
 * Pure, and free of any import, so that a page can run it on the pixels of a `<video>`.
 *
 * 64 cells: start `1101`, 48 bits of value (most significant first), 8 bits of CRC, stop `0100`.
 */

/** Cells of one row, all of the same width. */
export const BAR_CELLS = 64;
/** Values are from 0 up to this, exclusive. Wall time in ms fits until the year 10889. */
export const BAR_LIMIT = 1n << 48n;

const START = [true, true, false, true];
const STOP = [false, true, false, false];
const VALUE_BITS = 48;
const CRC_BITS = 8;

/** A rectangle in fractions of the picture's width and height. */
export interface BarArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the rows stand in the pictures that Vidette draws itself: wall time in ms, and the number of the frame. */
export const BAR_ROWS: Readonly<Record<'time' | 'frame', BarArea>> = {
  time: { x: 0.1, y: 0.938, width: 0.8, height: 0.028 },
  frame: { x: 0.1, y: 0.97, width: 0.8, height: 0.028 },
};

/**
 * The cells of `value`, left to right; `true` is white.
 * @throws RangeError when the value is negative, no integer, or does not fit in 48 bits.
 */
export function encodeBars(value: bigint | number): boolean[] {
  const number = BigInt(value);
  if (number < 0n || number >= BAR_LIMIT) throw new RangeError(`a bar code holds 48 bits, ${number} does not fit`);
  const cells = [...START];
  for (let bit = VALUE_BITS - 1; bit >= 0; bit--) cells.push(((number >> BigInt(bit)) & 1n) === 1n);
  const crc = crc8(number);
  for (let bit = CRC_BITS - 1; bit >= 0; bit--) cells.push(((crc >> bit) & 1) === 1);
  cells.push(...STOP);
  return cells;
}

/**
 * The number in a row of cells, or `undefined` when there is none that can be trusted.
 * @param luma brightness at `x`, 0 (left edge of the row) to 1 (right edge), in any unit.
 */
export function decodeBars(luma: (x: number) => number): bigint | undefined {
  for (const shift of [0, -0.2, 0.2, -0.4, 0.4]) {
    const value = decodeShifted(luma, shift);
    if (value !== undefined) return value;
  }
  return undefined;
}

function decodeShifted(luma: (x: number) => number, shift: number): bigint | undefined {
  const levels: number[] = [];
  for (let cell = 0; cell < BAR_CELLS; cell++) {
    let sum = 0;
    for (const part of [0.4, 0.5, 0.6]) sum += luma(Math.min(1, Math.max(0, (cell + part + shift) / BAR_CELLS)));
    levels.push(sum / 3);
  }
  const threshold = (Math.min(...levels) + Math.max(...levels)) / 2;
  const cells = levels.map((level) => level > threshold);
  for (const [index, cell] of START.entries()) if (cells[index] !== cell) return undefined;
  for (const [index, cell] of STOP.entries()) if (cells[BAR_CELLS - STOP.length + index] !== cell) return undefined;
  let value = 0n;
  for (let bit = 0; bit < VALUE_BITS; bit++) value = (value << 1n) | (cells[START.length + bit] ? 1n : 0n);
  let crc = 0;
  for (let bit = 0; bit < CRC_BITS; bit++) crc = (crc << 1) | (cells[START.length + VALUE_BITS + bit] ? 1 : 0);
  return crc8(value) === crc ? value : undefined;
}

/** Pixels in rows: one byte each (a luma plane) or four (RGBA, as `getImageData` gives it). */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 4;
  /** Bytes from one row to the next; `width * channels` when absent. */
  readonly stride?: number;
}

/** The number in one row of a picture, by default in the place where Vidette draws it. */
export function readBars(pixels: Pixels, row: 'time' | 'frame' | BarArea): bigint | undefined {
  const area = typeof row === 'string' ? BAR_ROWS[row] : row;
  const stride = pixels.stride ?? pixels.width * pixels.channels;
  const lines = [0.35, 0.5, 0.65].map((part) =>
    Math.min(pixels.height - 1, Math.floor((area.y + area.height * part) * pixels.height)),
  );
  return decodeBars((x) => {
    const column = Math.min(pixels.width - 1, Math.floor((area.x + area.width * x) * pixels.width));
    let sum = 0;
    for (const line of lines) {
      const at = line * stride + column * pixels.channels;
      sum += pixels.channels === 1 ? (pixels.data[at] ?? 0) : 2 * (pixels.data[at + 1] ?? 0) + (pixels.data[at] ?? 0);
    }
    return sum;
  });
}

/** Paints a row into a luma plane (one byte a pixel; 16 is black and 235 is white). */
export function paintBars(pixels: Pixels, row: 'time' | 'frame' | BarArea, value: bigint | number): void {
  const stride = pixels.stride ?? pixels.width * pixels.channels;
  for (const cell of barCells(row, value, pixels.width, pixels.height))
    for (let y = cell.y; y < cell.y + cell.height; y++) {
      const from = y * stride + cell.x * pixels.channels;
      pixels.data.fill(cell.white ? 235 : 16, from, from + cell.width * pixels.channels);
    }
}

/** The cells of a row as rectangles of whole pixels, for any way of drawing. They touch and never overlap. */
export function barCells(
  row: 'time' | 'frame' | BarArea,
  value: bigint | number,
  width: number,
  height: number,
): { x: number; y: number; width: number; height: number; white: boolean }[] {
  const area = typeof row === 'string' ? BAR_ROWS[row] : row;
  const edge = (cell: number): number => Math.round((area.x + (area.width * cell) / BAR_CELLS) * width);
  const top = Math.round(area.y * height);
  const bottom = Math.round((area.y + area.height) * height);
  return encodeBars(value).map((white, cell) => ({
    x: edge(cell),
    y: top,
    width: edge(cell + 1) - edge(cell),
    height: bottom - top,
    white,
  }));
}

/** CRC-8 with the polynomial x⁸+x²+x+1 over the six bytes of the value, started at 0xff so that zero is not valid by chance. */
function crc8(value: bigint): number {
  let crc = 0xff;
  for (let shift = 40n; shift >= 0n; shift -= 8n) {
    crc ^= Number((value >> shift) & 0xffn);
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}
