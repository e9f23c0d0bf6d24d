/**
 * What can be played of a track: published segments from the catalog, and open ones up to their extents, on one time line.
 */
import type { Kysely } from 'kysely';
import { between, fence, type Interval, piecesOf, without } from '../../catalog/fencing.ts';
import { findSegment, type Segment, segmentAt, segmentsBetween, spans } from '../../catalog/segments.ts';
import type { Database } from '../../catalog/tables.ts';
import type { ReadableExtent } from '../recording/extents.ts';
import type { Stretch } from './timeline.ts';

/** Who watches the newest footage must not make crumbs of it: a segment is not finished early before it has this length. */
const LEAST_EARLY_MS = 3000;

/** One file, or a piece of what is shown of it. Times are UTC ms. */
export interface Playable {
  readonly key: string;
  readonly shownFrom: number;
  readonly shownTo: number;
  /** Bytes that may be read while it is still written; absent when it is finished. */
  readonly upTo?: number;
  /** Where the same bytes are when `key` has gone, because the segment was finished meanwhile. */
  readonly movedTo?: () => Promise<string | undefined>;
}

/** The footage of one camera's track. */
export interface TrackLibrary {
  /** In order of start, at most `limit`. */
  playables(sourceId: string, track: string, from: number, to: number, limit: number): Promise<Playable[]>;
  stretches(sourceId: string, track: string, from: number, to: number): Promise<Stretch[]>;
  /**
   * Open footage in the range that lies on a recorder's own disk and can be read only when its segment has been brought here.
   * Answers the moment up to which it should be finished; undefined when there is none.
   */
  elsewhere(sourceId: string, track: string, from: number, to: number): number | undefined;
  /** Start of the first footage at or after `at`. */
  next(sourceId: string, track: string, at: number): Promise<number | undefined>;
}

export interface OpenSegments {
  of(sourceId: string, track: string): readonly ReadableExtent[];
}

export function trackLibrary(db: Kysely<Database>, open: OpenSegments): TrackLibrary {
  const overlapping = (sourceId: string, track: string, from: number, to: number): ReadableExtent[] =>
    open.of(sourceId, track).filter((extent) => extent.wallStart < to && extent.wallStart + extent.durationMs > from);

  return {
    async playables(sourceId, track, from, to, limit) {
      // Extents first: what is published in between is then seen twice, not missed.
      const extents = overlapping(sourceId, track, from, to);
      const rows = await segmentsBetween(db, sourceId, track, from, to, { limit });
      const done = new Set(rows.map((row) => `${row.run}/${row.seq}`));
      const open = extents.filter((extent) => extent.key !== null && !done.has(`${extent.run}/${extent.seq}`));
      const shown = fenced(rows, open);
      const list: Playable[] = [];
      for (const row of rows) {
        for (const { from: shownFrom, to: shownTo } of shown.get(row) ?? [])
          list.push({ key: row.key, shownFrom, shownTo });
      }
      for (const extent of open) {
        if (extent.key === null) continue;
        for (const { from: shownFrom, to: shownTo } of shown.get(extent) ?? [])
          list.push({
            key: extent.key,
            shownFrom,
            shownTo,
            upTo: extent.bytes,
            movedTo: async () => (await findSegment(db, sourceId, track, extent.run, extent.seq))?.key,
          });
      }
      return list
        .filter(({ shownFrom, shownTo }) => shownFrom < to && shownTo > from)
        .sort((a, b) => a.shownFrom - b.shownFrom)
        .slice(0, limit);
    },

    async stretches(sourceId, track, from, to) {
      const extents = overlapping(sourceId, track, from, to);
      const closed = await spans(db, sourceId, track, from, to);
      return [
        ...closed.map((span) => ({
          start: span.start,
          end: span.end,
          codec: span.codec,
          ...(span.audioCodec === null ? {} : { audioCodec: span.audioCodec }),
          open: false,
        })),
        ...extents.flatMap((extent) =>
          beside(extent, closed).map((piece) => ({
            start: piece.from,
            end: piece.to,
            codec: extent.codec,
            ...(extent.audioCodec === undefined ? {} : { audioCodec: extent.audioCodec }),
            open: extent.growing,
          })),
        ),
      ];
    },

    elsewhere(sourceId, track, from, to) {
      const extent = overlapping(sourceId, track, from, to).find((one) => one.key === null && one.growing);
      if (extent === undefined) return undefined;
      const end = extent.wallStart + extent.durationMs;
      return Math.max(Math.min(to, end), extent.wallStart + LEAST_EARLY_MS);
    },

    async next(sourceId, track, at) {
      const starts = overlapping(sourceId, track, at, Number.POSITIVE_INFINITY).map((extent) =>
        Math.max(extent.wallStart, at),
      );
      const row = await segmentAt(db, sourceId, track, at);
      if (row) starts.push(Math.max(row.shown_from, at));
      return starts.length > 0 ? Math.min(...starts) : undefined;
    },
  };
}

/**
 * What of finished and open segments is shown, by the rule that the catalog has for finished ones: a segment that is still written has
 * no row yet that could have trimmed those of the recorder before it. What is not shown at all is missing.
 */
function fenced(
  rows: readonly Segment[],
  open: readonly ReadableExtent[],
): ReadonlyMap<Segment | ReadableExtent, readonly Interval[]> {
  const all = [
    ...rows.map((row) => ({ of: row, token: row.token, run: row.run, pieces: piecesOf(row) })),
    ...open.map((extent) => ({ of: extent, token: extent.token, run: extent.run, pieces: extent.shown })),
  ];
  const shown = new Map<Segment | ReadableExtent, readonly Interval[]>(all.map(({ of, pieces }) => [of, pieces]));
  const tokens = new Set(all.map(({ token }) => token));
  if (tokens.size < 2) return shown;
  const segments = all.map(({ token, run, pieces }, id) => ({
    id,
    token,
    run,
    shown_from: pieces[0]?.from ?? 0,
    shown_to: pieces.at(-1)?.to ?? 0,
    hidden: between(pieces),
    state: 'published' as const,
  }));
  for (const { id, state, shownFrom, shownTo, hidden } of fence(segments)) {
    const segment = all[id]?.of;
    if (segment === undefined) continue;
    if (state === 'shadow') shown.delete(segment);
    else shown.set(segment, piecesOf({ shown_from: shownFrom, shown_to: shownTo, hidden }));
  }
  return shown;
}

/** What of an open segment lies outside of finished footage. */
function beside(
  extent: ReadableExtent,
  closed: readonly { readonly start: number; readonly end: number }[],
): Interval[] {
  let pieces = [...extent.shown];
  for (const { start, end } of closed) pieces = pieces.flatMap((piece) => without(piece, { from: start, to: end }));
  return pieces;
}
