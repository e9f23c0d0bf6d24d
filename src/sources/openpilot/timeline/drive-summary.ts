/** What happened in a drive: its minutes put together, with what goes on over their edges as one. Pure. */
import type { DriveInfo } from '../frame-state.ts';
import type { AlertSpan, Disengagement, MinuteSummary, Span, TrackPoint } from './minute-summary.ts';

export interface DriveSummary {
  readonly info: DriveInfo;
  /** UTC milliseconds of second 0 of the route; null where no log tells. */
  readonly startAt: number | null;
  /** Seconds of the route at which the last minute ends. */
  readonly end: number;
  /** Minutes that were looked at. */
  readonly minutes: readonly number[];
  readonly engaged: readonly Span[];
  readonly overridden: readonly Span[];
  readonly alerts: readonly AlertSpan[];
  readonly disengagements: readonly Disengagement[];
  /** Seconds of the route. */
  readonly bookmarks: readonly number[];
  /** Metres. */
  readonly distance: number;
  readonly track: readonly TrackPoint[];
}

/** Logs of minutes overlap or leave a gap of at most this at their edges. */
const EDGE_SECONDS = 1.5;

/** @param minutes in any order, each once */
export function summarizeDrive(minutes: readonly MinuteSummary[]): DriveSummary {
  const sorted = [...minutes].sort((one, other) => one.segment - other.segment);
  const flat = <T>(of: (minute: MinuteSummary) => readonly T[]): T[] => sorted.flatMap(of);
  const told = sorted.find(({ info }) => info.version !== null)?.info ?? sorted[0]?.info;
  const car = sorted.find(({ info }) => info.car !== null)?.info;
  return {
    info: { ...(told ?? NOTHING), ...(car ? { car: car.car, openpilotLongitudinal: car.openpilotLongitudinal } : {}) },
    startAt: sorted.find(({ startAt }) => startAt !== null)?.startAt ?? null,
    end: sorted.at(-1)?.end ?? 0,
    minutes: sorted.map(({ segment }) => segment),
    engaged: together(
      flat(({ engaged }) => engaged),
      () => true,
    ),
    overridden: together(
      flat(({ overridden }) => overridden),
      () => true,
    ),
    alerts: together(
      flat(({ alerts }) => alerts),
      (one, other) => JSON.stringify(one.alert) === JSON.stringify(other.alert),
    ),
    disengagements: atEdges(sorted),
    bookmarks: flat(({ bookmarks }) => bookmarks),
    distance: sorted.reduce((sum, { distance }) => sum + distance, 0),
    track: flat(({ track }) => track),
  };
}

const NOTHING: DriveInfo = {
  metric: null,
  car: null,
  device: null,
  openpilotLongitudinal: false,
  version: null,
  gitRemote: null,
  gitBranch: null,
  gitCommit: null,
  dirty: null,
  dongleId: null,
};

const EDGE = 60;

/** Whether a time is at most a little from where one minute ends and the next begins. */
function nearEdge(seconds: number): boolean {
  const within = seconds % EDGE;
  return within < EDGE_SECONDS || within > EDGE - EDGE_SECONDS;
}

/** Spans that one minute ends with and the next begins with are one. */
function together<T extends Span>(spans: readonly T[], same: (one: T, other: T) => boolean): T[] {
  const joined: T[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const goesOn = last && nearEdge(last.end) && nearEdge(span.start) && span.start - last.end < EDGE_SECONDS;
    if (last && goesOn && same(last, span)) joined[joined.length - 1] = { ...last, end: span.end };
    else joined.push(span);
  }
  return joined;
}

/** Also what happened just between two logs: engaged at the end of one, and not at the beginning of the next. */
function atEdges(minutes: readonly MinuteSummary[]): Disengagement[] {
  const found = minutes.flatMap(({ disengagements }) => disengagements);
  for (const [index, minute] of minutes.entries()) {
    const before = minutes[index - 1];
    const last = before?.engaged.at(-1);
    if (!before || !last || before.segment !== minute.segment - 1 || before.end - last.end > 0.5) continue;
    const next = minute.engaged[0];
    if (next && next.start - last.end < EDGE_SECONDS) continue;
    if (found.some(({ at }) => Math.abs(at - last.end) < 0.5)) continue;
    found.push({ at: last.end, alert: null });
  }
  return found.sort((one, other) => one.at - other.at);
}
