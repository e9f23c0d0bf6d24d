/**
 * Pictures in the data of an MP4 whose tables are lost or wrong: unbroken rows of them, found by the lengths in front of the NAL units.
 *
 * A row ("run") holds together by itself: each picture begins where the one before ends. Whether two runs belong together is not decided here.
 * Every byte of a picture that is given out has been looked at: three bytes that no encoder writes inside of a NAL unit make it a damaged one.
 */
import type { VideoCodec } from '../bitstream/nal.ts';
import { readTeslaSei } from '../bitstream/tesla-sei.ts';
import { impossibleInside, NAL_HEAD, type NalHead, nalHeadAt } from '../trail/nal-header.ts';
import type { Bytes } from './bytes.ts';
import type { SlicePlace, SliceReader } from './parameters.ts';
import { type Piece, Stitched } from './stitched.ts';

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
  /** Called now and then with how far it is, bytes. */
  readonly onProgress?: (at: number) => void;
}

interface Unit {
  readonly head: NalHead;
  readonly next: number;
  readonly sequence: number | undefined;
  readonly place: SlicePlace | undefined;
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

interface Counters {
  readonly sequence: number | undefined;
  readonly place: SlicePlace | undefined;
}

/** Pictures between two telemetry messages of one recording: five seconds. */
const MOST_SKIPPED = 180;
/** Blocks of other files between two of this one are looked for in steps of this, up to that many. */
const BLOCK_STEP = 4096;
const MOST_BLOCKS = 256;
const LARGEST_BLOCK = 1 << 18;
/** Six cameras are written at once. */
const MOST_FILES = 8;
const MOST_JUMPS = 50_000;
/** A picture of 1 MB in blocks of 32 KiB. */
const MOST_BLOCKS_IN_UNIT = 32;
const SEI_WINDOW = 512;
const MOST_RUNS = 20_000;
const SEARCH_WINDOW = 1 << 18;
/** So many pictures show how a recording counts. */
const HABIT = 30;

/** All runs: those of one row through the file in its order, then those in what this row left out. */
export function findRuns(bytes: Bytes, options: RunOptions): Run[] {
  const runs: Run[] = [];
  let parts: readonly Piece[] = [{ at: 0, end: Math.min(options.to, bytes.size) }];
  let from = options.from;
  for (let files = 0; files < MOST_FILES && parts.length > 0; files += 1) {
    let finder = new RunFinder(new Stitched(bytes, parts), options);
    let found = finder.find(from);
    const usual = finder.usualSkip;
    if (usual !== undefined) {
      // Now that the size of the blocks is known, once more: a picture that is longer than a block can be put together in several ways.
      finder = new RunFinder(new Stitched(bytes, parts), options, usual);
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
  readonly #options: RunOptions;
  readonly leftOut: Piece[] = [];
  /** How often one gap of so many bytes was passed over. */
  readonly #skips = new Map<number, number>();
  readonly #usual: number | undefined;
  #jumps = 0;
  /** What the pictures so far have shown: how the counters of slices go, and how long slices are. */
  readonly #habit = { pictures: 0, lsbIsTwice: 0, mostFrameNum: 0, longest: 0 };

  constructor(view: Stitched, options: RunOptions, usual?: number) {
    this.#view = view;
    this.#options = options;
    this.#usual = usual;
  }

  /** The gap that was passed over most often; undefined where there was none. */
  get usualSkip(): number | undefined {
    return [...this.#skips].reduce<[number, number] | undefined>((a, b) => (a && a[1] >= b[1] ? a : b), undefined)?.[0];
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
      pictures.push({ pieces: this.#view.pieces(one.from, one.to), key, sequence, place, doubt, afterLoss });
      afterLoss = false;
      this.#learn(place, one.to - one.from);
    };
    for (;;) {
      if (at >= this.#view.size) {
        flush(false);
        return { pictures, ends: 'data', resume: at, claimed: at };
      }
      this.#options.onProgress?.(at);
      const unit = this.#unit(at);
      const wrong = unit ? this.#wrongInside(at, unit) : at;
      if (!unit || (wrong >= 0 && this.#chain(unit.next, 2) < 2)) {
        // A block of another file may lie inside of this unit, or of the one before.
        if (this.#jump(at, counters)) continue;
        if (before && draft && !unit && this.#jump(before.at, before.counters)) {
          ({ at, draft, counters } = before);
          before = undefined;
          continue;
        }
        const last = before?.at ?? at;
        const resume = unit ? Math.max(wrong, at + 5) : draft && draft.slices > 0 ? last + 5 : at + 1;
        flush(true);
        return { pictures, ends: 'damage', resume, claimed: at };
      }
      if (draft && draft.slices > 0 && (!unit.head.slice || unit.head.first)) flush(false);
      if (!belongs(counters, unit)) {
        const from = draft?.from ?? at;
        const resume = pictures.length === 0 && from === start ? at : from;
        return { pictures, ends: 'sequence', resume, claimed: resume };
      }
      before = { at, draft, counters };
      draft = grown(draft, at, unit, wrong >= 0);
      counters = { sequence: unit.sequence ?? counters.sequence, place: unit.place ?? counters.place };
      at = unit.next;
    }
  }

  /** The NAL unit at a place where one has to begin; undefined when none does, or it reaches beyond the data. */
  #unit(at: number, view = this.#view): Unit | undefined {
    const head = nalHeadAt(this.#options.codec, view.read(at, NAL_HEAD), 0);
    if (!head) return undefined;
    const next = at + 4 + head.length;
    if (next > view.size) return undefined;
    let sequence: number | undefined;
    let place: SlicePlace | undefined;
    if (this.#options.codec === 'h264' && head.type === 6 && head.length < SEI_WINDOW)
      sequence = readTeslaSei(view.read(at + 4, head.length))?.sequence;
    const { reader } = this.#options;
    if (head.slice && head.first && reader?.readsHeads) {
      place = reader.place(view.read(at + 4, Math.min(head.length, 64)));
      if (!place || place.idr !== head.key) return undefined;
    }
    return { head, next, sequence, place };
  }

  /** Where the bytes of a unit cannot be right; -1 when they can. */
  #wrongInside(at: number, unit: Unit, view = this.#view): number {
    const bytes = view.read(at + 4, unit.head.length);
    const wrong = impossibleInside(bytes, 0, bytes.length);
    if (wrong >= 0) return at + 4 + wrong;
    // rbsp_trailing_bits end in a one (ITU-T H.264 section 7.4.1): a unit never ends in a zero byte.
    return bytes[bytes.length - 1] === 0 ? unit.next - 1 : -1;
  }

  /** Units without wrong bytes that follow each other from here, `most` at the most. The end of the data counts as all that are missing. */
  #chain(at: number, most: number, view = this.#view): number {
    let next = at;
    for (let count = 0; count < most; count += 1) {
      if (next === view.size) return most;
      const unit = this.#unit(next, view);
      if (!unit || this.#wrongInside(next, unit, view) >= 0) return count;
      next = unit.next;
    }
    return most;
  }

  /** The next place at or after `from` at which pictures begin. */
  #search(from: number): number | undefined {
    const { codec, onProgress } = this.#options;
    for (let base = from; base < this.#view.size; base += SEARCH_WINDOW) {
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
    let pictures = 0;
    let fitting = 0;
    let last: SlicePlace | undefined;
    let next = at;
    for (let units = 0; units < 5 && next < this.#view.size; units += 1) {
      const unit = this.#unit(next);
      if (!unit || this.#wrongInside(next, unit) >= 0) break;
      if (units === 0 && unit.sequence !== undefined) {
        const slice = this.#unit(unit.next);
        return slice?.head.slice === true && slice.head.first;
      }
      if (unit.head.first) pictures += 1;
      if (unit.place) {
        if (last && !counts(last, unit.place)) return false;
        if (this.#fits(unit.place, unit.head.length)) fitting += 1;
        else if (this.#habit.pictures > HABIT) return false;
        last = unit.place;
      }
      next = unit.next;
    }
    if (pictures >= 3) return true;
    if (pictures === 2) return fitting === 2 || next === this.#view.size;
    // One picture between two damages: only where its head says what the heads of this recording say.
    return pictures === 1 && fitting === 1;
  }

  #learn(place: SlicePlace | undefined, length: number): void {
    if (!place) return;
    this.#habit.pictures += 1;
    if (place.lsb === 2 * place.frameNum) this.#habit.lsbIsTwice += 1;
    this.#habit.mostFrameNum = Math.max(this.#habit.mostFrameNum, place.frameNum);
    this.#habit.longest = Math.max(this.#habit.longest, length);
  }

  /** Whether a slice is one of this recording, by what its heads have been like. */
  #fits(place: SlicePlace, length: number): boolean {
    const { pictures, lsbIsTwice, mostFrameNum, longest } = this.#habit;
    if (pictures <= HABIT || place.frameNum > mostFrameNum || length > 4 * longest) return false;
    return lsbIsTwice < pictures || place.lsb === 2 * place.frameNum;
  }

  /**
   * The unit at `at` is broken, or nothing follows it. Perhaps blocks of another file stand inside of it: then it goes on whole blocks later. When
   * it does, these blocks are left out from now on.
   */
  #jump(at: number, counters: Counters): boolean {
    const last = this.#view.lastPart;
    if (!last || at < last.from || this.#jumps >= MOST_JUMPS) return false;
    const place = at - last.from + last.at;
    const head = this.#unit(at);
    // The border lies in the unit, or in the head of the next one.
    const reach = place + (head ? head.next - at : 0) + SEI_WINDOW;
    const room = Math.min(MOST_BLOCKS * BLOCK_STEP, last.end - place);
    const tried = (skip: number): boolean => {
      // Clusters are powers of two, and whole ones lie in between.
      const size = skip & -skip;
      for (
        let border = Math.floor(place / size) * size + size;
        border < reach && border + skip < last.end;
        border += size
      )
        if (this.#leaveOut(at, counters, border, { skip, size, reach })) return true;
      return false;
    };
    if (this.#usual !== undefined && tried(this.#usual)) return true;
    // Large blocks first: what fits with small ones only is rarely true.
    for (let size = LARGEST_BLOCK; size >= BLOCK_STEP; size /= 2)
      for (let skip = size; skip < room; skip += 2 * size) if (tried(skip)) return true;
    return false;
  }

  /** Tries it without the blocks at `border`, and without further ones at the same distance: a picture may be longer than a block. */
  #leaveOut(
    at: number,
    counters: Counters,
    border: number,
    { skip, size, reach }: { skip: number; size: number; reach: number },
  ): boolean {
    let view = this.#view;
    const left: Piece[] = [];
    let next = border;
    for (let times = 0; times < MOST_BLOCKS_IN_UNIT && next < reach; times += 1) {
      if (next + skip >= (view.lastPart?.end ?? 0)) return false;
      view = view.without(next, skip);
      left.push({ at: next, end: next + skip });
      if (this.#goesOn(at, counters, view)) {
        this.#view = view;
        this.#jumps += left.length;
        if (left.length === 1) this.#skips.set(skip, (this.#skips.get(skip) ?? 0) + 1);
        this.leftOut.push(...left);
        return true;
      }
      next += skip + size;
      reach += skip;
    }
    return false;
  }

  /** Whether the very next pictures after the counters stand here: two at least, of which one is whole behind the border. */
  #goesOn(at: number, counters: Counters, view: Stitched): boolean {
    let next = at;
    let { sequence, place } = counters;
    let proofs = 0;
    for (let units = 0; units < 6; units += 1) {
      const unit = this.#unit(next, view);
      if (!unit || this.#wrongInside(next, unit, view) >= 0) return false;
      if (unit.sequence !== undefined && sequence !== undefined) {
        if (unit.sequence !== sequence + 1) return false;
        if (units > 0) return true;
      }
      if (unit.place && place) {
        if (!counts(place, unit.place)) return false;
        proofs += 1;
      }
      sequence = unit.sequence ?? sequence;
      place = unit.place ?? place;
      next = unit.next;
    }
    return proofs >= 3 || !this.#options.reader?.readsHeads;
  }
}

/** Whether a unit can follow without a loss before it. */
function belongs(counters: Counters, unit: Unit): boolean {
  const { sequence, place } = counters;
  if (unit.sequence !== undefined && sequence !== undefined) {
    if (unit.sequence <= sequence || unit.sequence > sequence + MOST_SKIPPED) return false;
  }
  return !unit.place || !place || counts(place, unit.place);
}

/** Whether a slice can follow another without a loss between them (ITU-T H.264 section 7.4.3, frame_num); an IDR picture always can. */
function counts(last: SlicePlace, next: SlicePlace): boolean {
  if (next.idr || next.frameNum === last.frameNum + 1 || next.frameNum === last.frameNum) return true;
  // It begins again at 0 after its highest value.
  return next.frameNum === 0 && ((last.frameNum + 1) & last.frameNum) === 0;
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
