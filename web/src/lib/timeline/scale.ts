/**
 * Arithmetic of the timeline: which stretch of time is in view, and where on the screen a moment lies.
 * All times are UTC milliseconds; positions are shares of the width, 0 at the left edge and 1 at the right.
 */

export interface View {
  readonly start: number;
  readonly end: number;
}

const MIN_SPAN = 20_000;
const MAX_SPAN = 14 * 86_400_000;

export const spanOf = (view: View): number => view.end - view.start;

/** Where a moment lies; outside of 0…1 when it is out of view. */
export const toShare = (view: View, time: number): number => (time - view.start) / spanOf(view);

export const toTime = (view: View, share: number): number => view.start + share * spanOf(view);

/** A view of `span` ms around a moment, which keeps its place on the screen (`share`). */
export function viewAround(time: number, span: number, share = 0.5): View {
  const width = Math.min(MAX_SPAN, Math.max(MIN_SPAN, span));
  const start = time - width * share;
  return { start, end: start + width };
}

/** Zooms by a factor (below 1: closer) about the place under the pointer, which does not move. */
export function zoom(view: View, factor: number, share: number): View {
  return viewAround(toTime(view, share), spanOf(view) * factor, share);
}

/** Moves by a share of the width; positive is later. */
export function pan(view: View, share: number): View {
  const by = share * spanOf(view);
  return { start: view.start + by, end: view.end + by };
}

/**
 * Two fingers: the moments that were under them when they came down stay under them.
 * @param from where the two fingers were (shares, in the view `view`); `to` where they are now
 */
export function pinch(view: View, from: readonly [number, number], to: readonly [number, number]): View {
  const before = Math.max(0.02, Math.abs(from[0] - from[1]));
  const after = Math.max(0.02, Math.abs(to[0] - to[1]));
  const middleTime = toTime(view, (from[0] + from[1]) / 2);
  return viewAround(middleTime, (spanOf(view) * before) / after, (to[0] + to[1]) / 2);
}

/** Does not let the view leave `[earliest, latest]` by more than a quarter of its width. */
export function clampView(view: View, earliest: number, latest: number): View {
  const margin = spanOf(view) * 0.25;
  const room = latest - earliest + 2 * margin;
  if (room <= spanOf(view)) {
    const start = latest + margin - spanOf(view);
    return { start, end: latest + margin };
  }
  if (view.start < earliest - margin) return { start: earliest - margin, end: earliest - margin + spanOf(view) };
  if (view.end > latest + margin) return { start: latest + margin - spanOf(view), end: latest + margin };
  return view;
}

/** Scrolls just as far as needed so that a moment is in view, `margin` (a share) away from the edges. */
export function follow(view: View, time: number, margin = 0.08): View {
  const share = toShare(view, time);
  if (share < margin) return pan(view, share - margin);
  if (share > 1 - margin) return pan(view, share - (1 - margin));
  return view;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1000,
  2000,
  5000,
  10_000,
  15_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
] as const;

export interface Tick {
  readonly time: number;
  /** What its label must tell. */
  readonly shows: 'day' | 'minute' | 'second';
}

/**
 * Ticks on round local times (a tick each two hours stays on even hours across a change to summer time).
 * @param most the largest number of labels that fit
 * @param offsetAt minutes that local time is behind UTC at a moment, as `Date.getTimezoneOffset`
 */
export function ticks(
  view: View,
  most: number,
  offsetAt: (time: number) => number = (time) => new Date(time).getTimezoneOffset(),
): Tick[] {
  const step = STEPS.find((candidate) => spanOf(view) / candidate <= Math.max(1, most)) ?? 14 * DAY;
  const found: Tick[] = [];
  const local = (time: number): number => time - offsetAt(time) * MINUTE;
  let at = Math.ceil(local(view.start) / step) * step;
  const last = local(view.end);
  for (let n = 0; at <= last && n < 200; n++, at += step) {
    let time = at + offsetAt(at) * MINUTE;
    time = at + offsetAt(time) * MINUTE;
    // An hour that summer time leaves out has no tick.
    if (local(time) !== at || time < view.start || time > view.end) continue;
    found.push({ time, shows: at % DAY === 0 ? 'day' : step < MINUTE ? 'second' : 'minute' });
  }
  return found;
}

/** How finely a dragged edge of a selection lands: whole seconds, tenths when zoomed in far. */
export function snap(view: View, time: number): number {
  const grid = spanOf(view) < 60_000 ? 100 : 1000;
  return Math.round(time / grid) * grid;
}
