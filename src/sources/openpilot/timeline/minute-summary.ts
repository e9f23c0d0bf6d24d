/** What happened in one minute of a drive, small enough to be kept for every minute. Pure. */
import type { AlertState, DriveInfo } from '../frame-state.ts';
import type { ControlState } from '../log/control-events.ts';
import type { EventKind } from '../log/events.ts';
import type { Log } from '../log/read-log.ts';
import { driveInfo } from './drive-info.ts';
import { RouteClock } from './route-clock.ts';

/** Seconds of the route. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface AlertSpan extends Span {
  readonly alert: AlertState;
}

export interface Disengagement {
  /** Seconds of the route. */
  readonly at: number;
  /** What was shown when it happened, or within the second behind it. */
  readonly alert: AlertState | null;
}

/** Seconds of the route, degrees north, degrees east. */
export type TrackPoint = readonly [seconds: number, latitude: number, longitude: number];

export interface MinuteSummary {
  readonly segment: number;
  /** Seconds of the route at which it ends. */
  readonly end: number;
  readonly info: DriveInfo;
  /** UTC milliseconds of second 0 of the route by the device's clock; null where it is not logged. */
  readonly startAt: number | null;
  readonly engaged: readonly Span[];
  readonly overridden: readonly Span[];
  readonly alerts: readonly AlertSpan[];
  readonly disengagements: readonly Disengagement[];
  /** Seconds of the route. */
  readonly bookmarks: readonly number[];
  /** Metres driven. */
  readonly distance: number;
  /** A point each second, where places are logged. */
  readonly track: readonly TrackPoint[];
}

/** What has to be decoded for it. */
export const SUMMARY_KINDS: ReadonlySet<EventKind> = new Set<EventKind>([
  'initData',
  'carParams',
  'roadCameraState',
  'roadEncodeIdx',
  'qRoadEncodeIdx',
  'carState',
  'controlsState',
  'selfdriveState',
  'bookmark',
  'place',
]);

/** The button's message and the bookmark itself are logged as two, a moment apart. */
const SAME_BOOKMARK_SECONDS = 1;
/** Messages further apart than this say nothing of the time between them. */
const SILENCE_NS = 2e9;
/** A clock that was never set stands near 1970. */
const EARLIEST = Date.UTC(2015, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);

export function summarizeMinute(segment: number, log: Log): MinuteSummary {
  const { events } = log;
  const clock = new RouteClock(log, segment);
  const seconds = (time: number): number => round(clock.seconds(time));
  const states: readonly ControlState[] =
    events.selfdriveState.length > 0 ? events.selfdriveState : events.controlsState;
  return {
    segment,
    end: round(clock.end),
    info: driveInfo([events]),
    startAt: startOf(log, clock, segment),
    engaged: spans(states, ({ enabled }) => enabled, seconds),
    overridden: spans(states, ({ state }) => state === 'overriding' || state === 'preEnabled', seconds),
    alerts: alertSpans(states, seconds),
    disengagements: disengagements(states, seconds),
    bookmarks: apart(events.bookmark.map(({ time }) => seconds(time))),
    distance: round(distance(log)),
    track: track(log, seconds),
  };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** The device tells the time of day once, with the head of the route. */
function startOf({ events }: Log, clock: RouteClock, segment: number): number | null {
  const init = events.initData[0];
  if (!init || init.wallMs < EARLIEST || init.wallMs > LATEST) return null;
  return Math.round(init.wallMs + (clock.first - init.time) / 1e6 - segment * 60_000);
}

/** From the first message that holds to the first that does not, or the last of all. */
function spans<T extends { readonly time: number }>(
  list: readonly T[],
  holds: (item: T) => boolean,
  seconds: (time: number) => number,
): Span[] {
  const found: Span[] = [];
  let start: number | null = null;
  let last = 0;
  for (const item of list) {
    if (start !== null && (!holds(item) || item.time - last > SILENCE_NS)) {
      found.push({ start: seconds(start), end: seconds(item.time - last > SILENCE_NS ? last : item.time) });
      start = null;
    }
    if (start === null && holds(item)) start = item.time;
    last = item.time;
  }
  if (start !== null) found.push({ start: seconds(start), end: seconds(last) });
  return found;
}

function alertSpans(states: readonly ControlState[], seconds: (time: number) => number): AlertSpan[] {
  const found: AlertSpan[] = [];
  const keys = states.map(({ alert }) => (alert ? JSON.stringify(alert) : ''));
  for (let from = 0; from < states.length; ) {
    let to = from + 1;
    while (to < states.length && keys[to] === keys[from]) to++;
    const first = states[from];
    const behind = states[Math.min(to, states.length - 1)];
    if (first?.alert && behind)
      found.push({ start: seconds(first.time), end: seconds(behind.time), alert: first.alert });
    from = to;
  }
  return found;
}

function disengagements(states: readonly ControlState[], seconds: (time: number) => number): Disengagement[] {
  const found: Disengagement[] = [];
  for (const [index, now] of states.entries()) {
    const before = states[index - 1];
    if (!before?.enabled || now.enabled || now.time - before.time > SILENCE_NS) continue;
    found.push({ at: seconds(now.time), alert: shownWithin(states, index, 1e9) });
  }
  return found;
}

/** The first alert from state `from` on, for some nanoseconds. */
function shownWithin(states: readonly ControlState[], from: number, nanoseconds: number): AlertState | null {
  const until = (states[from]?.time ?? 0) + nanoseconds;
  // A second has a hundred messages.
  for (const { time, alert } of states.slice(from, from + 200)) {
    if (time > until) return null;
    if (alert) return alert;
  }
  return null;
}

function apart(seconds: readonly number[]): number[] {
  const found: number[] = [];
  for (const at of [...seconds].sort((one, other) => one - other))
    if (at - (found.at(-1) ?? Number.NEGATIVE_INFINITY) > SAME_BOOKMARK_SECONDS) found.push(at);
  return found;
}

function distance({ events }: Log): number {
  let metres = 0;
  let last: number | null = null;
  for (const { time, vEgo } of events.carState) {
    const elapsed = last === null ? 0 : (time - last) / 1e9;
    if (elapsed < 2 && vEgo > 0 && vEgo < 150) metres += vEgo * elapsed;
    last = time;
  }
  return metres;
}

function track({ events }: Log, seconds: (time: number) => number): TrackPoint[] {
  const points: TrackPoint[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { time, latitude, longitude, valid } of events.place) {
    const somewhere = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0);
    if (!valid || !somewhere || time - last < 0.95e9) continue;
    points.push([seconds(time), latitude, longitude]);
    last = time;
  }
  return points;
}
