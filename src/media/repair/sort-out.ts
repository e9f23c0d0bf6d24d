/**
 * Which pictures are the clip, which may be of another one, and which cannot be shown. Pure.
 *
 * A picture belongs to the clip when it stands in one unbroken row with its beginning. Behind a damage two things have to be proven: the time (the
 * numbers of telemetry run on) and the camera (the first picture that stands for itself continues the last good one; or whoever calls knows whose
 * blocks these are). Numbers are equal in all cameras of a minute, so they alone prove nothing about the camera; likeness alone proves nothing about
 * the time. What is not proven is kept apart, and never in the clip.
 */
import { contrast, difference, type Look } from './look.ts';
import type { SlicePlace } from './parameters.ts';
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
/** Without anything to compare with. */
const FEW_LUMA = 14;
const FEW_CHROMA = 6;
const FEW = 3;
/** Less is to be seen than this: any camera may show it. */
const DARK = 6;
/** A jump of telemetry may be larger than what the lost bytes held by so much. */
const MOST_LOST = 4;
const FREE_LOST = 72;
/** Looks that are compared at most to learn how much pictures differ. */
const LEARNED = 400;

interface Row {
  readonly pictures: readonly SeenPicture[];
  /** Perhaps of two cameras. */
  readonly mixed?: boolean;
}

export function sortOut(runs: readonly SeenRun[], options: SortOptions): Sorted {
  let dropped = 0;
  const rows: Row[] = [];
  let group: GroupEnd | undefined;
  for (const run of runs) {
    const sound = soundPictures(run.pictures, group);
    dropped += run.pictures.length - sound.kept.length;
    group = sound.group;
    rows.push(...splitWhereCameraChanges(sound.kept, options.owned));
  }
  const main: SeenPicture[] = [];
  const unverified: SeenPicture[][] = [];
  for (const { pictures, mixed } of rows) {
    if (pictures.length === 0) continue;
    const last = unverified.at(-1);
    if (!mixed && (options.owned || main.length === 0 || continues(main, pictures))) main.push(...pictures);
    else if (last && !mixed && continues(last, pictures)) last.push(...pictures);
    else unverified.push([...pictures]);
  }
  return { main, unverified, dropped };
}

/** Where a group of pictures stands when a run ends. */
interface GroupEnd {
  /** Telemetry number that its key picture has, or would have. */
  readonly head: number | undefined;
  readonly last: SlicePlace | undefined;
}

/** Without broken pictures, and without those whose key picture is lost. */
function soundPictures(
  pictures: readonly SeenPicture[],
  before: GroupEnd | undefined,
): { kept: SeenPicture[]; group: GroupEnd | undefined } {
  const kept: SeenPicture[] = [];
  let group = before;
  let headed = false;
  /** All pictures since the key picture are there and whole, so the decoder's word counts. */
  let unbroken = false;
  for (const one of pictures) {
    if (one.afterLoss) unbroken = false;
    if (one.key) {
      unbroken = true;
      headed = false;
      if (!one.whole) {
        unbroken = false;
        group = undefined;
        continue;
      }
      headed = true;
      group = { head: one.sequence, last: one.place };
    } else if (!headed && !sameGroup(group, one)) continue;
    else {
      if (unbroken && group?.last && one.place && one.place.frameNum > group.last.frameNum + 1) unbroken = false;
      if (!one.whole && (unbroken || one.doubt)) {
        unbroken = false;
        continue;
      }
      headed = true;
      if (group) group = { head: group.head, last: one.place ?? group.last };
    }
    kept.push(one);
  }
  return { kept, group };
}

/** Whether a picture that refers to others can be of the group that was cut off. */
function sameGroup(group: GroupEnd | undefined, one: SeenPicture): boolean {
  if (!group) return false;
  if (group.head !== undefined && one.sequence !== undefined && one.place) {
    const head = one.sequence - one.place.frameNum;
    // Another clip's numbers say nothing; it is told apart later.
    if (Math.abs(head - group.head) < 1000) return head === group.head;
  }
  if (group.last && one.place) return one.place.frameNum > group.last.frameNum;
  return true;
}

/**
 * In an unbroken row a key picture that looks like another camera shows that the row was put together of two files, cut just between two pictures.
 * Where in the group before it the other file begins cannot be seen, so that whole group counts as not proven.
 */
function splitWhereCameraChanges(pictures: readonly SeenPicture[], owned: boolean): Row[] {
  if (owned) return [{ pictures }];
  const rows: Row[] = [];
  let from = 0;
  let lastKey = 0;
  const usual = usualDifference(pictures);
  for (const [index, one] of pictures.entries()) {
    if (!one.key || index === 0) continue;
    const before = pictures[index - 1];
    if (before?.look && one.look && isOtherCamera(before.look, one.look, usual)) {
      rows.push({ pictures: pictures.slice(from, lastKey) }, { pictures: pictures.slice(lastKey, index), mixed: true });
      from = index;
    }
    lastKey = index;
  }
  return [...rows, { pictures: pictures.slice(from) }];
}

interface Difference {
  readonly luma: number;
  readonly chroma: number;
}

/** Neighbouring pictures of one camera differ by far less than this, whatever it sees. */
function isOtherCamera(a: Look, b: Look, usual: Difference | undefined): boolean {
  const { luma, chroma } = difference(a, b);
  const free = usual ?? { luma: FEW_LUMA, chroma: FEW_CHROMA };
  return luma > 8 * free.luma + 20 || chroma > 8 * free.chroma + 12;
}

/** The middle of how much neighbouring pictures differ. */
function usualDifference(pictures: readonly SeenPicture[]): Difference | undefined {
  const step = Math.max(1, Math.floor(pictures.length / LEARNED));
  const luma: number[] = [];
  const chroma: number[] = [];
  for (let index = step; index < pictures.length; index += step) {
    const [a, b] = [pictures[index - 1]?.look, pictures[index]?.look];
    if (!a || !b) continue;
    const one = difference(a, b);
    luma.push(one.luma);
    chroma.push(one.chroma);
  }
  if (luma.length < FEW) return undefined;
  return { luma: middle(luma), chroma: middle(chroma) };
}

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Whether a row is proven to go on with another: in time, and of the same camera. */
function continues(main: readonly SeenPicture[], row: readonly SeenPicture[]): boolean {
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
function looksOn(main: readonly SeenPicture[], row: readonly SeenPicture[]): boolean {
  const key = row.find((one) => one.key && one.look);
  const last = main.findLast((one) => one.look && one.whole) ?? main.findLast((one) => one.look);
  if (!key?.look || !last?.look) return false;
  if (contrast(last.look) < DARK || contrast(key.look) < DARK) return false;
  const gap = Math.max(1, (key.sequence ?? 0) - (last.sequence ?? 0));
  const allowed = learned(main, gap);
  const found = difference(last.look, key.look);
  return found.luma <= allowed.luma && found.chroma <= allowed.chroma;
}

/** How much pictures of the clip that lie about `gap` numbers apart differ at the most, with some slack. */
function learned(main: readonly SeenPicture[], gap: number): Difference {
  const seen = main.filter((one) => one.look);
  const step = Math.max(1, Math.floor(seen.length / LEARNED));
  let luma = 0;
  let chroma = 0;
  let count = 0;
  for (let index = 0; index + gap < seen.length; index += step) {
    const [a, b] = [seen[index]?.look, seen[index + gap]?.look];
    if (!a || !b) continue;
    const one = difference(a, b);
    luma = Math.max(luma, one.luma);
    chroma = Math.max(chroma, one.chroma);
    count += 1;
  }
  if (count < FEW) {
    // The gap is longer than what there is: the whole span that was seen counts.
    const [a, b] = [seen[0]?.look, seen.at(-1)?.look];
    const span = a && b ? difference(a, b) : { luma: 0, chroma: 0 };
    return { luma: Math.max(FEW_LUMA, SLACK * span.luma), chroma: Math.max(FEW_CHROMA, SLACK * span.chroma) };
  }
  return { luma: SLACK * luma + FREE_LUMA, chroma: SLACK * chroma + FREE_CHROMA };
}
