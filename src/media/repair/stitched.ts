/** A file read as if blocks of it were not there: two files whose blocks alternate are each read in one piece. */
import type { Bytes } from './bytes.ts';

export interface Piece {
  readonly at: number;
  readonly end: number;
}

export class Stitched implements Bytes {
  readonly size: number;
  readonly #bytes: Bytes;
  /** In order; `from` is where each begins as it is read here. */
  readonly #parts: readonly (Piece & { readonly from: number })[];

  constructor(bytes: Bytes, parts: readonly Piece[]) {
    this.#bytes = bytes;
    let from = 0;
    this.#parts = parts.map((part) => {
      const placed = { ...part, from };
      from += part.end - part.at;
      return placed;
    });
    this.size = from;
  }

  read(at: number, length: number): Buffer {
    const pieces = this.pieces(at, Math.min(at + length, this.size));
    const [only, ...more] = pieces;
    if (!only) return Buffer.alloc(0);
    if (more.length === 0) return this.#bytes.read(only.at, only.end - only.at);
    return Buffer.concat(pieces.map((piece) => Buffer.from(this.#bytes.read(piece.at, piece.end - piece.at))));
  }

  /** Where the bytes from `at` to `end` are in the file. */
  pieces(at: number, end: number): Piece[] {
    const out: Piece[] = [];
    for (let index = this.#partAt(at); index < this.#parts.length; index += 1) {
      const part = this.#parts[index];
      if (!part || part.from >= end) break;
      const first = Math.max(at, part.from) - part.from + part.at;
      const last = Math.min(end, part.from + part.end - part.at) - part.from + part.at;
      if (last > first) out.push({ at: first, end: last });
    }
    return out;
  }

  /** Place in the file of a byte that is read here; of the end: where the last part ends. */
  placeOf(at: number): number {
    const part = this.#parts[Math.min(this.#partAt(at), this.#parts.length - 1)];
    return part ? Math.min(at - part.from, part.end - part.at) + part.at : at;
  }

  /** The same, without the `skip` bytes that stand at `border` (a place in the file, inside of the last part). */
  without(border: number, skip: number): Stitched {
    const last = this.#parts.at(-1);
    if (!last) return this;
    return new Stitched(this.#bytes, [
      ...this.#parts.slice(0, -1),
      { at: last.at, end: border },
      { at: border + skip, end: last.end },
    ]);
  }

  /** Begins of the last part, as read here and in the file. */
  get lastPart(): { readonly from: number; readonly at: number; readonly end: number } | undefined {
    return this.#parts.at(-1);
  }

  #partAt(at: number): number {
    // Nearly always the last one.
    let low = 0;
    let high = this.#parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#parts[middle]?.from ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
