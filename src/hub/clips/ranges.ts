/**
 * What a clip request means on the calendar, and whether its footage is all there. Pure.
 */
import { UserError } from '../../base/errors.ts';
import type { ClipRequest } from '../../contract/clip.ts';
import { resolveMoment } from '../../contract/time.ts';

/** Half open, UTC ms. */
export interface ClipRange {
  readonly start: number;
  readonly end: number;
}

/** A clip shows at most this much, all ranges together. */
const LONGEST_CLIP_MS = 6 * 3_600_000;
/** A range may end at most this far in the future. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * @param now UTC ms; relative moments count from here, once and for all
 * @throws UserError naming the range that cannot be
 */
export function resolveRanges(ranges: ClipRequest['ranges'], now: number): ClipRange[] {
  if (ranges.length === 0)
    throw new UserError('The request names no time.', 'Give a range, such as -5m and a length of 30.', {
      code: 'invalid',
      fields: { ranges: 'at least one is needed' },
    });
  const resolved = ranges.map((range, at) => {
    const name = ranges.length === 1 ? 'The range' : `Range ${at + 1}`;
    const momentOf = (position: string | number): number => {
      if (offsetOf(position) === undefined) return resolveMoment(String(position), now);
      throw new UserError(
        `${name} counts seconds from a start, which cameras do not have.`,
        'Write it like 2026-11-21T18:05:00Z, or -5m for five minutes ago.',
      );
    };
    const start = momentOf(range.start);
    const end = range.end === undefined ? start + (range.length ?? 0) * 1000 : momentOf(range.end);
    if (!Number.isFinite(start) || !Number.isFinite(end))
      throw new UserError(
        `${name} has a time that cannot be read.`,
        'Write it like 2026-11-21T18:05:00Z, or -5m for five minutes ago.',
      );
    if (end <= start)
      throw new UserError(`${name} ends before it begins.`, 'Choose an end that is later than the start.');
    if (start < 0) throw new UserError(`${name} begins before 1970.`, 'Choose a later start.');
    if (end > now + LONGEST_WAIT_MS)
      throw new UserError(`${name} ends more than a day in the future.`, 'Choose an end that comes sooner.');
    return { start: Math.round(start), end: Math.round(end) };
  });
  const total = resolved.reduce((sum, range) => sum + range.end - range.start, 0);
  if (total > LONGEST_CLIP_MS)
    throw new UserError('The clip would be longer than six hours.', 'Choose shorter ranges, or make several clips.');
  return resolved;
}

/** Seconds that a position counts from the start of its source: `90`, `1:30`, `0:01:30.5`; undefined: it is a moment. */
export function offsetOf(position: string | number): number | undefined {
  if (typeof position === 'number') return position;
  if (!/^[\d:.]+$/.test(position)) return undefined;
  return position.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

export interface Coverage {
  /** Ends of published segments that reach into the range, UTC ms. */
  readonly publishedTo: number | undefined;
  /** Open segments that reach into the range. */
  readonly open: readonly { readonly growing: boolean }[];
  /** Somebody holds the camera just now. */
  readonly held: boolean;
  /** Since when this hub listens to recorders, UTC ms. */
  readonly hubSince: number;
}

/** The last pictures of a range need this long to be written, reported and published. */
const SETTLE_MS = 15_000;
/** After a hub's start recorders need this long to report what they finished while there was none. */
const CATCH_UP_MS = 8000;
/** Longer than this nobody waits for a recorder that has gone silent with a part of the footage. */
const SILENT_MS = 90_000;
/** Longer than any segment stays open. */
const OPEN_MS = 15 * 60_000;

/**
 * Whether the footage of one range of one source is as complete as it will be.
 * `close`: an open segment holds a part of it and should be finished early. `later`: more may come.
 * @param asked when the clip was asked for, UTC ms
 */
export function readiness(
  range: ClipRange,
  coverage: Coverage,
  now: number,
  asked: number,
): 'ready' | 'close' | 'later' {
  if (now < range.end) return 'later';
  const waited = now - Math.max(range.end, asked);
  if (coverage.open.some((extent) => extent.growing)) return waited < OPEN_MS ? 'close' : 'ready';
  if (coverage.open.length > 0) return waited < SILENT_MS ? 'later' : 'ready';
  if (coverage.publishedTo !== undefined && coverage.publishedTo >= range.end) return 'ready';
  const mayCome = now - range.end < SETTLE_MS || now - coverage.hubSince < CATCH_UP_MS;
  return coverage.held && mayCome ? 'later' : 'ready';
}
