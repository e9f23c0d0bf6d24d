/**
 * Blocks of other files between those of one: a drive that is written by six cameras at once gives each of them the next free block. Where a picture
 * breaks off, it may go on whole blocks later.
 */
import type { Bytes } from './bytes.ts';
import { type Piece, Stitched } from './stitched.ts';
import { after, type Counters, counts, type UnitReader } from './units.ts';

/** Gaps are looked for in steps of this, up to so many of them. */
const BLOCK_STEP = 4096;
const MOST_BLOCKS = 256;
const LARGEST_BLOCK = 1 << 18;
/** A picture of 1 MB in blocks of 32 KiB. */
const MOST_BLOCKS_IN_UNIT = 32;
/** Where a block holds no more than a picture or two, the proof takes several blocks. */
const BLOCKS_AHEAD = 12;
/** A unit whose head says more than this is not worth so many tries. */
const LONGEST_UNIT = 1 << 21;
const SEI_WINDOW = 512;
/** A gap that was seen this often is how the file lies; once or twice is a swapped block. */
const REGULAR = 3;

/** A gap between two blocks of one file, bytes, and how often it was passed over. */
export interface UsualGap {
  readonly skip: number;
  readonly times: number;
}

export class BlockFinder {
  readonly #bytes: Bytes;
  readonly #units: UnitReader;
  /** How often one gap of so many bytes was passed over. */
  readonly #skips = new Map<number, number>();
  readonly #usual: UsualGap | undefined;
  #triedAtEnd = -1;

  /** @param usual the gap that is likeliest, when one is known */
  constructor(bytes: Bytes, units: UnitReader, usual: UsualGap | undefined) {
    this.#bytes = bytes;
    this.#units = units;
    this.#usual = usual;
  }

  /** The gap that was passed over most often; undefined where there was none. */
  get usualGap(): UsualGap | undefined {
    const gaps = [...this.#skips].map(([skip, times]) => ({ skip, times }));
    return gaps.reduce<UsualGap | undefined>((a, b) => (a && a.times >= b.times ? a : b), undefined);
  }

  /**
   * What has to be left out so that the unit at `at`, which is broken or followed by nothing, goes on.
   * @param counters before that unit
   */
  find(view: Stitched, at: number, counters: Counters): Piece[] | undefined {
    const last = view.lastPart;
    if (!last || at < last.from || this.#units.tired) return undefined;
    const place = at - last.from + last.at;
    const length = (this.#units.at(view, at)?.next ?? at) - at;
    if (length > LONGEST_UNIT) return undefined;
    // The border lies in the unit, or in the head of the next one.
    const reach = place + length + SEI_WINDOW;
    const tried = (skip: number): Piece[] | undefined => {
      const size = blockOf(skip);
      for (let border = nextBorder(place, size); border < reach && border + skip < last.end; border += size) {
        const left = this.#leaveOut({ place, end: last.end, reach }, counters, border, skip);
        if (left) return left;
      }
      return undefined;
    };
    const likely = this.#usual === undefined ? undefined : tried(this.#usual.skip);
    if (likely) return likely;
    const room = Math.min(MOST_BLOCKS * BLOCK_STEP, last.end - place);
    // Large blocks first: what fits with small ones only is rarely true.
    for (let size = LARGEST_BLOCK; size >= BLOCK_STEP; size /= 2)
      for (let skip = size; skip < room && !this.#units.tired; skip += 2 * size) {
        const left = tried(skip);
        if (left) return left;
      }
    return undefined;
  }

  /** The same for the last picture of a file: nothing follows it, but blocks of the usual kind have stood between others. */
  findAtEnd(view: Stitched, at: number): Piece[] | undefined {
    const last = view.lastPart;
    const { skip = 0, times = 0 } = this.#usual ?? {};
    const unit = this.#units.at(view, at);
    if (times < REGULAR || !last || !unit || at < last.from || at === this.#triedAtEnd) return undefined;
    this.#triedAtEnd = at;
    const place = at - last.from + last.at;
    const left: Piece[] = [];
    let border = nextBorder(place, blockOf(skip));
    let end = place + unit.next - at;
    while (left.length < MOST_BLOCKS_IN_UNIT && end > border) {
      if (border + skip >= last.end) return undefined;
      left.push({ at: border, end: border + skip });
      end += skip;
      border += skip + blockOf(skip);
    }
    if (left.length === 0) return undefined;
    return this.#units.soundAt(this.#without({ at: place, end: last.end }, left), 0) ? left : undefined;
  }

  /** Tries it without the blocks at `border`, and without further ones at the same distance: a picture may be longer than a block. */
  #leaveOut(
    { place, end, reach }: { readonly place: number; readonly end: number; readonly reach: number },
    counters: Counters,
    border: number,
    skip: number,
  ): Piece[] | undefined {
    const size = blockOf(skip);
    const left: Piece[] = [];
    for (let next = border; left.length < MOST_BLOCKS_IN_UNIT; next += skip + size) {
      if (next >= reach + left.length * skip || next + skip >= end) return undefined;
      left.push({ at: next, end: next + skip });
      // Numbers of telemetry prove it at once; without them it takes more pictures than a block may hold.
      const ahead = this.#units.numbered ? [] : regular(next, skip, end);
      if (
        this.#goesOn(counters, this.#without({ at: place, end }, left)) ||
        (ahead.length > 0 && this.#goesOn(counters, this.#without({ at: place, end }, [...left, ...ahead])))
      ) {
        if (left.length === 1) this.#skips.set(skip, (this.#skips.get(skip) ?? 0) + 1);
        return left;
      }
    }
    return undefined;
  }

  #without(part: Piece, left: readonly Piece[]): Stitched {
    const parts: Piece[] = [];
    let at = part.at;
    for (const gap of left) {
      parts.push({ at, end: gap.at });
      at = gap.end;
    }
    return new Stitched(this.#bytes, [...parts, { at, end: part.end }]);
  }

  /** Whether the very next pictures after the counters stand at the beginning of `view`, of which one is whole behind the border. */
  #goesOn(before: Counters, view: Stitched): boolean {
    // Nearly all tries end here, before any byte inside of a unit is looked at.
    const first = this.#units.at(view, 0);
    if (!first || !this.#units.at(view, first.next)) return false;
    let next = 0;
    let counters = before;
    let proofs = 0;
    for (let count = 0; count < 6; count += 1) {
      const unit = this.#units.soundAt(view, next);
      if (!unit) return false;
      if (unit.sequence !== undefined && counters.sequence !== undefined) {
        if (unit.sequence !== counters.sequence + 1) return false;
        if (count > 0) return true;
      }
      if (unit.place && counters.place) {
        if (!counts(counters.place, unit.place)) return false;
        proofs += 1;
      }
      counters = after(counters, unit);
      next = unit.next;
    }
    return proofs >= 3 || !this.#units.reader;
  }
}

/** Clusters are powers of two, and whole ones lie in a gap. */
const blockOf = (skip: number): number => skip & -skip;

const nextBorder = (place: number, size: number): number => Math.floor(place / size) * size + size;

/** As if it went on like this behind `from`: a block of its own, `skip` bytes of others. */
function regular(from: number, skip: number, end: number): Piece[] {
  const out: Piece[] = [];
  for (let ahead = 1; ahead <= BLOCKS_AHEAD; ahead += 1) {
    const border = from + ahead * (skip + blockOf(skip));
    if (border + skip >= end) break;
    out.push({ at: border, end: border + skip });
  }
  return out;
}
