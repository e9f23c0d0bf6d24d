/** The events of one minute from whichever logs of it there are. Pure. */
import type { EventKind, LogEvents } from '../log/events.ts';
import type { Log } from '../log/read-log.ts';
import { lastAtMost } from './series.ts';

/** Models of old low-rate logs are two seconds apart. */
const TAIL_NS = 5e9;

/** The logs of one minute: full rate and low rate. */
export interface MinuteLogs {
  readonly rlog: Log | null;
  readonly qlog: Log | null;
}

/** All of the full-rate log, and what the low-rate one has behind its end, where it is cut. Null: neither is there. */
export function minuteEvents({ rlog, qlog }: MinuteLogs): LogEvents | null {
  if (!rlog) return qlog?.events ?? null;
  if (!qlog || !rlog.cut) return rlog.events;
  const merged: Partial<Record<EventKind, { readonly time: number }[]>> = {};
  for (const kind of Object.keys(rlog.events) as EventKind[]) {
    const full: readonly { readonly time: number }[] = rlog.events[kind];
    const end = full.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
    merged[kind] = [...full, ...qlog.events[kind].filter(({ time }) => time > end)];
  }
  return merged as unknown as LogEvents;
}

/** What the next minute needs of this one: the last of every kind, and those a little older than it. */
export function tailOf(events: LogEvents): LogEvents {
  const lists: Partial<Record<EventKind, readonly { readonly time: number }[]>> = {};
  for (const kind of Object.keys(events) as EventKind[]) {
    const all: readonly { readonly time: number }[] = events[kind];
    const from = (all.at(-1)?.time ?? 0) - TAIL_NS;
    lists[kind] = all.slice(lastAtMost(all, from, ({ time }) => time) + 1);
  }
  return lists as unknown as LogEvents;
}

/** Events of minutes that follow each other, as one. */
export function joined(minutes: readonly (LogEvents | null)[]): LogEvents | null {
  const [first, ...rest] = minutes.filter((events) => events !== null);
  if (!first || rest.length === 0) return first ?? null;
  const lists: Partial<Record<EventKind, readonly { readonly time: number }[]>> = {};
  for (const kind of Object.keys(first) as EventKind[])
    lists[kind] = [first, ...rest].flatMap((events): readonly { readonly time: number }[] => events[kind]);
  return lists as unknown as LogEvents;
}
