/**
 * Which of several overlapping segments of one track is shown, and what of it: a pure function, invariant 5.
 */
import type { SegmentState } from './tables.ts';

/** Half open, UTC ms. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

export interface Fenced {
  /** Grows in the order in which segments were reported. */
  readonly id: number;
  readonly token: number;
  readonly run: string;
  /** UTC ms. */
  readonly shown_from: number;
  readonly shown_to: number;
  /** What between the two others show, in order; null: nothing. */
  readonly hidden: readonly Interval[] | null;
  readonly state: SegmentState;
}

export interface FenceChange {
  readonly id: number;
  readonly shownFrom: number;
  readonly shownTo: number;
  readonly hidden: readonly Interval[] | null;
  readonly state: 'published' | 'shadow';
}

/** Runs of one recorder may meet by so much; more, or most of what is shown of a segment, is a clock that was set back. */
const SEAM_MS = 2000;
/** Of several pieces of a segment one that is shorter than this is left out: clocks that differ by some ms leave such crumbs. */
const CRUMB_MS = 100;

interface Shown extends Interval {
  readonly token: number;
  readonly run: string;
}

/**
 * Cuts each segment where one with a higher token is shown; what remains is shown, on both sides of it too: the recorder that wrote the
 * longer one may have gone on when the one that was to take over had died. Segments of the same token are written one after the other,
 * and clock jitter at a seam is not a hand-over: only where runs overlap by more than that was the recorder's clock set back, and then what
 * was written later shows the moment. What was cut off once stays off. Returns only what has to change; running it again changes nothing.
 */
export function fence(segments: readonly Fenced[]): FenceChange[] {
  const changes: FenceChange[] = [];
  const shown: Shown[] = [];
  for (const segment of [...segments].sort((a, b) => b.token - a.token || b.id - a.id)) {
    if (segment.state === 'deleting') continue;
    let pieces = segment.state === 'shadow' ? [] : piecesOf(segment);
    for (const other of shown) if (covers(other, segment)) pieces = pieces.flatMap((piece) => without(piece, other));
    pieces = withoutCrumbs(pieces);
    for (const piece of pieces) shown.push({ ...piece, token: segment.token, run: segment.run });
    const state = pieces.length === 0 ? 'shadow' : 'published';
    const shownFrom = pieces[0]?.from ?? segment.shown_from;
    const shownTo = pieces.at(-1)?.to ?? segment.shown_to;
    const hidden = between(pieces);
    if (
      state !== segment.state ||
      shownFrom !== segment.shown_from ||
      shownTo !== segment.shown_to ||
      (state === 'published' && !same(hidden, segment.hidden))
    )
      changes.push({ id: segment.id, shownFrom, shownTo, hidden, state });
  }
  return changes;
}

/** What is shown of a published segment, in order. */
export function piecesOf({
  shown_from,
  shown_to,
  hidden,
}: Pick<Fenced, 'shown_from' | 'shown_to' | 'hidden'>): Interval[] {
  let pieces: Interval[] = [{ from: shown_from, to: shown_to }];
  for (const range of hidden ?? []) pieces = pieces.flatMap((piece) => without(piece, range));
  return pieces;
}

/** @param other shown already: of a higher token, or reported later */
function covers(other: Shown, segment: Fenced): boolean {
  if (other.token > segment.token) return true;
  const overlap = Math.min(other.to, segment.shown_to) - Math.max(other.from, segment.shown_from);
  const length = segment.shown_to - segment.shown_from;
  return other.run !== segment.run && (overlap > SEAM_MS || overlap * 2 > length);
}

/** A piece without another range: none, one or two pieces. */
export function without(piece: Interval, { from, to }: Interval): Interval[] {
  if (to <= piece.from || from >= piece.to || to <= from) return [piece];
  const rest: Interval[] = [];
  if (from > piece.from) rest.push({ from: piece.from, to: from });
  if (to < piece.to) rest.push({ from: to, to: piece.to });
  return rest;
}

/** The longest stays, however short it is. */
function withoutCrumbs(pieces: readonly Interval[]): Interval[] {
  const longest = Math.max(...pieces.map(({ from, to }) => to - from));
  return pieces.filter(({ from, to }) => to - from >= Math.min(CRUMB_MS, longest));
}

/** What lies between pieces that are in order; null: nothing. */
export function between(pieces: readonly Interval[]): Interval[] | null {
  const gaps = pieces.slice(1).map(({ from }, at) => ({ from: pieces[at]?.to ?? from, to: from }));
  return gaps.length === 0 ? null : gaps;
}

function same(a: readonly Interval[] | null, b: readonly Interval[] | null): boolean {
  return JSON.stringify(a ?? []) === JSON.stringify(b ?? []);
}
