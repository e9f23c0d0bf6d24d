/** A drawing in memory: its three components, each as colour and what shows through (`Layer` in `assembly/pixels.ts`). */
import type { ColourMatrix } from './matrix.ts';
import { alloc, pixels, upload, writeNumbers } from './memory.ts';

/** Bytes of the head of a component. */
export const HEAD = 20;

export interface Component {
  /** Address of its head. */
  readonly head: number;
  readonly colour: number;
  readonly under: number;
  /** Bytes from row to row. */
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

export interface Layers {
  /** Of all of it; to be given back. */
  readonly at: number;
  readonly bytes: number;
  /** Y, Cb, Cr; their heads lie one behind the other. */
  readonly components: readonly [Component, Component, Component];
}

const aligned = (bytes: number): number => (bytes + 15) & ~15;

/** @param rgba straight, in memory order, rows of `width` @param width even @param height even */
export function layersOf(
  rgba: Uint8Array | Uint8ClampedArray,
  width: number,
  height: number,
  matrix: ColourMatrix,
): Layers {
  const [columns, rows] = [width >> 1, height >> 1];
  const [stride, half] = [aligned(width), aligned(columns)];
  const [luma, chroma] = [stride * height, half * rows];
  const heads = aligned(3 * HEAD);
  const bytes = heads + 2 * luma + 3 * chroma;
  const at = alloc(bytes);
  const y = at + heads;
  const cb = y + 2 * luma;
  const under = cb + 2 * chroma;
  const components = [
    { head: at, colour: y, under: y + luma, stride, width, height },
    { head: at + HEAD, colour: cb, under, stride: half, width: columns, height: rows },
    { head: at + 2 * HEAD, colour: cb + chroma, under, stride: half, width: columns, height: rows },
  ] as const;
  for (const one of components) writeNumbers(one.head, [one.colour, one.under, one.stride, 0, 0]);
  const [first, second, third] = components;
  pixels.convert(upload(rgba), width, height, matrix, first.head, second.head, third.head);
  return { at, bytes, components };
}
