/**
 * Which of several overlapping segments of one track is shown: a pure function, invariant 5.
 */
import type { SegmentState } from './tables.ts';

export interface Fenced {
  /** Grows in the order in which segments were reported. */
  readonly id: number;
  readonly token: number;
  readonly run: string;
  /** UTC ms. */
  readonly shown_from: number;
  readonly shown_to: number;
  readonly state: SegmentState;
}

export interface FenceChange {
  readonly id: number;
  readonly shownFrom: number;
  readonly shownTo: number;
  readonly state: 'published' | 'shadow';
}

/**
 * Cuts each segment where one with a higher token is shown. Of several remaining pieces the longest is shown, the earlier
 * one when they are equal. Segments of the same token are written one after the other, and clock jitter at a seam is not a hand-over:
 * only where runs overlap by more than that was the recorder's clock set back, and then what was written later shows the moment.
 * What was cut off once stays off. Returns only what has to change; running it again changes nothing.
 */
export function fence(segments: readonly Fenced[]): FenceChange[] {
  const changes: FenceChange[] = [];
  const shown: Shown[] = [];
  for (const segment of [...segments].sort((a, b) => b.token - a.token || b.id - a.id)) {
    if (segment.state === 'deleting') continue;
    let pieces: [number, number][] = segment.state === 'shadow' ? [] : [[segment.shown_from, segment.shown_to]];
    for (const other of shown)
      if (covers(other, segment)) pieces = pieces.flatMap((piece) => without(piece, other.from, other.to));
    let best: [number, number] | undefined;
    for (const piece of pieces) if (best === undefined || piece[1] - piece[0] > best[1] - best[0]) best = piece;
    if (best) shown.push({ token: segment.token, run: segment.run, from: best[0], to: best[1] });
    const state = best === undefined ? 'shadow' : 'published';
    const [shownFrom, shownTo] = best ?? [segment.shown_from, segment.shown_to];
    if (state !== segment.state || shownFrom !== segment.shown_from || shownTo !== segment.shown_to)
      changes.push({ id: segment.id, shownFrom, shownTo, state });
  }
  return changes;
}

/** Runs of one recorder may meet by so much; more, or most of what is shown of a segment, is a clock that was set back. */
const SEAM_MS = 2000;

interface Shown {
  readonly token: number;
  readonly run: string;
  readonly from: number;
  readonly to: number;
}

/** @param other shown already: of a higher token, or reported later */
function covers(other: Shown, segment: Fenced): boolean {
  if (other.token > segment.token) return true;
  const overlap = Math.min(other.to, segment.shown_to) - Math.max(other.from, segment.shown_from);
  const length = segment.shown_to - segment.shown_from;
  return other.run !== segment.run && (overlap > SEAM_MS || overlap * 2 > length);
}

/** A piece without [from, to): none, one or two pieces. */
function without([start, end]: [number, number], from: number, to: number): [number, number][] {
  if (to <= start || from >= end || to <= from) return [[start, end]];
  const rest: [number, number][] = [];
  if (from > start) rest.push([start, from]);
  if (to < end) rest.push([to, end]);
  return rest;
}
