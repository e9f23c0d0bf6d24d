/**
 * Pictures in the data of an MP4 whose tables are lost or wrong: unbroken rows of them, found by the lengths in front of the NAL units.
 *
 * A row ("run") holds together by itself: each picture begins where the one before ends. Whether two runs belong together is not decided here.
 * Every byte of a picture that is given out has been looked at: three bytes that no encoder writes inside of a NAL unit make it a damaged one.
 */
import type { VideoCodec } from '../bitstream/nal.ts';
import { NAL_HEAD, nalHeadAt } from '../trail/nal-header.ts';
import { BlockFinder, type UsualGap } from './blocks.ts';
import type { Bytes } from './bytes.ts';
import { Habit } from './habit.ts';
import type { SlicePlace, SliceReader } from './parameters.ts';
import { type Piece, Stitched } from './stitched.ts';
import { after, belongs, type Counters, counts, type Unit, UnitReader } from './units.ts';
import { piecesOf, weaveOf } from './weave.ts';

export interface Picture {
  /** Where its bytes are, in order; more than one piece where another file's block lies in between. */
  readonly pieces: readonly Piece[];
  readonly key: boolean;
  /** Number in its telemetry. */
  readonly sequence: number | undefined;
  readonly place: SlicePlace | undefined;
  /** What follows it is damaged, so its own end may be: only a decoder can tell. */
  readonly doubt: boolean;
  /** Pictures that stood before it in the same row are broken. */
  readonly afterLoss: boolean;
}

export interface Run {
  readonly pictures: readonly Picture[];
  /** Why nothing follows. */
  readonly ends: 'data' | 'damage' | 'sequence';
}

export interface RunOptions {
  readonly codec: VideoCodec;
  /** Reads heads of slices, when the coding is known. */
  readonly reader?: SliceReader | undefined;
  /** Where the data begins: the first picture is expected there. Undefined: it is looked for. */
  readonly from?: number | undefined;
  /** Where the data ends. */
  readonly to: number;
  /** Only in these parts of the file, put together. */
  readonly parts?: readonly Piece[];
  /** What pictures were found to be like; grows. */
  readonly habit?: Habit;
  /** Called now and then with how far it is, bytes. */
  readonly onProgress?: (at: number) => void;
}

/** A picture that is being put together, and the counters before it is. */
interface Draft {
  readonly from: number;
  readonly to: number;
  readonly key: boolean;
  readonly sequence: number | undefined;
  readonly place: SlicePlace | undefined;
  readonly slices: number;
  /** Some of its bytes are wrong. */
  readonly broken: boolean;
}

/** Six cameras are written at once. */
const MOST_FILES = 8;
const MOST_JUMPS = 20_000;
const MOST_RUNS = 20_000;
const SEARCH_WINDOW = 1 << 18;

/** All runs: those of one row through the file in its order, then those in what this row left out. */
export function findRuns(bytes: Bytes, wish: RunOptions): Run[] {
  const { codec, reader, from, parts, habit = new Habit() } = wish;
  const options = { ...wish, habit };
  if (parts) return rowsOf(bytes, parts, from, options);
  const to = Math.min(options.to, bytes.size);
  const weave = from === undefined ? undefined : weaveOf(bytes, new UnitReader(codec, reader, bytes.size), from, to);
  if (!weave) return rowsOf(bytes, [{ at: 0, end: to }], from, options);
  const files = Array.from({ length: weave.files }, (_, which) => piecesOf(weave, which, to));
  return files.flatMap((parts, which) => rowsOf(bytes, parts, which === 0 ? from : undefined, options));
}

type RowOptions = RunOptions & { readonly habit: Habit };

function rowsOf(bytes: Bytes, all: readonly Piece[], first: number | undefined, options: RowOptions): Run[] {
  const runs: Run[] = [];
  let parts = all;
  let from = first;
  for (let files = 0; files < MOST_FILES && parts.length > 0; files += 1) {
    let finder = new RunFinder(bytes, parts, options);
    let found = finder.find(from);
    const usual = finder.usualGap;
    if (usual !== undefined || (finder.passedOver && options.habit.known)) {
      // Now that the size of the blocks is known, once more: a picture that is longer than a block can be put together in several ways. And single
      // pictures can be told only when others have been seen.
      finder = new RunFinder(bytes, parts, options, usual);
      found = finder.find(from);
    }
    runs.push(...found);
    // Blocks of other files: the same once more, as if they alone were the file.
    parts = finder.leftOut;
    from = undefined;
  }
  return runs;
}

class RunFinder {
  /** Grows shorter with each block of another file that is found. */
  #view: Stitched;
  readonly #options: RowOptions;
  readonly #units: UnitReader;
  readonly #blocks: BlockFinder;
  /** Blocks of other files. */
  readonly leftOut: Piece[] = [];
  /** There was what may have been a picture, but too few had been seen to tell. */
  passedOver = false;

  constructor(bytes: Bytes, parts: readonly Piece[], options: RowOptions, usual?: UsualGap) {
    this.#view = new Stitched(bytes, parts);
    this.#options = options;
    this.#units = new UnitReader(options.codec, options.reader, bytes.size);
    this.#blocks = new BlockFinder(bytes, this.#units, usual);
  }

  get usualGap(): UsualGap | undefined {
    return this.#blocks.usualGap;
  }

  /** @param from where the first picture is expected; undefined: it is looked for */
  find(from: number | undefined): Run[] {
    const runs: Run[] = [];
    let at = from ?? this.#search(0);
    while (at !== undefined && at < this.#view.size && runs.length < MOST_RUNS) {
      const { pictures, ends, resume, claimed } = this.#walk(at);
      const found = ends === 'sequence' ? resume : this.#search(resume);
      // Where another picture begins inside of what the last one claims, the last one is broken.
      if (found !== undefined && found < claimed && pictures.at(-1)?.doubt) pictures.pop();
      if (pictures.length > 0) runs.push({ pictures, ends });
      at = found;
    }
    return runs;
  }

  /**
   * From one picture to the next for as long as it goes.
   * @returns `resume`: from where on to look for the next run; `claimed`: where the last picture ends by its own word
   */
  #walk(start: number): { pictures: Picture[]; ends: Run['ends']; resume: number; claimed: number } {
    const pictures: Picture[] = [];
    let at = start;
    let draft: Draft | undefined;
    let counters: Counters = { sequence: undefined, place: undefined };
    /** Before the last unit was taken. */
    let before: { at: number; draft: Draft | undefined; counters: Counters } | undefined;
    let afterLoss = false;
    const flush = (doubt: boolean): void => {
      const one = draft;
      draft = undefined;
      if (!one || one.slices === 0) return;
      if (one.broken) {
        afterLoss = true;
        return;
      }
      const { key, sequence, place } = one;
      const pieces = this.#view.pieces(one.from, one.to);
      pictures.push({ pieces, key, sequence, place, doubt: doubt && !this.#zerosAt(one.to), afterLoss });
      afterLoss = false;
      this.#options.habit.learn(place, one.to - one.from);
    };
    for (;;) {
      if (at >= this.#view.size) {
        flush(false);
        return { pictures, ends: 'data', resume: at, claimed: at };
      }
      this.#options.onProgress?.(at);
      const unit = this.#units.at(this.#view, at);
      const wrong = unit ? this.#units.wrongInside(this.#view, at, unit) : at;
      if (!unit || (wrong >= 0 && this.#units.chain(this.#view, unit.next, 2) < 2)) {
        // A block of another file may lie inside of this unit, or of the one before.
        if (this.#leaveOut(this.#blocks.find(this.#view, at, counters))) continue;
        if (before && draft && !unit) {
          const { at: last, counters: then } = before;
          const left = this.#blocks.find(this.#view, last, then) ?? this.#blocks.findAtEnd(this.#view, last);
          if (this.#leaveOut(left)) {
            ({ at, draft, counters } = before);
            before = undefined;
            continue;
          }
        }
        const last = before?.at ?? at;
        // What is wrong may be the beginning of the next picture, with the zeros of its length.
        const resume = unit ? Math.max(wrong - 4, at + 5) : draft && draft.slices > 0 ? last + 5 : at + 1;
        flush(!this.#goesOn(at, counters));
        return { pictures, ends: 'damage', resume, claimed: at };
      }
      const fits = belongs(counters, unit);
      if (!fits && before && this.#leaveOut(this.#blocks.find(this.#view, before.at, before.counters))) {
        // The last one ended, by chance, where a picture of another file begins.
        ({ at, draft, counters } = before);
        before = undefined;
        continue;
      }
      if (draft && draft.slices > 0 && (!unit.head.slice || unit.head.first)) flush(false);
      if (!fits) {
        const from = draft?.from ?? at;
        const resume = pictures.length === 0 && from === start ? at : from;
        return { pictures, ends: 'sequence', resume, claimed: resume };
      }
      before = { at, draft, counters };
      draft = grown(draft, at, unit, wrong >= 0);
      counters = after(counters, unit);
      at = unit.next;
    }
  }

  /** Whether the next unit begins here, whatever becomes of it: then the one before ends where it should. */
  #goesOn(at: number, counters: Counters): boolean {
    const unit = this.#units.beginning(this.#view, at);
    if (!unit || !belongs(counters, unit)) return false;
    return unit.sequence !== undefined || unit.place !== undefined;
  }

  /** Bytes that were never written: a picture that ends before them, and not in one of them, is whole. */
  #zerosAt(at: number): boolean {
    const bytes = this.#view.read(at, 8);
    return bytes.every((byte) => byte === 0);
  }

  /** The next place at or after `from` at which pictures begin. */
  #search(from: number): number | undefined {
    const { codec, onProgress } = this.#options;
    for (let base = from; base < this.#view.size && !this.#units.tired; base += SEARCH_WINDOW) {
      // A copy: what is tried below reads elsewhere.
      const bytes = Buffer.from(this.#view.read(base, SEARCH_WINDOW + NAL_HEAD));
      onProgress?.(base);
      const last = Math.min(SEARCH_WINDOW, bytes.length - 6);
      // No picture is longer than 16 MB, so the first byte of its length is zero.
      for (let index = bytes.indexOf(0); index >= 0 && index < last; index = bytes.indexOf(0, index + 1))
        if (nalHeadAt(codec, bytes, index) && this.#believable(base + index)) return base + index;
    }
    return undefined;
  }

  #believable(at: number): boolean {
    const { habit } = this.#options;
    let pictures = 0;
    let fitting = 0;
    let last: SlicePlace | undefined;
    let next = at;
    for (let units = 0; units < 5 && next < this.#view.size; units += 1) {
      const unit = this.#units.soundAt(this.#view, next);
      if (!unit) break;
      if (units === 0 && unit.sequence !== undefined) {
        const slice = this.#units.at(this.#view, unit.next);
        return slice?.head.slice === true && slice.head.first;
      }
      if (unit.head.first) pictures += 1;
      if (unit.place) {
        if (last && !counts(last, unit.place)) return false;
        if (habit.fits(unit.place, unit.head.length)) fitting += 1;
        else if (habit.known) return false;
        last = unit.place;
      }
      next = unit.next;
    }
    if (pictures >= 3) return true;
    if (pictures === 2 && next === this.#view.size) return true;
    if (pictures > 0 && !habit.known) this.passedOver = true;
    // One or two between two damages: only where their heads say what the heads of this recording say.
    return pictures > 0 && fitting === pictures;
  }

  /** Leaves out what stands between the two parts of a broken unit, if something does. */
  #leaveOut(left: Piece[] | undefined): boolean {
    if (!left || this.leftOut.length >= MOST_JUMPS) return false;
    for (const { at, end } of left) this.#view = this.#view.without(at, end - at);
    this.leftOut.push(...left);
    return true;
  }
}

function grown(draft: Draft | undefined, at: number, unit: Unit, broken: boolean): Draft {
  const { head, next, sequence, place } = unit;
  return {
    from: draft?.from ?? at,
    to: next,
    key: (draft?.key ?? false) || head.key,
    sequence: sequence ?? draft?.sequence,
    place: draft?.place ?? place,
    slices: (draft?.slices ?? 0) + (head.slice ? 1 : 0),
    broken: (draft?.broken ?? false) || broken,
  };
}
