/**
 * Files whose blocks take turns from the beginning: cameras that were written at once. Where blocks are small beside the pictures, no picture lies in
 * one of them; but once it is known how many files take turns and how large their blocks are, each can be read by itself.
 */
import type { Bytes } from './bytes.ts';
import { type Piece, Stitched } from './stitched.ts';
import { after, belongs, type Counters, type UnitReader } from './units.ts';

export interface Weave {
  /** Bytes. */
  readonly block: number;
  /** How many files take turns. */
  readonly files: number;
}

const SMALLEST = 4096;
const LARGEST = 1 << 18;
/** Six cameras. */
const MOST_FILES = 6;
/** So often a unit has to end, in another block than it began, where the next one begins: where the guess is wrong hardly one does. */
const PROOFS = 4;
const MOST_UNITS = 4000;

/** @param from where the first file's data begins @returns undefined when the file goes on without others between, or nothing fits */
export function weaveOf(bytes: Bytes, units: UnitReader, from: number, to: number): Weave | undefined {
  // Nearly all files: pictures follow each other across every border that there could be.
  const alone = new Stitched(bytes, [{ at: 0, end: to }]);
  if (follow(units, alone, from, { block: SMALLEST, goal: Math.min(to, from + PROOFS * LARGEST) }).ended)
    return undefined;
  for (let block = LARGEST; block >= SMALLEST; block /= 2)
    for (let files = 2; files <= MOST_FILES && !units.tired; files += 1) {
      if (from >= block || (PROOFS + 1) * block * files > to) continue;
      const view = new Stitched(bytes, piecesOf({ block, files }, 0, to));
      if (follow(units, view, from, { block, most: PROOFS }).proofs >= PROOFS) return { block, files };
    }
  return undefined;
}

/** What of the file belongs to one of those that take turns. @param which 0 is the first */
export function piecesOf({ block, files }: Weave, which: number, to: number): Piece[] {
  const out: Piece[] = [];
  for (let at = which * block; at < to; at += files * block) out.push({ at, end: Math.min(to, at + block) });
  return out;
}

/**
 * From one unit to the next, as long as they can follow each other.
 * @returns how often one crossed a border and was followed by the next (up to `most`), and whether `goal` was come to
 */
function follow(
  units: UnitReader,
  view: Stitched,
  from: number,
  { block, goal = view.size, most = Number.POSITIVE_INFINITY }: { block: number; goal?: number; most?: number },
): { readonly proofs: number; readonly ended: boolean } {
  let at = from;
  let proofs = 0;
  let counters: Counters = { sequence: undefined, place: undefined };
  let before = from;
  for (let count = 0; count < MOST_UNITS && at < goal && proofs < most; count += 1) {
    const unit = units.soundAt(view, at);
    if (!unit || !belongs(counters, unit)) return { proofs, ended: false };
    if (Math.floor(at / block) !== Math.floor(before / block)) proofs += 1;
    counters = after(counters, unit);
    before = at;
    at = unit.next;
  }
  return { proofs, ended: at >= goal };
}
