/**
 * What can be played of a track: published segments from the catalog, and open ones up to their extents, on one time line.
 */
import type { Kysely } from 'kysely';
import { findSegment, type Segment, segmentAt, segmentsBetween, spans } from '../../catalog/segments.ts';
import type { Database } from '../../catalog/tables.ts';
import type { ReadableExtent } from '../recording/extents.ts';
import type { Stretch } from './timeline.ts';

/** Who watches the newest footage must not make crumbs of it: a segment is not finished early before it has this length. */
const LEAST_EARLY_MS = 3000;

/** One file, or what is shown of it. Times are UTC ms. */
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
      const list: Playable[] = rows.map((row) => ({ key: row.key, shownFrom: row.shown_from, shownTo: row.shown_to }));
      for (const extent of extents) {
        if (extent.key === null || done.has(`${extent.run}/${extent.seq}`) || outranked(extent, rows)) continue;
        list.push({
          key: extent.key,
          shownFrom: extent.wallStart,
          shownTo: extent.wallStart + extent.durationMs,
          upTo: extent.bytes,
          movedTo: async () => (await findSegment(db, sourceId, track, extent.run, extent.seq))?.key,
        });
      }
      return list.sort((a, b) => a.shownFrom - b.shownFrom).slice(0, limit);
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
        ...extents.map((extent) => ({
          start: extent.wallStart,
          end: extent.wallStart + extent.durationMs,
          codec: extent.codec,
          ...(extent.audioCodec === undefined ? {} : { audioCodec: extent.audioCodec }),
          open: extent.growing,
        })),
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

/** Whether published footage with a higher fencing token lies over an open segment. */
function outranked(extent: ReadableExtent, rows: readonly Segment[]): boolean {
  const end = extent.wallStart + extent.durationMs;
  return rows.some((row) => row.token > extent.token && row.shown_from < end && extent.wallStart < row.shown_to);
}
