/**
 * What a clip needs of a route.
 */
import { SEGMENT_SECONDS } from '../names/route-request.ts';

/** A picture of the drive. */
export type Camera = 'road' | 'wide' | 'driver';

/**
 * `drawn`: without a log there is no clip. `pairing`: it tells which pictures of two cameras belong together, and is read where it is: without it
 * pictures of the same number do. `none`: it is not read.
 */
export type LogNeed = 'drawn' | 'pairing' | 'none';

export interface FilesNeed {
  /** Seconds since the start of the route. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Pictures without which there is no clip. */
  readonly cameras: readonly Camera[];
  /** Pictures that are used where they are, such as the wide one of a view that switches. */
  readonly alsoCameras?: readonly Camera[];
  readonly log: LogNeed;
  /** Seconds of log before each range, from which the state at its start is known. */
  readonly preroll: number;
  readonly sound: boolean;
  /** `best`: the best of what is there. `full`: full log and full resolution, or an error. `low`: the small files, which are always uploaded. */
  readonly quality: 'best' | 'full' | 'low';
}

/** A minute of the route, and whether its pictures are shown or only its log is read. */
export interface NeededMinute {
  readonly segment: number;
  readonly shown: boolean;
}

/** Ten weeks: no drive is longer, so nobody counts on. */
const MOST_MINUTES = 100_000;

/** An end of exactly a minute needs nothing of the next one. */
const END_MARGIN = 0.001;

/** The minutes of all ranges in order, with those in which the log begins before. */
export function neededMinutes(need: Pick<FilesNeed, 'ranges' | 'preroll' | 'log'>): NeededMinute[] {
  const minutes = new Map<number, boolean>();
  for (const { start, end } of need.ranges) {
    const first = Math.min(Math.floor(Math.max(start, 0) / SEGMENT_SECONDS), MOST_MINUTES);
    const last = Math.max(first, Math.min(Math.floor((end - END_MARGIN) / SEGMENT_SECONDS), MOST_MINUTES));
    for (let segment = first; segment <= last; segment++) minutes.set(segment, true);
    if (need.log !== 'drawn') continue;
    const before = Math.floor(Math.max(start - need.preroll, 0) / SEGMENT_SECONDS);
    for (let segment = before; segment < first; segment++) minutes.set(segment, minutes.get(segment) ?? false);
  }
  return [...minutes].sort(([a], [b]) => a - b).map(([segment, shown]) => ({ segment, shown }));
}
