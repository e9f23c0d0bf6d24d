/** A picture in memory, 4:2:0 of limited range, that drawings are laid on. */
import type { Size } from '../codec/plan.ts';
import type { ColourMatrix } from './matrix.ts';
import { alloc, memoryBytes, pixels, upload } from './memory.ts';
import type { Rect } from './rect.ts';
import { Room } from './room.ts';

/** A picture elsewhere: Y, Cb, Cr. */
export interface Planes {
  readonly data: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Bytes of a row of each. */
  readonly strides: readonly [number, number, number];
}

type Three = readonly [number, number, number];

export class Picture {
  readonly size: Size;
  readonly strides: Three;
  /** Addresses of Y, Cb and Cr. */
  readonly planes: Three;
  private readonly bytes: number;

  /** Black. @param size even @param strides of planes that it is copied from or to; by default without gaps */
  constructor(size: Size, strides: Three = [size.width, size.width >> 1, size.width >> 1]) {
    this.size = size;
    this.strides = strides;
    const [luma, cb, cr] = [0, 1, 2].map((index) => (strides[index] ?? 0) * (size.height >> (index === 0 ? 0 : 1)));
    Room.provide(size.width * size.height);
    this.bytes = (luma ?? 0) + (cb ?? 0) + (cr ?? 0);
    const at = takeSpare(this.bytes) ?? alloc(this.bytes);
    this.planes = [at, at + (luma ?? 0), at + (luma ?? 0) + (cb ?? 0)];
    const bytes = memoryBytes();
    bytes.fill(16, at, this.planes[1]);
    bytes.fill(128, this.planes[1], this.planes[2] + (cr ?? 0));
  }

  /**
   * Lays pixels over it that are seen once.
   * @param rgba straight, rows of `rect.width` @param rect even, inside of the picture @param strength how much of them, 1 to 256
   */
  blend(rgba: Uint8Array | Uint8ClampedArray, rect: Rect, matrix: ColourMatrix, strength = 256): void {
    const { planes, strides } = this;
    const [x, y] = [rect.x >> 1, rect.y >> 1];
    pixels.blendPixels(
      upload(rgba),
      rect.width,
      rect.height,
      matrix,
      strength,
      planes[0] + rect.y * strides[0] + rect.x,
      strides[0],
      planes[1] + y * strides[1] + x,
      planes[2] + y * strides[2] + x,
      strides[1],
    );
  }

  /** Makes a part of it black. @param rect even, inside of the picture */
  clear({ x, y, width, height }: Rect): void {
    for (let index = 0; index < 3; index++) {
      const by = index === 0 ? 0 : 1;
      const stride = this.strides[index] ?? 0;
      const at = (this.planes[index] ?? 0) + (y >> by) * stride + (x >> by);
      pixels.fillRows(at, stride, index === 0 ? 16 : 128, width >> by, height >> by);
    }
  }

  /** Copies a part of another picture to the same place. @param rect even, inside of both */
  copy(from: Picture, rect: Rect): void {
    for (let index = 0; index < 3; index++) {
      const by = index === 0 ? 0 : 1;
      const [stride, other] = [this.strides[index] ?? 0, from.strides[index] ?? 0];
      const [x, y] = [rect.x >> by, rect.y >> by];
      pixels.copyRows(
        (this.planes[index] ?? 0) + y * stride + x,
        stride,
        (from.planes[index] ?? 0) + y * other + x,
        other,
        rect.width >> by,
        rect.height >> by,
      );
    }
  }

  /** Takes rows of a picture elsewhere that has the same strides. @param first even @param last behind the last; even */
  read({ data }: Planes, first = 0, last = this.size.height): void {
    const bytes = memoryBytes();
    for (const [index, plane] of data.entries()) {
      const { at, from, to } = this.rows(index, first, last);
      bytes.set(plane.subarray(from, to), at + from);
    }
  }

  /** Gives them back. */
  write({ data }: Planes, first = 0, last = this.size.height): void {
    const bytes = memoryBytes();
    for (const [index, plane] of data.entries()) {
      const { at, from, to } = this.rows(index, first, last);
      plane.set(bytes.subarray(at + from, at + to), from);
    }
  }

  close(): void {
    giveSpare({ at: this.planes[0], bytes: this.bytes });
  }

  private rows(index: number, first: number, last: number): { at: number; from: number; to: number } {
    const stride = this.strides[index] ?? 0;
    const by = index === 0 ? 0 : 1;
    return { at: this.planes[index] ?? 0, from: (first >> by) * stride, to: (last >> by) * stride };
  }
}

/** Room of pictures that were closed: what comes and goes between small things that stay would leave holes that nothing fits into. */
const SPARE: { readonly at: number; readonly bytes: number }[] = [];
const MOST_SPARE = 2;

function takeSpare(bytes: number): number | undefined {
  const index = SPARE.findIndex((spare) => spare.bytes === bytes);
  return index < 0 ? undefined : SPARE.splice(index, 1)[0]?.at;
}

function giveSpare(spare: (typeof SPARE)[number]): void {
  SPARE.unshift(spare);
  for (const { at } of SPARE.splice(MOST_SPARE)) pixels.free(at);
}
