/**
 * What footage is worth, for retention: pure.
 */
import type { KeptClass } from '../../catalog/kept.ts';

export type { KeptClass } from '../../catalog/kept.ts';

const DAY_MS = 86_400_000;

/** A finished segment. Times are UTC milliseconds. */
export interface KeptSegment {
  readonly id: string;
  readonly track: string;
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  /** 0 the first library, 1 the archive. */
  readonly store: number;
  /** Footage of the loser of an overlap: never shown. */
  readonly shadow: boolean;
}

/** Something that happened, or a protected range. UTC ms; track null: all tracks. */
export interface KeptRange {
  readonly track: string | null;
  readonly start: number;
  readonly end: number;
}

/** Segments of one track, library and class in order of their starts, or a beginning of them. */
export interface KeptList {
  readonly class: KeptClass;
  readonly segments: readonly KeptSegment[];
  /** There are no more. */
  readonly complete: boolean;
}

export interface KeptSource {
  readonly id: string;
  readonly demo: boolean;
  /** Limits; null: none. */
  readonly days: number | null;
  readonly bytes: number | null;
  /** How long what holds a moment stays; null: as long as the rest, but after it. */
  readonly momentDays: number | null;
  /** All finished bytes of this source, also those that are not in the lists. */
  readonly totalBytes: number;
  /** Those of them that are protected: they do not count against `bytes`. */
  readonly protectedBytes: number;
  readonly moments: readonly KeptRange[];
  readonly protections: readonly KeptRange[];
  readonly lists: readonly KeptList[];
}

/** Lower is less valuable, and goes first. */
export interface ValueKey {
  readonly class: KeptClass;
  /** UTC days since 1970. */
  readonly day: number;
  /** Within a day second streams go before main ones. */
  readonly main: boolean;
  readonly start: number;
  readonly id: string;
}

const CLASSES: readonly KeptClass[] = ['shadow', 'plain', 'moment'];

/**
 * What is shown is worth more than what is not, a moment more than nothing happening, and a newer day more than an older one. A moment
 * that is past its days is none any more.
 */
export function classOf(source: KeptSource, segment: KeptSegment, now: number): KeptClass | 'protected' {
  if (
    source.protections.some(
      (range) => applies(range, segment) && range.start < segment.end && range.end > segment.start,
    )
  )
    return 'protected';
  if (segment.shadow) return 'shadow';
  const counts = source.momentDays === null || segment.end > now - source.momentDays * DAY_MS;
  return counts &&
    source.moments.some((range) => applies(range, segment) && range.start < segment.end && range.end >= segment.start)
    ? 'moment'
    : 'plain';
}

function applies(range: KeptRange, segment: KeptSegment): boolean {
  return range.track === null || range.track === segment.track;
}

export function worthOf(segment: KeptSegment, kind: KeptClass): ValueKey {
  const { start, id, track } = segment;
  return { class: kind, day: Math.floor(start / DAY_MS), main: track !== 'sub', start, id };
}

export function compareValue(a: ValueKey, b: ValueKey): number {
  return (
    CLASSES.indexOf(a.class) - CLASSES.indexOf(b.class) ||
    a.day - b.day ||
    Number(a.main) - Number(b.main) ||
    a.start - b.start ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

export function beginsBefore(
  a: { readonly id: string; readonly end: number },
  b: { readonly id: string; readonly end: number },
): number {
  return a.end - b.end || (a.id < b.id ? -1 : 1);
}
