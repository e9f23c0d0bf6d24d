/**
 * Which pictures are the clip, which may be of another one, and which cannot be shown. Pure.
 *
 * A picture belongs to the clip when it stands in one unbroken row with its beginning. Behind a damage two things have to be proven: the time (the
 * numbers of telemetry run on) and the camera (the first picture that stands for itself continues the last good one; or whoever calls knows whose
 * blocks these are). Numbers are equal in all cameras of a minute, so they alone prove nothing about the camera; likeness alone proves nothing about
 * the time. What is not proven is kept apart, and never in the clip.
 */
import { contrast, type Difference, difference, type Look } from './look.ts';
import { placesBetween, type SlicePlace } from './parameters.ts';
import type { Piece } from './stitched.ts';

export interface SeenPicture {
  readonly pieces: readonly Piece[];
  readonly key: boolean;
  readonly sequence: number | undefined;
  readonly place: SlicePlace | undefined;
  readonly doubt: boolean;
  /** Pictures that stood before it in the same row are broken. */
  readonly afterLoss: boolean;
  /** The decoder found nothing wrong. Means nothing where pictures that it refers to are missing. */
  readonly whole: boolean;
  readonly look: Look | undefined;
}

export interface SeenRun {
  readonly pictures: readonly SeenPicture[];
}

export interface SortOptions {
  /** Whose bytes these are is known (the clusters of one file of a drive): nothing has to be proven. */
  readonly owned: boolean;
  /** Whether the clip can begin with this picture: no other one of it, broken by bytes that may be another file's, stands before it. */
  readonly mayBegin?: (first: SeenPicture) => boolean;
}

/** A picture that is kept. */
interface SoundPicture extends SeenPicture {
  /** All pictures that it refers to are there and whole: what it looks like is what the camera saw. */
  readonly sure: boolean;
}

export interface Sorted {
  readonly main: readonly SeenPicture[];
  /** Each a row that holds together, but not with the clip. */
  readonly unverified: readonly (readonly SeenPicture[])[];
  /** Pictures that were there and are broken, or whose group has lost its beginning. */
  readonly dropped: number;
}

/** Two pictures of one camera may differ by so much more than they did so far. */
const SLACK = 1.6;
/** … and by this, of 255, where little has been seen. */
const FREE_LUMA = 4;
const FREE_CHROMA = 2;
const FREE_CALM = 3;
/** Nothing that one camera sees changes by so much more than before from one key picture to the next, half a second later. */
const SUDDEN = 2;
const USUAL_GROUP = 18;
/** … or from one picture to the next. */
const JUMP = 4;
const JUMP_LUMA = 4;
const JUMP_CHROMA = 3;
/** … into a key picture, which owes nothing to those before it: brightness or colour alone tells. */
const KEY_JUMP = 3;
const KEY_LUMA = 16;
const KEY_CHROMA = 4;
const KEY_CALM = 6;
const FEW_QUICK = 8;
const SUDDEN_LUMA = 16;
const SUDDEN_CHROMA = 8;
/** Without anything to compare with. */
const FEW_LUMA = 14;
const FEW_CHROMA = 6;
const FEW_CALM = 12;
const FEW = 3;
/** Telemetry numbers that are farther apart are of two recordings. */
const OTHER_CLIP = 1000;
/** Pictures from one that stands for itself to the next, at most: half a second, or a second, is usual. */
const LONGEST_GROUP = 300;
/** Less is to be seen than this: any camera may show it. */
const DARK = 6;
/** A jump of telemetry may be larger than what the lost bytes held by so much. */
const MOST_LOST = 4;
const FREE_LOST = 72;
/** Looks that are compared at most to learn how much pictures differ. */
const LEARNED = 400;

interface Row {
  readonly pictures: readonly SoundPicture[];
  /** Never joined to anything: perhaps of two cameras, or broken. */
  readonly apart?: boolean;
}

export function sortOut(runs: readonly SeenRun[], options: SortOptions): Sorted {
  let dropped = 0;
  const rows: Row[] = [];
  const groups = runs.map((run) => groupsOf(run.pictures));
  for (const [index, run] of runs.entries()) {
    // Where blocks are swapped, a picture may stand before its key picture.
    const { kept, doubtful } = soundPictures(run.pictures, [
      ...groups.slice(index + 1).flat(),
      ...groups.slice(0, index).flat(),
    ]);
    dropped += run.pictures.length - kept.length - doubtful.length;
    rows.push(
      ...splitWhereCameraChanges(kept, options.owned),
      ...doubtful.map((one) => ({ pictures: [one], apart: true })),
    );
  }
  const main: SoundPicture[] = [];
  const unverified: SoundPicture[][] = [];
  /** Nothing can be compared with a clip of which no picture is left. */
  let begun: boolean | undefined;
  for (const { pictures, apart } of rows) {
    const [first] = pictures;
    if (!first) continue;
    const last = unverified.at(-1);
    begun ??= apart ? undefined : options.owned || (options.mayBegin?.(first) ?? true);
    const joins = begun && (main.length === 0 || options.owned || continues(main, pictures));
    if (!apart && joins) main.push(...pictures);
    else if (last && !apart && continues(last, pictures)) last.push(...pictures);
    else unverified.push([...pictures]);
  }
  return { main, unverified, dropped };
}

/** A group of pictures, as far as it was seen: pictures of other rows may be of it too. */
interface GroupEnd {
  /** Telemetry numbers of its key picture, and of the next key picture in its row. */
  readonly head: number | undefined;
  readonly next: number | undefined;
  readonly last: SlicePlace | undefined;
}

/** The groups of a row whose key pictures are whole. */
function groupsOf(pictures: readonly SeenPicture[]): GroupEnd[] {
  const keys = pictures.flatMap((one, index) => (one.key ? [index] : []));
  return keys.flatMap((key, nth) => {
    const group = pictures.slice(key, keys[nth + 1]);
    const [head] = group;
    const next = pictures[keys[nth + 1] ?? -1];
    if (!head?.whole) return [];
    return { head: head.sequence, next: next?.sequence, last: group.findLast((one) => one.place)?.place };
  });
}

/**
 * Without broken pictures, and without those whose key picture is lost. `doubtful`: what follows is damaged, and the decoder finds nothing wrong; but it
 * finds nothing wrong in some pictures either whose last bytes are another's.
 * @param others groups of other rows, the likeliest last
 */
function soundPictures(
  pictures: readonly SeenPicture[],
  others: readonly GroupEnd[],
): { kept: SoundPicture[]; doubtful: SoundPicture[] } {
  const kept: SoundPicture[] = [];
  const doubtful: SoundPicture[] = [];
  /** The key picture is there: in this row, or in another one. */
  let headed = false;
  let last: SlicePlace | undefined;
  /** All pictures since the key picture are there and whole, so the decoder's word counts. */
  let unbroken = false;
  for (const one of pictures) {
    if (one.afterLoss) unbroken = false;
    if (one.key) {
      unbroken = one.whole;
      headed = one.whole;
      last = one.place;
      if (!one.whole) continue;
    } else {
      if (!headed) {
        const group = others.findLast((known) => sameGroup(known, one));
        if (!group) continue;
        headed = true;
        last = group.last;
      }
      if (unbroken && last && one.place && placesBetween(last, one.place) > 1) unbroken = false;
      if (!one.whole && (unbroken || one.doubt)) {
        unbroken = false;
        continue;
      }
      last = one.place ?? last;
    }
    (one.doubt ? doubtful : kept).push({ ...one, sure: unbroken });
  }
  return { kept, doubtful };
}

/** Whether a picture that refers to others can be of the group that was cut off. */
function sameGroup({ head, next, last }: GroupEnd, one: SeenPicture): boolean {
  if (head !== undefined && one.sequence !== undefined && one.place) {
    const since = one.sequence - head;
    // Another clip's numbers say nothing; it is told apart later.
    if (Math.abs(since) < OTHER_CLIP) {
      if (next !== undefined && next > head && one.sequence >= next) return false;
      return since > 0 && since < LONGEST_GROUP && (since - one.place.number) % one.place.cycle === 0;
    }
  }
  // A counter that has begun again says nothing either.
  if (last && one.place && last.cycle > LONGEST_GROUP) return one.place.number > last.number;
  return true;
}

/**
 * An unbroken row that suddenly looks like another camera was put together of two files, cut just between two pictures. Where in the group before it
 * the other file begins cannot be seen, so that whole group counts as not proven.
 */
function splitWhereCameraChanges(pictures: readonly SoundPicture[], owned: boolean): Row[] {
  if (owned) return [{ pictures }];
  const rows: Row[] = [];
  let from = 0;
  let key: number | undefined;
  let usual: Difference = { luma: FEW_LUMA, chroma: FEW_CHROMA, calm: FEW_CALM };
  let strange = false;
  /** The most that neighbouring pictures have differed. */
  const quick = { luma: 0, chroma: 0, calm: 0, count: 0 };
  const close = (key: number, until: number): void => {
    // A row's first picture is what all the others are measured by.
    const mixed = Math.max(key, from + 1);
    rows.push({ pictures: pictures.slice(from, mixed) }, { pictures: pictures.slice(mixed, until), apart: true });
    from = until;
  };
  for (const [index, one] of pictures.entries()) {
    const last = key === undefined ? undefined : pictures[key];
    if (last?.look && one.look && !strange) {
      const found = difference(last.look, one.look);
      strange = found.luma > SUDDEN * usual.luma + SUDDEN_LUMA || found.chroma > SUDDEN * usual.chroma + SUDDEN_CHROMA;
    }
    const before = pictures[index - 1];
    if (before?.look && one.look && index > from) {
      const found = difference(before.look, one.look);
      const jumps = one.key
        ? found.luma > KEY_JUMP * quick.luma + KEY_LUMA ||
          found.chroma > KEY_JUMP * quick.chroma + KEY_CHROMA ||
          found.calm > KEY_JUMP * quick.calm + KEY_CALM
        : found.luma > JUMP * quick.luma + JUMP_LUMA && found.chroma > JUMP * quick.chroma + JUMP_CHROMA;
      if (jumps && quick.count >= FEW_QUICK && !one.afterLoss) strange = true;
      else {
        quick.luma = Math.max(quick.luma, found.luma);
        quick.chroma = Math.max(quick.chroma, found.chroma);
        quick.calm = Math.max(quick.calm, found.calm);
        quick.count += 1;
      }
    }
    if (!one.key) continue;
    if (strange && key !== undefined) close(key, index);
    strange = false;
    key = index;
    usual = learned(pictures.slice(from, index), USUAL_GROUP);
  }
  if (strange && key !== undefined) close(key, pictures.length);
  return [...rows, { pictures: pictures.slice(from) }];
}

/** Whether a row is proven to go on with another: in time, and of the same camera. */
function continues(main: readonly SoundPicture[], row: readonly SoundPicture[]): boolean {
  return runsOn(main, row) && looksOn(main, row);
}

function runsOn(main: readonly SeenPicture[], row: readonly SeenPicture[]): boolean {
  const before = main.findLast((one) => one.sequence !== undefined);
  const after = row.find((one) => one.sequence !== undefined);
  if (before?.sequence === undefined || after?.sequence === undefined) return false;
  const numbers = after.sequence - before.sequence;
  if (numbers <= 0) return false;
  const mean = meanBytes(main);
  const lost = Math.max(0, (after.pieces[0]?.at ?? 0) - (before.pieces.at(-1)?.end ?? 0)) / mean;
  return numbers <= MOST_LOST * lost + FREE_LOST;
}

function meanBytes(pictures: readonly SeenPicture[]): number {
  let sum = 0;
  for (const { pieces } of pictures) for (const { at, end } of pieces) sum += end - at;
  return Math.max(1, sum / Math.max(1, pictures.length));
}

/** The first picture of the row that stands for itself is like the last of the clip, as pictures of the clip so far apart are. */
function looksOn(main: readonly SoundPicture[], row: readonly SoundPicture[]): boolean {
  const key = row.find((one) => one.key && one.look);
  const last = main.findLast((one) => one.look && one.sure);
  if (!key?.look || !last?.look) return false;
  if (contrast(last.look) < DARK || contrast(key.look) < DARK) return false;
  const gap = Math.max(1, (key.sequence ?? 0) - (last.sequence ?? 0));
  const allowed = learned(main, gap);
  const found = difference(last.look, key.look);
  return found.luma <= allowed.luma && found.chroma <= allowed.chroma && found.calm <= allowed.calm;
}

/** How much pictures of the clip that lie about `gap` numbers apart differ at the most, with some slack. */
function learned(main: readonly SoundPicture[], gap: number): Difference {
  // What was decoded over a loss may look like anything.
  const seen = main.filter((one) => one.look && one.sure);
  const step = Math.max(1, Math.floor(seen.length / LEARNED));
  let luma = 0;
  let chroma = 0;
  let calm = 0;
  let count = 0;
  for (let index = 0; index + gap < seen.length; index += step) {
    const [a, b] = [seen[index]?.look, seen[index + gap]?.look];
    if (!a || !b) continue;
    const one = difference(a, b);
    luma = Math.max(luma, one.luma);
    chroma = Math.max(chroma, one.chroma);
    calm = Math.max(calm, one.calm);
    count += 1;
  }
  if (count < FEW) {
    // The gap is longer than what there is: the whole span that was seen counts.
    const [a, b] = [seen[0]?.look, seen.at(-1)?.look];
    const span = a && b ? difference(a, b) : { luma: 0, chroma: 0, calm: 0 };
    return {
      luma: Math.max(FEW_LUMA, SLACK * span.luma),
      chroma: Math.max(FEW_CHROMA, SLACK * span.chroma),
      calm: Math.max(FEW_CALM, SLACK * span.calm),
    };
  }
  return {
    luma: SLACK * luma + FREE_LUMA,
    chroma: SLACK * chroma + FREE_CHROMA,
    calm: SLACK * calm + FREE_CALM,
  };
}
