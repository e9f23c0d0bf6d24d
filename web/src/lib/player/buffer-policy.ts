/**
 * What the player of recorded footage does next: pure, so that each rule is a test.
 * Media times are seconds; wall times are UTC milliseconds.
 */
import { type Span, spanAfter, spanAt } from '../timeline/spans.ts';

/** A stretch of the media buffer, in seconds of media time. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The first request after a jump is short, so that a picture is there soon. */
const FIRST_CHUNK = 2;
const CHUNK = 10;
/** Seconds of media to have ahead of the playhead, at normal speed. */
export const AHEAD = 25;
/** Seconds of media to keep behind the playhead. */
export const BEHIND = 40;

/** The buffered stretch that holds a time; a hole of `slack` seconds at its start counts as inside. */
export function rangeAt(ranges: readonly Range[], time: number, slack = 0.25): Range | undefined {
  return ranges.find((range) => range.start - slack <= time && time < range.end);
}

/** The end of what can be played from a time without a stop. */
export function bufferedUntil(ranges: readonly Range[], time: number): number {
  return rangeAt(ranges, time)?.end ?? time;
}

export type Fetch = { readonly from: number; readonly to: number; readonly span: Span };

/**
 * The next stretch to ask the hub for, or undefined when there is enough, or nothing recorded to come.
 * @param next wall time where the last answer stopped (or where a jump went)
 * @param playhead wall time
 * @param afterJump nothing has come yet since the jump
 */
export function nextFetch(
  spans: readonly Span[],
  next: number,
  playhead: number,
  speed: number,
  afterJump: boolean,
): Fetch | undefined {
  const span = spanAt(spans, next) ?? spanAfter(spans, next);
  if (!span) return undefined;
  const from = Math.max(next, span.start);
  // What is not recorded takes no time to play, so only footage counts as "ahead".
  let ahead = from - playhead;
  for (let i = 1; i < spans.length; i++) {
    const [before, after] = [spans[i - 1], spans[i]];
    if (!before || !after) continue;
    ahead -= Math.max(0, Math.min(after.start, from) - Math.max(before.end, playhead));
  }
  if (ahead > AHEAD * 1000 * Math.max(1, speed)) return undefined;
  const length = afterJump ? FIRST_CHUNK : CHUNK * Math.max(1, speed / 2);
  const to = Math.min(span.end, from + length * 1000);
  // A sliver at the growing edge is not worth a request.
  if (span.open && to - from < 500) return undefined;
  return to > from ? { from, to, span } : undefined;
}

/** What may be dropped from the buffer now. */
export function evictions(ranges: readonly Range[], time: number): Range[] {
  const found: Range[] = [];
  const limit = time - BEHIND;
  const far = time + AHEAD * 16;
  for (const range of ranges) {
    // Removing takes the rest of the group of pictures along, so small trims are left alone.
    if (range.start < limit - 5) found.push({ start: range.start, end: Math.min(range.end, limit) });
    else if (range.start > far) found.push(range);
  }
  return found;
}

/**
 * Where pictures are stored out of order (B-frames), a browser stops some pictures before the end of what it has: it
 * waits for one that is never to come. Seconds.
 */
export const STARVED_SLACK = 1.2;

export type Stall =
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'live' }
  | { readonly kind: 'end' }
  | { readonly kind: 'wait' };

/**
 * The playhead stands at the end of what is buffered: what now?
 * @param time media time of the playhead
 * @param wall wall time of the playhead
 * @param starved the browser has no next picture to show, and has had none for a moment
 */
export function atStall(
  ranges: readonly Range[],
  spans: readonly Span[],
  time: number,
  wall: number,
  now: number,
  starved: boolean,
): Stall {
  const here = rangeAt(ranges, time);
  const slack = starved ? STARVED_SLACK : 0.15;
  if (here && here.end - time > slack) return { kind: 'wait' };
  const span = spanAt(spans, wall);
  const ends = span === undefined || span.end - wall < slack * 1000 + 250;
  if (!ends) return { kind: 'wait' };
  if (span?.open) return now - span.end < 10_000 ? { kind: 'live' } : { kind: 'wait' };
  const nextRange = ranges.find((range) => range.start > time + 0.05);
  const nextSpan = spanAfter(spans, span ? span.end : wall);
  if (!nextSpan) return { kind: 'end' };
  return nextRange ? { kind: 'jump', to: nextRange.start + 0.01 } : { kind: 'wait' };
}
