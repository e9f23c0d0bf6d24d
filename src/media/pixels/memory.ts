/** The memory in which pixels are worked on, and the WebAssembly that does (`assembly/`). One for the whole process; 1 GiB at most. */
import { PIXELS_WASM } from './pixels-wasm.ts';

/** See `assembly/pixels.ts` and `assembly/scaled.ts`. Addresses are bytes of {@link memory}. */
interface Pixels {
  readonly memory: { readonly buffer: ArrayBuffer };
  alloc(bytes: number): number;
  free(at: number): void;
  fillRows(to: number, stride: number, value: number, width: number, height: number): void;
  copyRows(to: number, toStride: number, from: number, fromStride: number, width: number, height: number): void;
  blendPixels(
    rgba: number,
    width: number,
    height: number,
    matrix: number,
    strength: number,
    y: number,
    yStride: number,
    cb: number,
    cr: number,
    chromaStride: number,
  ): void;
  convert(rgba: number, width: number, height: number, matrix: number, y: number, cb: number, cr: number): void;
  runsOf(layer: number, width: number, height: number, runs: number): number;
  lay(
    plane: number,
    stride: number,
    layer: number,
    left: number,
    top: number,
    strength: number,
    fromX: number,
    toX: number,
    fromY: number,
    toY: number,
  ): void;
  spread(layer: number, colour: number, under: number, stride: number, width: number, height: number): void;
  scaledRuns(layer: number, fill: boolean): number;
  layScaled(
    plane: number,
    stride: number,
    layer: number,
    left: number,
    top: number,
    scale: number,
    strength: number,
    clipX: number,
    clipY: number,
    right: number,
    bottom: number,
  ): void;
}

/** What of it is used: TypeScript knows it only with all of a browser. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(PIXELS_WASM, 'base64')), {
  env: {
    abort: () => {
      throw new Error('no memory for pixels');
    },
  },
});
/** Of what was compiled: {@link PIXELS_WASM}. */
export const pixels = exports as Pixels;

/** What the compiled code may read and write behind the end of anything (`SLACK`). */
const SLACK = 32;

/** @returns an address: a multiple of 16 */
export const alloc = (bytes: number): number => pixels.alloc(bytes + SLACK);

let bytes = new Uint8Array(pixels.memory.buffer);

/** All of it; valid until something is allocated, for then it may have grown. */
export function memoryBytes(): Uint8Array {
  if (bytes.buffer !== pixels.memory.buffer) bytes = new Uint8Array(pixels.memory.buffer);
  return bytes;
}

/** Writes whole numbers of 32 bits, one after the other. @param at a multiple of 4 */
export function writeNumbers(at: number, numbers: readonly number[]): void {
  new Int32Array(pixels.memory.buffer, at, numbers.length).set(numbers);
}

let inbox = { at: 0, bytes: 0 };

/** Brings bytes in. @returns where they lie until the next call */
export function upload(from: Uint8Array | Uint8ClampedArray): number {
  if (inbox.bytes < from.length) {
    if (inbox.at) pixels.free(inbox.at);
    inbox = { at: alloc(from.length), bytes: from.length };
  }
  memoryBytes().set(from, inbox.at);
  return inbox.at;
}
